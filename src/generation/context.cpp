#include "generation/context.h"

#include <algorithm>
#include <string>

#include "base/ascii.h"
#include "json/json.h"

namespace threadkeep::generation {
namespace {

constexpr std::int64_t picture_tokens = 1'600;
constexpr std::int64_t output_tokens_usual = 4'096;
constexpr std::int64_t thirds = 3;  // of a token are counted

std::int64_t thirds_of(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0xF0) return 2 * thirds;
  if (byte >= 0xC0) return thirds;
  if (byte >= 0x80) return 0;  // goes with the byte that begins the character
  const bool is_in_word = is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == ' ';
  return is_in_word ? 1 : thirds;
}

std::int64_t tokens_of_file(const json::Value& block) {
  if (block["type"].string() == "image") return picture_tokens;
  const std::int64_t bytes = std::max<std::int64_t>(block["size"].integer().value_or(0), 0);
  return bytes / thirds;
}

}  // namespace

std::int64_t estimated_tokens(std::string_view content) {
  std::int64_t counted = 0;
  for (const char c : content) counted += thirds_of(c);
  std::int64_t tokens = counted / thirds + 1;
  if (content.find("\"attachmentId\"") == std::string_view::npos) return tokens;
  const auto document = json::Document::parse(std::string(content), json::Mode::foreign);
  if (!document) return tokens;
  for (const json::Value block : document->root().items()) {
    if (!block["attachmentId"].string().empty()) tokens += tokens_of_file(block);
  }
  return tokens;
}

std::int64_t readable_tokens(std::int64_t window, std::optional<std::int64_t> output_tokens_max) {
  return window - std::min(output_tokens_max.value_or(output_tokens_usual), window / 2);
}

std::size_t turns_to_leave_out(const std::vector<llm::Turn>& turns, std::size_t opening,
                               std::int64_t tokens_max) {
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < opening; ++i) tokens += estimated_tokens(turns[i].content);
  std::size_t first = turns.size();
  while (first > opening) {
    tokens += estimated_tokens(turns[first - 1].content);
    if (tokens > tokens_max && first < turns.size()) break;
    --first;
  }
  return first - opening;
}

}  // namespace threadkeep::generation
