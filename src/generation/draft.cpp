#include "generation/draft.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/utf8.h"
#include "json/json.h"

namespace threadkeep {
namespace {

constexpr std::string_view replacement_character = "\xEF\xBF\xBD";
constexpr std::string_view text_start = R"({"type":"text","text":")";
constexpr std::string_view reasoning_start = R"({"type":"reasoning","text":")";

// Kept free for the results of tools, and for the ends of blocks.
constexpr std::size_t reserved_bytes = std::size_t{512} << 10;
constexpr std::size_t reserved_blocks = 300;

// What a character takes up in a JSON string, at most.
std::size_t escaped_bytes(char c) {
  if (static_cast<unsigned char>(c) < 0x20) return 6;
  return c == '"' || c == '\\' ? 2 : 1;
}

std::size_t escaped_bytes(std::string_view text) {
  std::size_t bytes = 0;
  for (const char c : text) bytes += escaped_bytes(c);
  return bytes;
}

std::string storable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '\0') {
      out += replacement_character;
    } else {
      out += c;
    }
  }
  return out;
}

// A model can break off in the middle of a tool's input, or write no object at all. What it wrote
// is kept as a string then.
std::string input_object(const std::string& text) {
  if (text.empty()) return "{}";
  const auto parsed = json::Document::parse(text, json::Mode::strict);
  if (parsed && parsed->root().is_object()) return text;
  std::string wrapped;
  json::Writer(wrapped).begin_object().member("unreadable", text).end_object();
  return wrapped;
}

std::string tool_use_json(const Draft::ToolUse& use) {
  std::string out;
  json::Writer(out)
      .begin_object()
      .member("type", "tool_use")
      .member("id", use.id)
      .member("name", use.name)
      .key("input")
      .raw(input_object(use.input))
      .end_object();
  return out;
}

// Of a text block, or of a reasoning block with its signature.
std::string prose_end(const std::string& signature) {
  return signature.empty() ? "\"}" : "\",\"signature\":" + json::quoted(signature) + "}";
}

}  // namespace

Draft::Block& Draft::begin_block(Kind kind) {
  end_block();
  Block& block = blocks_.emplace_back();
  open_bytes_ = 0;
  block.kind = kind;
  block.begin = block.end = rendered_.size();
  open_ = kind;
  return block;
}

void Draft::begin_rendering(Block& block) {
  if (rendered_.size() > 1) rendered_ += ',';
  block.begin = rendered_.size();
}

void Draft::begin_prose(Block& block) {
  begin_rendering(block);
  rendered_ += block.kind == Kind::text ? text_start : reasoning_start;
}

std::size_t Draft::add_prose(Kind kind, std::string_view text) {
  if (open_ != kind) begin_block(kind);
  Block& block = blocks_.back();
  bytes_ += text.size();
  if (!text.empty()) {
    if (block.begin == block.end) begin_prose(block);
    const std::string quoted = json::quoted(storable(text));
    rendered_.append(quoted, 1, quoted.size() - 2);
    block.end = rendered_.size();
  }
  return blocks_.size() - 1;
}

std::size_t Draft::add_text(std::string_view text) { return add_prose(Kind::text, text); }

std::size_t Draft::add_reasoning(std::string_view text) { return add_prose(Kind::reasoning, text); }

std::size_t Draft::sign_reasoning(std::string_view signature) {
  const std::size_t index = add_prose(Kind::reasoning, "");
  blocks_.back().signature += storable(signature);
  open_bytes_ += escaped_bytes(signature);
  bytes_ += signature.size();
  return index;
}

bool Draft::text_was_reasoning() {
  if (open_ != Kind::text) return false;
  Block& block = blocks_.back();
  block.kind = open_ = Kind::reasoning;
  if (block.begin != block.end) {
    rendered_.replace(block.begin, text_start.size(), reasoning_start);
    block.end = rendered_.size();
    rewritten_from_ = std::min(rewritten_from_.value_or(block.begin), block.begin);
  }
  return true;
}

std::size_t Draft::fitting(std::string_view text) const {
  if (blocks_.size() + reserved_blocks > limits::content_blocks_max) return 0;
  const std::size_t used = rendered_.size() + open_bytes_ + reserved_bytes;
  if (used >= limits::content_bytes_max) return 0;
  std::size_t room = limits::content_bytes_max - used;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const std::size_t bytes = escaped_bytes(text[at]);
    if (bytes > room) break;
    room -= bytes;
  }
  return utf8_prefix(text, at).size();
}

std::optional<std::size_t> Draft::take_rewritten_from() {
  return std::exchange(rewritten_from_, std::nullopt);
}

std::size_t Draft::begin_tool_use(std::string_view id, std::string_view name) {
  Block& block = begin_block(Kind::tool_use);
  bytes_ += id.size() + name.size();
  open_bytes_ = escaped_bytes(id) + escaped_bytes(name);
  block.tool.id = storable(id);
  block.tool.name = storable(name);
  return blocks_.size() - 1;
}

std::size_t Draft::add_tool_input(std::string_view json) {
  if (open_ != Kind::tool_use) return blocks_.empty() ? 0 : blocks_.size() - 1;
  bytes_ += json.size();
  open_bytes_ += escaped_bytes(json);
  blocks_.back().tool.input += storable(json);
  return blocks_.size() - 1;
}

std::size_t Draft::add_block(const std::string& json) {
  bytes_ += json.size();
  const auto parsed = json::Document::parse(json, json::Mode::foreign);
  if (parsed && parsed->root()["type"].string() == "tool_result") {
    const std::string_view answered = parsed->root()["toolUseId"].string();
    for (Block& earlier : blocks_) {
      if (earlier.kind == Kind::tool_use && earlier.tool.id == answered) earlier.is_answered = true;
    }
  }
  Block& block = begin_block(Kind::finished);
  open_ = Kind::none;
  begin_rendering(block);
  rendered_ += json;
  block.end = rendered_.size();
  return blocks_.size() - 1;
}

std::optional<std::size_t> Draft::end_block() {
  if (open_ == Kind::none) return std::nullopt;
  Block& block = blocks_.back();
  if (open_ == Kind::tool_use) {
    begin_rendering(block);
    rendered_ += tool_use_json(block.tool);
    block.end = rendered_.size();
  } else if (block.begin != block.end || !block.signature.empty()) {
    if (block.begin == block.end) begin_prose(block);
    rendered_ += prose_end(block.signature);
    block.end = rendered_.size();
  }
  open_ = Kind::none;
  return blocks_.size() - 1;
}

// What end_block() would add.
std::string Draft::open_end() const {
  if (open_ == Kind::none) return {};
  const Block& block = blocks_.back();
  const std::string comma = rendered_.size() > 1 ? "," : "";
  if (open_ == Kind::tool_use) return comma + tool_use_json(block.tool);
  if (block.begin != block.end) return prose_end(block.signature);
  if (block.signature.empty()) return {};
  return comma + std::string(reasoning_start) + prose_end(block.signature);
}

std::string Draft::closing() const { return open_end() + "]"; }

std::string Draft::block_json(std::size_t index) const {
  const Block& block = blocks_.at(index);
  if (block.kind == Kind::tool_use && block.begin == block.end) return tool_use_json(block.tool);
  if (block.begin == block.end) {
    return std::string(block.kind == Kind::text ? text_start : reasoning_start) +
           prose_end(block.signature);
  }
  const bool grows = open_ != Kind::none && index + 1 == blocks_.size();
  return rendered_.substr(block.begin, block.end - block.begin) +
         (grows ? prose_end(block.signature) : std::string());
}

std::vector<Draft::ToolUse> Draft::open_tool_uses() const {
  std::vector<ToolUse> open;
  for (const Block& block : blocks_) {
    if (block.kind != Kind::tool_use || block.is_answered) continue;
    open.push_back(ToolUse{block.tool.id, block.tool.name, input_object(block.tool.input)});
  }
  return open;
}

}  // namespace threadkeep
