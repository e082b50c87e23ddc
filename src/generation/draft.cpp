#include "generation/draft.h"

#include <utility>

#include "json/json.h"

namespace threadkeep {
namespace {

constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

void append_storable(std::string& to, std::string_view text) {
  for (const char c : text) {
    if (c == '\0') {
      to += replacement_character;
    } else {
      to += c;
    }
  }
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

}  // namespace

std::size_t Draft::grow(Kind kind, std::string_view text) {
  if (open_ != kind) {
    blocks_.push_back(Block{});
    blocks_.back().kind = kind;
    open_ = kind;
  }
  append_storable(blocks_.back().text, text);
  bytes_ += text.size();
  return blocks_.size() - 1;
}

std::size_t Draft::add_text(std::string_view text) { return grow(Kind::text, text); }

std::size_t Draft::add_reasoning(std::string_view text) { return grow(Kind::reasoning, text); }

std::size_t Draft::sign_reasoning(std::string_view signature) {
  const std::size_t index = grow(Kind::reasoning, "");
  append_storable(blocks_.back().signature, signature);
  bytes_ += signature.size();
  return index;
}

bool Draft::text_was_reasoning() {
  if (open_ != Kind::text) return false;
  blocks_.back().kind = open_ = Kind::reasoning;
  return true;
}

std::size_t Draft::begin_tool_use(std::string_view id, std::string_view name) {
  open_ = Kind::none;
  const std::size_t index = grow(Kind::tool_use, "");
  bytes_ += id.size() + name.size();
  append_storable(blocks_.back().tool.id, id);
  append_storable(blocks_.back().tool.name, name);
  return index;
}

std::size_t Draft::add_tool_input(std::string_view json) {
  if (open_ != Kind::tool_use) return blocks_.empty() ? 0 : blocks_.size() - 1;
  return grow(Kind::tool_use, json);
}

std::size_t Draft::add_block(std::string json) {
  bytes_ += json.size();
  Block block;
  block.kind = Kind::finished;
  block.text = std::move(json);
  const auto parsed = json::Document::parse(block.text, json::Mode::foreign);
  if (parsed && parsed->root()["type"].string() == "tool_result") {
    const std::string_view answered = parsed->root()["toolUseId"].string();
    for (Block& earlier : blocks_) {
      if (earlier.kind == Kind::tool_use && earlier.tool.id == answered) earlier.is_answered = true;
    }
  }
  blocks_.push_back(std::move(block));
  open_ = Kind::none;
  return blocks_.size() - 1;
}

std::optional<std::size_t> Draft::end_block() {
  if (open_ == Kind::none) return std::nullopt;
  open_ = Kind::none;
  return blocks_.size() - 1;
}

std::string Draft::block_json(std::size_t index) const {
  const Block& block = blocks_.at(index);
  std::string out;
  json::Writer writer(out);
  switch (block.kind) {
    case Kind::text:
      writer.begin_object().member("type", "text").member("text", block.text).end_object();
      break;
    case Kind::reasoning:
      writer.begin_object().member("type", "reasoning").member("text", block.text);
      if (!block.signature.empty()) writer.member("signature", block.signature);
      writer.end_object();
      break;
    case Kind::tool_use:
      writer.begin_object()
          .member("type", "tool_use")
          .member("id", block.tool.id)
          .member("name", block.tool.name)
          .key("input")
          .raw(input_object(block.text))
          .end_object();
      break;
    case Kind::none:
    case Kind::finished:
      out = block.text;
      break;
  }
  return out;
}

std::string Draft::content() const {
  std::string out;
  json::Writer writer(out);
  writer.begin_array();
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const bool is_prose = blocks_[i].kind == Kind::text || blocks_[i].kind == Kind::reasoning;
    if (is_prose && blocks_[i].text.empty() && blocks_[i].signature.empty()) continue;
    writer.raw(block_json(i));
  }
  writer.end_array();
  return out;
}

std::vector<Draft::ToolUse> Draft::open_tool_uses() const {
  std::vector<ToolUse> open;
  for (const Block& block : blocks_) {
    if (block.kind != Kind::tool_use || block.is_answered) continue;
    open.push_back(ToolUse{block.tool.id, block.tool.name, input_object(block.text)});
  }
  return open;
}

}  // namespace threadkeep
