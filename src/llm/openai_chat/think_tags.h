// Models that think aloud in their text: "<think>...</think>" at its very beginning (DeepSeek R1
// and its relatives behind servers that do not take the tags out).
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace threadkeep::llm {

// Cuts a growing text into reasoning and text, whatever the pieces. White space behind either tag
// is dropped, and so is white space before the first one.
class ThinkTags {
 public:
  using Sink = std::function<void(std::string_view)>;
  // The sinks are never given an empty piece.
  ThinkTags(Sink text, Sink reasoning) : text_(std::move(text)), reasoning_(std::move(reasoning)) {}

  void add(std::string_view piece);
  // What is held back comes out. A tag that begins later is text.
  void stop_looking();

 private:
  enum class State { before, thinking, after, plain };
  void look_for_begin();
  void look_for_end();
  void skip_space();

  Sink text_;
  Sink reasoning_;
  State state_ = State::before;
  bool skips_space_ = false;  // behind a tag, nothing but space has come yet
  std::string held_;          // may be the beginning of a tag
};

}  // namespace threadkeep::llm
