// Cuts a JSON array of any length into the texts of its elements while it streams by, so that a
// file larger than memory can be imported.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace threadkeep::json {

// What becomes of an element that is too long: it is passed over, and its beginning told. Nothing
// of it is kept but that.
struct PassOver {
  static constexpr std::size_t beginning_bytes = 4'096;
  // An element is too long also with more commas and opening brackets outside of its strings: it
  // has about as many values.
  std::size_t marks_max = 0;
  std::function<Result<void>(std::string_view beginning)> tell;
};

// Feed the bytes in pieces of any size. It only finds the borders of the elements; each element is
// parsed by who receives it. A text whose top is not an array is handed over whole, as one element.
// Memory: the largest element. Not for several threads.
class ArraySplitter {
 public:
  // Called once for each element, in order, with its text (without the commas around it). A failure
  // stops the splitter and comes back from feed.
  using OnElement = std::function<Result<void>(std::string text)>;

  // An element that is longer than `element_bytes_max` is passed over, or fails with too_large
  // where nothing is said of that. `offset` is where the text begins in what it is a part of: for
  // the places in errors.
  ArraySplitter(std::size_t element_bytes_max, OnElement on_element, std::uint64_t offset = 0,
                std::optional<PassOver> pass_over = std::nullopt);

  // Fails: invalid_json for what cannot be the inside of an array, too_large, or what on_element
  // failed with.
  Result<void> feed(std::string_view bytes);
  // As feed, but takes nothing after the array, and returns how many of the bytes it took.
  Result<std::size_t> feed_array(std::string_view bytes);
  bool is_over() const { return state_ == State::after_top; }
  // The end of the input. Fails with invalid_json when it ends in the middle; all complete elements
  // were handed over by then.
  Result<void> finish();

 private:
  enum class State { before_top, before_element, in_element, after_top };
  std::size_t step(std::string_view bytes);
  std::size_t look_at(char c);
  std::size_t take(std::string_view bytes);
  void keep(std::string_view bytes);
  std::size_t find_end(std::string_view bytes);
  void hand_over();
  void refuse(Errc code, std::string_view reason);
  Result<void> outcome() const;

  std::size_t element_bytes_max_;
  OnElement on_element_;
  std::optional<PassOver> pass_over_;
  State state_ = State::before_top;
  std::optional<Error> failure_;  // the first one, for ever
  std::uint64_t offset_;          // in the whole stream
  bool is_whole_ = false;         // the top is not an array
  bool after_comma_ = false;

  // Of the element that is being read:
  std::string element_;
  std::size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  std::size_t marks_ = 0;
  bool is_too_long_ = false;
};

}  // namespace threadkeep::json
