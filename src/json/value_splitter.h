// Cuts a JSON text of any length into its values while it streams by, so that a file larger than
// memory can be imported: the elements of an array, the elements of one list inside an object, the
// lines of a file that has one value a line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/array_splitter.h"

namespace threadkeep::json {

// Feed the bytes in pieces of any size. It only finds the borders of the values; each is parsed by
// who receives it. Memory: the largest value within the limits. Not for several threads.
class ValueSplitter {
 public:
  enum class Origin {
    element,   // of the array that the text is, or of the list in an object
    document,  // the text, or one of several values after each other; without the list's elements
  };
  // Called once for each value, in order, with its text. A failure stops the splitter and comes
  // back from feed.
  using OnValue = std::function<Result<void>(std::string text, Origin origin)>;

  // Called instead for a value that is longer than that, or has more commas and opening brackets
  // outside of its strings than `marks_max`, with the first bytes of it.
  using OnTooLong = std::function<Result<void>(std::string_view beginning, Origin origin)>;
  struct Limits {
    std::size_t bytes_max = 0;  // of one value
    std::size_t marks_max = 0;
  };

  // `list` is the name of a member: where an object at the top has an array of that name, its
  // elements are handed over one by one, before the object itself, in which it is empty. It may
  // not be found in an object that is too long without it.
  ValueSplitter(const Limits& limits, std::string_view list, OnValue on_value,
                OnTooLong on_too_long);
  ValueSplitter(const ValueSplitter&) = delete;
  ValueSplitter& operator=(const ValueSplitter&) = delete;

  // Fails: invalid_json for what cannot be between the values, or what was returned for a value.
  Result<void> feed(std::string_view bytes);
  // The end of the input. Fails with invalid_json when it ends in the middle; all complete values
  // were handed over by then.
  Result<void> finish();

 private:
  enum class State { before_top, in_array, in_object, in_list, in_scalar, between_objects };
  std::size_t take(std::string_view bytes);
  std::size_t take_between(char c);
  std::size_t take_array(std::string_view bytes);
  std::size_t take_object(std::string_view bytes);
  std::size_t take_mark(std::string_view bytes, std::size_t at);
  void keep(std::string_view bytes);
  void hand_over_value();
  void hand_over(std::string text, Origin origin);
  void pass_over(std::string_view beginning, Origin origin);
  void refuse(Errc code, std::string_view reason);
  bool ends_list_name(std::string_view bytes, std::size_t at) const;
  ArraySplitter elements();

  const Limits limits_;
  std::string quoted_list_;
  OnValue on_value_;
  OnTooLong on_too_long_;
  State state_ = State::before_top;
  std::optional<Error> failure_;
  std::uint64_t offset_ = 0;  // in the whole stream
  ArraySplitter array_;       // of the array that is being read

  // Of the object or scalar that is being read:
  std::string value_;
  std::size_t marks_ = 0;
  bool is_too_long_ = false;
  std::size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  std::size_t string_begin_ = 0;  // in value_, of the last string at depth 1
  bool is_list_name_ = false;     // the member that is being read has the list's name
  bool awaits_member_value_ = false;
};

}  // namespace threadkeep::json
