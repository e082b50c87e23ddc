#include "transfer/content_blocks.h"

#include <algorithm>

#include "base/limits.h"
#include "base/utf8.h"
#include "transfer/strict_json.h"

namespace threadkeep {

json::Writer ContentBlocks::begin(std::string_view type) {
  if (count_++ > 0) json_.push_back(',');
  json::Writer writer(json_);
  writer.begin_object().member("type", type);
  return writer;
}

void ContentBlocks::text(std::string_view text) {
  if (!text.empty()) begin("text").member("text", text).end_object();
}

void ContentBlocks::reasoning(std::string_view text) {
  if (!text.empty()) begin("reasoning").member("text", text).end_object();
}

void ContentBlocks::tool_use(std::string_view id, std::string_view name,
                             std::string_view input_json) {
  begin("tool_use").member("id", id).member("name", name).key("input").raw(input_json).end_object();
}

void ContentBlocks::tool_result(std::string_view tool_use_id, std::string_view content,
                                Outcome outcome) {
  json::Writer writer = begin("tool_result");
  writer.member("toolUseId", tool_use_id).member("content", content);
  if (outcome == Outcome::error) writer.member("isError", true);
  writer.end_object();
}

void ContentBlocks::source(std::string_view url, std::string_view title) {
  json::Writer writer = begin("source");
  writer.member("url", url);
  if (!title.empty()) writer.member("title", title);
  writer.end_object();
}

void ContentBlocks::verbatim(std::string_view product, std::string_view kind,
                             const json::Value& original, std::string_view name) {
  constexpr std::size_t kind_bytes_max = 100;
  const std::string& kept =
      verbatim_kinds_.emplace_back(kind.empty() ? "unknown" : utf8_prefix(kind, kind_bytes_max));
  json::Writer writer = begin(std::string(product) + "/" + kept);
  if (!name.empty()) writer.member("name", name);
  writer.key("content");
  write_strict(writer, original);
  writer.end_object();
}

bool ContentBlocks::is_too_large() const {
  return json_.size() + 1 > limits::content_bytes_max || count_ > limits::content_blocks_max;
}

std::string fenced_code(std::string_view language, std::string_view code) {
  std::size_t longest = 0, run = 0;
  for (const char c : code) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(std::max<std::size_t>(3, longest + 1), '`');
  std::string block = fence;
  block.append(language).append("\n").append(code);
  if (!code.ends_with('\n')) block.push_back('\n');
  return block.append(fence);
}

}  // namespace threadkeep
