// The body of a request in the chunked coding (RFC 9112, section 7.1), strictly: no bare line
// feeds, no spaces before the end of a line, few extensions, and no trailer that could change what
// the request means.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace threadkeep::http {

class ChunkDecoder {
 public:
  struct Step {
    std::size_t consumed;
    std::string_view data;  // a part of the body, pointing into the input
  };
  // Reads until one run of data, the end of the body, a mistake, or the end of `bytes`, whichever
  // comes first.
  Step step(std::string_view bytes);
  bool done() const { return state_ == State::done; }
  bool bad() const { return state_ == State::bad; }

 private:
  enum class State {
    size_begin,
    size,
    size_space,
    extension,
    size_end,
    data,
    data_return,
    data_end,
    trailer_begin,
    trailer,
    trailer_end,
    last,
    done,
    bad,
  };

  State next(char c);
  State after_size(char c);
  State add_digit(char c);
  State add_extension(char c);
  State add_trailer(char c);
  State end_trailer();

  State state_ = State::size_begin;
  std::uint64_t left_ = 0;             // of the chunk that is being read
  std::uint32_t extension_bytes_ = 0;  // of the whole body
  std::uint32_t trailer_bytes_ = 0;
  std::string trailer_name_;
  bool in_trailer_value_ = false;
};

}  // namespace threadkeep::http
