// Reads the examples that the tests of the server and of the client share.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/json.h"

namespace threadkeep::test {

// Ends the test program when the file is missing or no JSON.
inline json::Document open_vectors(std::string_view name) {
  std::ifstream file(std::string(THREADKEEP_VECTORS) + "/" + std::string(name));
  std::stringstream text;
  text << file.rdbuf();
  Result<json::Document> document = json::Document::parse(text.str(), json::Mode::foreign);
  if (!document) {
    std::cerr << "tests/vectors/" << name << " cannot be read\n";
    std::abort();
  }
  return std::move(*document);
}

inline std::vector<json::Value> rows(const json::Value& list) {
  std::vector<json::Value> all;
  for (const json::Value item : list.items()) all.push_back(item);
  return all;
}

}  // namespace threadkeep::test
