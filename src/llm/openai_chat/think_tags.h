// Models that think aloud in their text: "<think>...</think>" at its very beginning (DeepSeek R1
// and its relatives, where the server does not take the tags out), or "...</think>" alone, where
// the server's template has put the first tag into the prompt.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace threadkeep::llm {

// Cuts a growing text into reasoning and text, whatever the pieces. White space after either tag is
// dropped, and so is white space before the first one.
//
// A tag that ends what none began counts outside of code, where no text merely names it, and once.
// It is known late: what was said as text until then was reasoning.
class ThinkTags {
 public:
  struct Sinks {
    std::function<void(std::string_view)> text;  // this and the next: never an empty piece
    std::function<void(std::string_view)> reasoning;
    std::function<void()> text_was_reasoning;
  };
  explicit ThinkTags(Sinks sinks) : sinks_(std::move(sinks)) {}

  void add(std::string_view piece);
  // What is held back comes out. A tag that comes later is text.
  void stop_looking();

 private:
  enum class State { before, thinking, maybe_thinking, after, plain };
  enum class Verdict { is_end, is_text, needs_more };
  // Where the text stands that was said.
  struct Line {
    std::string begin;  // its first bytes, without white space before them
    std::size_t ticks = 0;
    char last = '\n';
    bool is_in_code_block = false;
    void add(char c);
  };
  void look_for_begin();
  void look_for_end();
  void look_for_lone_end();
  Verdict judge(std::string_view from_tag) const;
  void say_text(std::string_view piece);
  void skip_space();

  Sinks sinks_;
  State state_ = State::before;
  bool skips_space_ = false;  // after a tag, nothing but space has come yet
  bool has_said_text_ = false;
  Line line_;
  std::string held_;  // may be the beginning of a tag
};

}  // namespace threadkeep::llm
