// What a ChatGPT answer cites, and its text without the marks that only ChatGPT's own page can
// draw.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"

namespace threadkeep::chatgpt {

// Reads "citations" (2023) and "content_references" (since 2025) of a message's metadata. Views
// into its document.
class Citations {
 public:
  explicit Citations(const json::Value& metadata);

  struct Source {
    std::string_view url;  // http or https
    std::string_view title;
  };
  // In the order of their first mention, each address once.
  const std::vector<Source>& sources() const { return sources_; }

  // Answers hold marks between the private-use characters U+E200 and U+E201, e.g. around "cite",
  // "turn0search3". Each one gives way to the text that the export has for it (a markdown link
  // mostly), to the name inside it, or to nothing: its addresses are in sources().
  std::string readable(std::string_view text) const;

 private:
  void collect(const json::Value& reference, int depth_max);
  void add(std::string_view url, std::string_view title);
  std::string replacement_of(std::string_view mark) const;

  std::vector<Source> sources_;
  std::set<std::string_view> known_urls_;
  std::map<std::string_view, std::string_view> text_of_mark_;
};

}  // namespace threadkeep::chatgpt
