#include "json/array_splitter.h"

#include <utility>

#include "base/ascii.h"
#include "json/scan.h"

namespace threadkeep::json {

ArraySplitter::ArraySplitter(std::size_t element_bytes_max, OnElement on_element,
                             std::uint64_t offset, std::optional<PassOver> pass_over)
    : element_bytes_max_(element_bytes_max),
      on_element_(std::move(on_element)),
      pass_over_(std::move(pass_over)),
      offset_(offset) {}

Result<void> ArraySplitter::feed(std::string_view bytes) {
  while (!failure_ && !bytes.empty()) bytes.remove_prefix(step(bytes));
  return outcome();
}

Result<std::size_t> ArraySplitter::feed_array(std::string_view bytes) {
  std::size_t all = 0;
  while (!failure_ && !is_over() && all < bytes.size()) all += step(bytes.substr(all));
  if (failure_) return tl::unexpected(*failure_);
  return all;
}

std::size_t ArraySplitter::step(std::string_view bytes) {
  const std::size_t taken = state_ == State::in_element ? take(bytes) : look_at(bytes.front());
  offset_ += taken;
  return taken;
}

Result<void> ArraySplitter::finish() {
  if (failure_) return outcome();
  if (state_ == State::in_element && is_whole_) {
    state_ = State::after_top;
    hand_over();
  } else if (state_ != State::after_top) {
    refuse(Errc::invalid_json, "The JSON ends too early");
  }
  return outcome();
}

// One byte outside of the elements.
std::size_t ArraySplitter::look_at(char c) {
  if (is_space(c)) return 1;
  switch (state_) {
    case State::before_top:
      is_whole_ = c != '[';
      state_ = is_whole_ ? State::in_element : State::before_element;
      return is_whole_ ? 0 : 1;
    case State::before_element:
      if (c == ']' && !after_comma_) {
        state_ = State::after_top;
        return 1;
      }
      if (c == ']' || c == ',' || c == '}') {
        refuse(Errc::invalid_json, "Expected an element of the array");
        return 0;
      }
      state_ = State::in_element;
      return 0;
    default:
      refuse(Errc::invalid_json, "Nothing may follow the array");
      return 0;
  }
}

// The part of `bytes` that belongs to the element, and what ends it.
std::size_t ArraySplitter::take(std::string_view bytes) {
  const std::size_t inside = is_whole_ ? bytes.size() : find_end(bytes);
  keep(bytes.substr(0, inside));
  if (failure_) return 0;
  if (inside == bytes.size()) return inside;
  const char ending = bytes[inside];
  if (ending == '}') {
    offset_ += inside;
    refuse(Errc::invalid_json, "A brace closes nothing");
    return 0;
  }
  hand_over();
  after_comma_ = ending == ',';
  state_ = after_comma_ ? State::before_element : State::after_top;
  return inside + 1;
}

void ArraySplitter::keep(std::string_view bytes) {
  if (is_too_long_) return;
  const bool has_room = bytes.size() <= element_bytes_max_ - element_.size();
  if (has_room && (!pass_over_ || marks_ <= pass_over_->marks_max)) {
    element_.append(bytes);
  } else if (pass_over_) {
    is_too_long_ = true;
    element_.append(bytes.substr(0, PassOver::beginning_bytes));
    element_ = element_.substr(0, PassOver::beginning_bytes);
  } else {
    refuse(Errc::too_large,
           "One element is longer than " + std::to_string(element_bytes_max_) + " bytes");
  }
}

// Where the comma or bracket after the element stands; the size of `bytes` when it is not among
// them.
std::size_t ArraySplitter::find_end(std::string_view bytes) {
  const char* const end = bytes.data() + bytes.size();
  for (const char* at = bytes.data(); at != end; ++at) {
    if (in_string_) {
      if (!escaped_) at = skip_plain(at, end);
      if (at == end) break;
      in_string_ = escaped_ || *at != '"';
      escaped_ = !escaped_ && *at == '\\';
      continue;
    }
    switch (*at) {
      case '"':
        in_string_ = true;
        break;
      case '[':
      case '{':
        ++depth_;
        ++marks_;
        break;
      case ']':
      case '}':
        if (depth_ == 0) return static_cast<std::size_t>(at - bytes.data());
        --depth_;
        break;
      case ',':
        if (depth_ == 0) return static_cast<std::size_t>(at - bytes.data());
        ++marks_;
        break;
      default:
        break;
    }
  }
  return bytes.size();
}

void ArraySplitter::hand_over() {
  marks_ = 0;
  std::string element = std::exchange(element_, {});
  while (is_space(element.back())) element.pop_back();
  Result<void> done = std::exchange(is_too_long_, false) ? pass_over_->tell(element)
                                                         : on_element_(std::move(element));
  if (!done) failure_ = std::move(done.error());
}

void ArraySplitter::refuse(Errc code, std::string_view reason) {
  failure_ = Error{code, std::string(reason) + " at byte " + std::to_string(offset_) + "."};
}

Result<void> ArraySplitter::outcome() const {
  if (failure_) return tl::unexpected(*failure_);
  return {};
}

}  // namespace threadkeep::json
