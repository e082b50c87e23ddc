#include "json/value_splitter.h"

#include <utility>

#include "base/ascii.h"
#include "json/scan.h"

namespace threadkeep::json {

ValueSplitter::ValueSplitter(const Limits& limits, std::string_view list, OnValue on_value,
                             OnTooLong on_too_long)
    : limits_(limits),
      quoted_list_("\"" + std::string(list) + "\""),
      on_value_(std::move(on_value)),
      on_too_long_(std::move(on_too_long)),
      array_(elements()) {}

Result<void> ValueSplitter::feed(std::string_view bytes) {
  while (!failure_ && !bytes.empty()) {
    const std::size_t taken = take(bytes);
    bytes.remove_prefix(taken);
    offset_ += taken;
  }
  if (failure_) return tl::unexpected(*failure_);
  return {};
}

Result<void> ValueSplitter::finish() {
  if (!failure_ && state_ == State::in_array) {
    if (auto finished = array_.finish(); !finished) failure_ = finished.error();
  } else if (!failure_ && state_ == State::in_scalar) {
    state_ = State::between_objects;
    hand_over_value();
  } else if (!failure_ && state_ != State::between_objects) {
    refuse(Errc::invalid_json, "The JSON ends too early");
  }
  if (failure_) return tl::unexpected(*failure_);
  return {};
}

std::size_t ValueSplitter::take(std::string_view bytes) {
  switch (state_) {
    case State::before_top:
    case State::between_objects:
      return take_between(bytes.front());
    case State::in_array:
    case State::in_list:
      return take_array(bytes);
    case State::in_object:
      return take_object(bytes);
    case State::in_scalar:
      keep(bytes);
      break;
  }
  return bytes.size();
}

std::size_t ValueSplitter::take_between(char c) {
  if (is_space(c)) return 1;
  if (c == '{') {
    state_ = State::in_object;
  } else if (state_ == State::between_objects) {
    refuse(Errc::invalid_json, "Nothing may follow the value");
  } else {
    state_ = c == '[' ? State::in_array : State::in_scalar;
    array_ = elements();
  }
  return 0;
}

std::size_t ValueSplitter::take_array(std::string_view bytes) {
  // What follows the array at the top is the splitter's to refuse.
  const auto taken = state_ == State::in_array
                         ? array_.feed(bytes).map([&] { return bytes.size(); })
                         : array_.feed_array(bytes);
  if (!taken) {
    failure_ = taken.error();
    return 0;
  }
  if (state_ == State::in_list && array_.is_over()) {
    value_ += ']';
    state_ = State::in_object;
  }
  return *taken;
}

std::size_t ValueSplitter::take_object(std::string_view bytes) {
  const char* const end = bytes.data() + bytes.size();
  for (const char* at = bytes.data(); at != end; ++at) {
    if (in_string_) {
      if (!escaped_) at = skip_plain(at, end);
      if (at == end) break;
      in_string_ = escaped_ || *at != '"';
      escaped_ = !escaped_ && *at == '\\';
      continue;
    }
    if (is_space(*at)) continue;
    const auto place = static_cast<std::size_t>(at - bytes.data());
    if (const std::size_t taken = take_mark(bytes, place); taken > 0) return taken;
    awaits_member_value_ = *at == ':';
  }
  keep(bytes);
  return bytes.size();
}

// A byte outside of strings. More than 0: the bytes up to there are taken, and the state is
// another.
std::size_t ValueSplitter::take_mark(std::string_view bytes, std::size_t at) {
  switch (bytes[at]) {
    case '"':
      in_string_ = true;
      if (depth_ == 1) string_begin_ = value_.size() + at;
      return 0;
    case ':':
      if (depth_ == 1) is_list_name_ = !is_too_long_ && ends_list_name(bytes, at);
      return 0;
    case ',':
      ++marks_;
      return 0;
    case '[':
      if (depth_ == 1 && awaits_member_value_ && is_list_name_) {
        keep(bytes.substr(0, at + 1));
        awaits_member_value_ = is_list_name_ = false;
        state_ = State::in_list;
        offset_ += at;
        array_ = elements();
        offset_ -= at;
        (void)array_.feed_array("[");
        return at + 1;
      }
      ++depth_;
      ++marks_;
      return 0;
    case '{':
      ++depth_;
      ++marks_;
      return 0;
    case ']':
    case '}':
      if (depth_ > 1) {
        --depth_;
        return 0;
      }
      keep(bytes.substr(0, at + 1));
      depth_ = 0;
      state_ = State::between_objects;
      hand_over_value();
      return at + 1;
    default:
      return 0;
  }
}

// Whether the string before the colon at `at` is the list's name; it may lie in an earlier piece.
bool ValueSplitter::ends_list_name(std::string_view bytes, std::size_t at) const {
  constexpr std::size_t space_max = 64;  // between a name and its colon
  if (value_.size() + at - string_begin_ > quoted_list_.size() + space_max) return false;
  std::string name;
  if (string_begin_ < value_.size()) name = value_.substr(string_begin_);
  const std::size_t skipped = string_begin_ < value_.size() ? 0 : string_begin_ - value_.size();
  name += bytes.substr(skipped, at - skipped);
  return trimmed(name) == quoted_list_;
}

void ValueSplitter::keep(std::string_view bytes) {
  if (is_too_long_) return;
  if (bytes.size() <= limits_.bytes_max - value_.size() && marks_ <= limits_.marks_max) {
    value_ += bytes;
    return;
  }
  is_too_long_ = true;
  value_ += bytes.substr(0, PassOver::beginning_bytes);
  value_ = value_.substr(0, PassOver::beginning_bytes);
}

void ValueSplitter::hand_over_value() {
  marks_ = 0;
  std::string value = std::exchange(value_, {});
  if (std::exchange(is_too_long_, false)) {
    pass_over(value, Origin::document);
  } else {
    hand_over(std::move(value), Origin::document);
  }
}

void ValueSplitter::pass_over(std::string_view beginning, Origin origin) {
  if (failure_) return;
  if (auto done = on_too_long_(beginning, origin); !done) failure_ = std::move(done.error());
}

void ValueSplitter::hand_over(std::string text, Origin origin) {
  if (failure_) return;
  if (auto done = on_value_(std::move(text), origin); !done) failure_ = std::move(done.error());
}

void ValueSplitter::refuse(Errc code, std::string_view reason) {
  failure_ = Error{code, std::string(reason) + " at byte " + std::to_string(offset_) + "."};
}

ArraySplitter ValueSplitter::elements() {
  const auto outcome = [this]() -> Result<void> {
    if (failure_) return tl::unexpected(*failure_);
    return {};
  };
  const auto pass_over_element = [this, outcome](std::string_view beginning) {
    pass_over(beginning, Origin::element);
    return outcome();
  };
  return ArraySplitter(
      limits_.bytes_max,
      [this, outcome](std::string text) {
        hand_over(std::move(text), Origin::element);
        return outcome();
      },
      offset_, PassOver{limits_.marks_max, pass_over_element});
}

}  // namespace threadkeep::json
