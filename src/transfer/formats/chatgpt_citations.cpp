#include "transfer/formats/chatgpt_citations.h"

#include <array>

namespace threadkeep::chatgpt {
namespace {

constexpr std::string_view mark_begin = "\xEE\x88\x80";      // U+E200
constexpr std::string_view mark_end = "\xEE\x88\x81";        // U+E201
constexpr std::string_view mark_separator = "\xEE\x88\x82";  // U+E202

// U+E203 to U+E206 stand around the words that a mark speaks of.
bool is_span_character(std::string_view text) {
  return text.size() >= 3 && text[0] == '\xEE' && text[1] == '\x88' && text[2] >= '\x83' &&
         text[2] <= '\x86';
}

// The bytes of the mark that `text` begins with; 0 when it begins with none, or with one that does
// not end before the next begins.
std::size_t mark_length(std::string_view text) {
  if (!text.starts_with(mark_begin)) return 0;
  constexpr std::string_view common = "\xEE\x88";
  std::size_t at = mark_begin.size();
  for (;; at += common.size()) {
    at = text.find(common, at);
    if (at == text.npos || text.substr(at).starts_with(mark_begin)) return 0;
    if (text.substr(at).starts_with(mark_end)) return at + mark_end.size();
  }
}

// The second string of e.g. ["city","Paris","the capital of France"]; empty when it is not that.
std::string second_string(std::string_view array) {
  const Result<json::Document> document =
      json::Document::parse(std::string(array), json::Mode::foreign);
  return document ? std::string(document->root().at(1).string()) : std::string();
}

}  // namespace

Citations::Citations(const json::Value& metadata) {
  for (const json::Value citation : metadata["citations"].items()) {
    collect(citation, 1);
    collect(citation["metadata"], 1);
  }
  constexpr int levels = 3;  // a group, its pages, the pages that support them
  for (const json::Value reference : metadata["content_references"].items()) {
    collect(reference, levels);
    const std::string_view mark = reference["matched_text"].string();
    const std::string_view text = reference["alt"].string();
    if (mark.starts_with(mark_begin) && !text.empty()) text_of_mark_.emplace(mark, text);
  }
}

void Citations::collect(const json::Value& reference, int depth_max) {
  constexpr std::array lists{"items", "sources", "fallback_items", "supporting_websites"};
  add(reference["url"].string(), reference["title"].string());
  if (depth_max <= 1) return;
  for (const char* list : lists) {
    for (const json::Value item : reference[list].items()) collect(item, depth_max - 1);
  }
}

void Citations::add(std::string_view url, std::string_view title) {
  constexpr std::size_t url_bytes_max = 8'000;
  constexpr std::size_t sources_max = 1'000;
  const bool is_web = url.starts_with("https://") || url.starts_with("http://");
  if (!is_web || url.size() > url_bytes_max || sources_.size() == sources_max) return;
  if (known_urls_.insert(url).second) sources_.push_back({url, title});
}

std::string Citations::readable(std::string_view text) const {
  if (text.find(mark_begin) == std::string_view::npos) return std::string(text);
  std::string out;
  while (!text.empty()) {
    std::size_t length = mark_length(text);
    if (length > 0) {
      out += replacement_of(text.substr(0, length));
    } else if (is_span_character(text)) {
      length = mark_begin.size();
    } else {
      length = 1;
      out.push_back(text.front());
    }
    text.remove_prefix(length);
  }
  return out;
}

std::string Citations::replacement_of(std::string_view mark) const {
  const auto known = text_of_mark_.find(mark);
  if (known != text_of_mark_.end()) return std::string(known->second);
  mark.remove_prefix(mark_begin.size());
  mark.remove_suffix(mark_end.size());
  const std::size_t separator = mark.find(mark_separator);
  if (separator == mark.npos) return {};
  const std::string_view kind = mark.substr(0, separator);
  const std::string_view inside = mark.substr(separator + mark_separator.size());
  if (kind == "entity") return second_string(inside);
  if (kind == "url") return std::string(inside.substr(0, inside.find(mark_separator)));
  return {};
}

}  // namespace threadkeep::chatgpt
