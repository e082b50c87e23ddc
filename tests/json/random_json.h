// Random JSON texts together with what a reader must find in them.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "json/json.h"

namespace threadkeep::json {

struct ExpectedValue {
  Kind kind = Kind::null;
  std::size_t begin = 0;  // span in the text
  std::size_t end = 0;
  std::string decoded;            // of a string
  std::vector<std::string> keys;  // of an object, decoded
  std::size_t children = 0;
};

struct ExpectedText {
  std::string text;
  std::vector<ExpectedValue> values;  // in the order in which they begin
};

// Texts that are valid in strict mode: white space, escapes of every form, all scripts, numbers of
// every form, different keys.
class RandomJson {
 public:
  explicit RandomJson(std::uint64_t seed) : random_(seed) {}
  ExpectedText next();
  // A text with `changes` random damages: bytes flipped, put in, left out, pieces doubled, the end
  // cut off.
  std::string damaged(std::string text, int changes);

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  void space();
  void value(std::size_t depth);
  void array(std::size_t depth);
  void object(std::size_t depth);
  void number();
  std::string string();  // writes it and answers what it decodes to
  void character(std::string& decoded);

  std::mt19937_64 random_;
  ExpectedText made_;
};

}  // namespace threadkeep::json
