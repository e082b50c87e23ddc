#include "llm/openai_chat/think_tags.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"

namespace threadkeep::llm {
namespace {

constexpr std::string_view begin_tag = "<think>";
constexpr std::string_view end_tag = "</think>";
// More white space than this stands before no tag. Some servers send megabytes of it.
constexpr std::size_t leading_space_max = 256;

bool begins_with(std::string_view text, std::string_view beginning) {
  return text.substr(0, beginning.size()) == beginning;
}

// Whether more bytes can still make the tag of it.
bool may_become(std::string_view text, std::string_view tag) {
  return text.size() < tag.size() && begins_with(tag, text);
}

}  // namespace

void ThinkTags::add(std::string_view piece) {
  if (state_ == State::plain) {
    if (!piece.empty()) sinks_.text(piece);
    return;
  }
  held_ += piece;
  if (state_ == State::before) look_for_begin();
  if (state_ == State::thinking) look_for_end();
  if (state_ == State::maybe_thinking) look_for_lone_end();
  if (state_ == State::after) skip_space();
}

void ThinkTags::look_for_begin() {
  const std::size_t first = held_.find_first_not_of(ascii_space);
  if (first == std::string::npos) {
    if (held_.size() > leading_space_max) state_ = State::maybe_thinking;
    return;
  }
  const std::string_view said = std::string_view(held_).substr(first);
  if (begins_with(said, begin_tag)) {
    held_.erase(0, first + begin_tag.size());
    state_ = State::thinking;
    skips_space_ = true;
  } else if (begins_with(said, end_tag)) {
    held_.erase(0, first + end_tag.size());  // of no thoughts
    state_ = State::after;
  } else if (!may_become(said, begin_tag) && !may_become(said, end_tag)) {
    state_ = State::maybe_thinking;
  }
}

void ThinkTags::look_for_end() {
  if (skips_space_) held_.erase(0, std::min(held_.find_first_not_of(ascii_space), held_.size()));
  if (!held_.empty()) skips_space_ = false;
  const std::size_t end = held_.find(end_tag);
  std::size_t sure = end;
  if (end == std::string::npos) {
    sure = held_.size();
    for (std::size_t part = std::min(end_tag.size() - 1, held_.size()); part > 0; --part) {
      if (std::string_view(held_).substr(held_.size() - part) == end_tag.substr(0, part)) {
        sure = held_.size() - part;
        break;
      }
    }
  }
  if (sure > 0) sinks_.reasoning(std::string_view(held_).substr(0, sure));
  held_.erase(0, end == std::string::npos ? sure : end + end_tag.size());
  if (end != std::string::npos) state_ = State::after;
}

void ThinkTags::Line::add(char c) {
  constexpr std::size_t fence_bytes = 3;
  last = c;
  if (c == '\n') {
    if (begin == "```" || begin == "~~~") is_in_code_block = !is_in_code_block;
    begin.clear();
    ticks = 0;
    return;
  }
  if (c == '`') ++ticks;
  if (begin.size() < fence_bytes && !(begin.empty() && is_space(c))) begin += c;
}

ThinkTags::Verdict ThinkTags::judge(std::string_view from_tag) const {
  constexpr std::string_view signs_before_a_mention = "\"'(";
  if (line_.is_in_code_block || line_.ticks % 2 == 1) return Verdict::is_text;
  if (line_.begin.empty()) return Verdict::is_end;
  if (signs_before_a_mention.find(line_.last) != std::string_view::npos) return Verdict::is_text;
  if (line_.last != ' ' && line_.last != '\t') return Verdict::is_end;
  // A sentence may name the tag; nothing goes on in its line when it is the end.
  if (from_tag.size() == end_tag.size()) return Verdict::needs_more;
  const char next = from_tag[end_tag.size()];
  return next == '\n' || next == '\r' ? Verdict::is_end : Verdict::is_text;
}

void ThinkTags::say_text(std::string_view piece) {
  if (piece.empty()) return;
  for (const char c : piece) line_.add(c);
  has_said_text_ = true;
  sinks_.text(piece);
}

void ThinkTags::look_for_lone_end() {
  const std::string text = std::exchange(held_, "");
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t at = std::min(rest.find('<'), rest.size());
    say_text(rest.substr(0, at));
    rest.remove_prefix(at);
    if (may_become(rest, begin_tag) || may_become(rest, end_tag)) break;
    const bool is_end_tag = begins_with(rest, end_tag);
    const Verdict verdict = is_end_tag ? judge(rest) : Verdict::is_text;
    if (verdict == Verdict::needs_more) break;
    if (verdict == Verdict::is_end) {
      if (has_said_text_) sinks_.text_was_reasoning();
      held_ = rest.substr(end_tag.size());
      state_ = State::after;
      return;
    }
    if (is_end_tag || begins_with(rest, begin_tag)) {
      held_ = rest;
      return stop_looking();
    }
    say_text(rest.substr(0, 1));
    rest.remove_prefix(1);
  }
  held_ = rest;
}

void ThinkTags::skip_space() {
  held_.erase(0, std::min(held_.find_first_not_of(ascii_space), held_.size()));
  if (!held_.empty()) stop_looking();
}

void ThinkTags::stop_looking() {
  const State was = std::exchange(state_, State::plain);
  const std::string held = std::exchange(held_, "");
  if (held.empty() || was == State::plain) return;
  (was == State::thinking ? sinks_.reasoning : sinks_.text)(held);
}

}  // namespace threadkeep::llm
