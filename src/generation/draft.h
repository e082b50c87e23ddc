// The content of an answer while it is being written: blocks that grow.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace threadkeep {

// Not safe from several threads. Text is kept valid for storing: U+0000 becomes U+FFFD.
//
// The content is rendered as it grows, each byte once: rendered() gets longer and longer, and with
// closing() after it, it is the whole content at any moment. What of it was stored stays as it is,
// but for text_was_reasoning().
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
  // The text that grows was reasoning: its block becomes one. False when no text grows. The only
  // thing that changes what was rendered.
  bool text_was_reasoning();
  std::size_t begin_tool_use(std::string_view id, std::string_view name);
  std::size_t add_tool_input(std::string_view json);
  // A finished block of its own: `json` is an object.
  std::size_t add_block(const std::string& json);

  // Ends the block that grows. Returns its index when there was one.
  std::optional<std::size_t> end_block();
  // Whether the next piece of that kind would go on in the block that grows.
  bool grows_text() const { return open_ == Kind::text; }
  bool grows_reasoning() const { return open_ == Kind::reasoning; }

  // The finished form of a block as JSON. Of the block that grows: as if it ended here.
  std::string block_json(std::size_t index) const;
  // All blocks as a JSON array. Empty text blocks are left out.
  std::string content() const { return rendered_ + closing(); }
  // content() without the end that it has only for now: that of the text that grows and of the
  // list, and a tool use whose input is still being written.
  const std::string& rendered() const { return rendered_; }
  std::string closing() const;
  // Where text_was_reasoning() has changed what was rendered before; the smallest since the last
  // call.
  std::optional<std::size_t> take_rewritten_from();
  // Tool uses that have no tool result yet, in order.
  std::vector<ToolUse> open_tool_uses() const;
  // What the model has written, whether rendered yet or not.
  std::size_t bytes() const { return bytes_; }
  // How many bytes of the text can be added, whole code points, so that content() stays within what
  // a message may hold and tools can still say something. None once there are as many blocks.
  std::size_t fitting(std::string_view text) const;
  bool is_empty() const { return blocks_.empty(); }

 private:
  enum class Kind { none, text, reasoning, tool_use, finished };
  struct Block {
    Kind kind = Kind::none;
    ToolUse tool;
    std::string signature;  // of reasoning
    bool is_answered = false;
    // Its JSON in rendered_, which the block that grows has not got whole. Equal: it has none.
    std::size_t begin = 0;
    std::size_t end = 0;
  };
  Block& begin_block(Kind kind);
  std::size_t add_prose(Kind kind, std::string_view text);
  // After the block before it.
  void begin_rendering(Block& block);
  void begin_prose(Block& block);
  std::string open_end() const;

  std::vector<Block> blocks_;
  Kind open_ = Kind::none;  // the kind of the last block while it grows
  std::string rendered_ = "[";
  std::optional<std::size_t> rewritten_from_;
  std::size_t bytes_ = 0;
  std::size_t open_bytes_ = 0;  // what the block that grows will still add to rendered_, at most
};

}  // namespace threadkeep
