// The content of an answer while it is being written: blocks that grow.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace threadkeep {

// Not safe from several threads. Text is kept valid for storing: U+0000 becomes U+FFFD.
class Draft {
 public:
  struct ToolUse {
    std::string id;
    std::string name;
    std::string input;  // JSON text
  };

  // Each of these returns the index of the block that grew. A text after a text goes on in the same
  // block.
  std::size_t add_text(std::string_view text);
  std::size_t add_reasoning(std::string_view text);
  // The vendor's signature of the reasoning that grows, or of one without words.
  std::size_t sign_reasoning(std::string_view signature);
  // The text that grows was reasoning: its block becomes one. False when no text grows.
  bool text_was_reasoning();
  std::size_t begin_tool_use(std::string_view id, std::string_view name);
  std::size_t add_tool_input(std::string_view json);
  // A finished block of its own: `json` is an object.
  std::size_t add_block(std::string json);

  // Ends the block that grows. Returns its index when there was one.
  std::optional<std::size_t> end_block();
  // Whether the next piece of that kind would go on in the block that grows.
  bool grows_text() const { return open_ == Kind::text; }
  bool grows_reasoning() const { return open_ == Kind::reasoning; }

  // The finished form of a block as JSON.
  std::string block_json(std::size_t index) const;
  // All blocks as a JSON array. Empty text blocks are left out.
  std::string content() const;
  // Tool uses that have no tool result yet, in order.
  std::vector<ToolUse> open_tool_uses() const;
  std::size_t bytes() const { return bytes_; }
  bool is_empty() const { return blocks_.empty(); }

 private:
  enum class Kind { none, text, reasoning, tool_use, finished };
  struct Block {
    Kind kind = Kind::none;
    std::string text;  // text, reasoning, the input of a tool use, or the JSON of a finished block
    ToolUse tool;      // without input
    std::string signature;  // of reasoning
    bool is_answered = false;
  };
  std::size_t grow(Kind kind, std::string_view text);

  std::vector<Block> blocks_;
  Kind open_ = Kind::none;  // the kind of the last block while it grows
  std::size_t bytes_ = 0;
};

}  // namespace threadkeep
