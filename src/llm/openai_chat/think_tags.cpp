#include "llm/openai_chat/think_tags.h"

#include <algorithm>

namespace threadkeep::llm {
namespace {

constexpr std::string_view begin_tag = "<think>";
constexpr std::string_view end_tag = "</think>";
constexpr std::string_view space = " \t\r\n";

}  // namespace

void ThinkTags::add(std::string_view piece) {
  if (state_ == State::plain) {
    if (!piece.empty()) text_(piece);
    return;
  }
  held_ += piece;
  if (state_ == State::before) look_for_begin();
  if (state_ == State::thinking) look_for_end();
  if (state_ == State::after) skip_space();
}

void ThinkTags::look_for_begin() {
  const std::size_t first = held_.find_first_not_of(space);
  if (first == std::string::npos) return;
  const std::string_view said = std::string_view(held_).substr(first);
  if (said.substr(0, begin_tag.size()) == begin_tag) {
    held_.erase(0, first + begin_tag.size());
    state_ = State::thinking;
    skips_space_ = true;
  } else if (begin_tag.substr(0, said.size()) != said) {
    stop_looking();
  }
}

void ThinkTags::look_for_end() {
  if (skips_space_) held_.erase(0, std::min(held_.find_first_not_of(space), held_.size()));
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
  if (sure > 0) reasoning_(std::string_view(held_).substr(0, sure));
  held_.erase(0, end == std::string::npos ? sure : end + end_tag.size());
  if (end != std::string::npos) state_ = State::after;
}

void ThinkTags::skip_space() {
  held_.erase(0, std::min(held_.find_first_not_of(space), held_.size()));
  if (!held_.empty()) stop_looking();
}

void ThinkTags::stop_looking() {
  const State was = state_;
  state_ = State::plain;
  std::string held;
  held.swap(held_);
  if (held.empty()) return;
  if (was == State::thinking) {
    reasoning_(held);
  } else if (was == State::before || was == State::after) {
    text_(held);
  }
}

}  // namespace threadkeep::llm
