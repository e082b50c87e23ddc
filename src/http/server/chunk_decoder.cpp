#include "http/server/chunk_decoder.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "http/names.h"

namespace threadkeep::http {

namespace {

constexpr std::uint32_t extension_bytes_max = 16U << 10;
constexpr std::uint32_t trailer_bytes_max = 8U << 10;
constexpr std::uint64_t chunk_bytes_max = std::uint64_t{1} << 60;

// RFC 9110, section 6.5.1: fields for framing, routing, authentication or content handling.
constexpr std::array<std::string_view, 13> not_as_trailer = {
    "host",   "content-length", "transfer-encoding", "trailer",       "connection", "authorization",
    "cookie", "content-type",   "content-encoding",  "content-range", "expect",     "upgrade",
    "te"};

bool is_token(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7F';
}

}  // namespace

ChunkDecoder::Step ChunkDecoder::step(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size() && !done() && !bad()) {
    if (state_ == State::data) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - at));
      left_ -= size;
      if (left_ == 0) state_ = State::data_return;
      return {at + size, bytes.substr(at, size)};
    }
    state_ = next(bytes[at++]);
  }
  return {at, {}};
}

ChunkDecoder::State ChunkDecoder::next(char c) {
  switch (state_) {
    case State::size_begin:
      left_ = 0;
      return add_digit(c);
    case State::size:
      return c == ';' || c == ' ' || c == '\t' || c == '\r' ? after_size(c) : add_digit(c);
    case State::size_space:
      return c == '\r' ? State::bad : after_size(c);
    case State::extension:
      return add_extension(c);
    case State::size_end:
      if (c != '\n') return State::bad;
      return left_ == 0 ? State::trailer_begin : State::data;
    case State::data_return:
      return c == '\r' ? State::data_end : State::bad;
    case State::data_end:
      return c == '\n' ? State::size_begin : State::bad;
    case State::trailer_begin:
      return c == '\r' ? State::last : add_trailer(c);
    case State::trailer:
      return add_trailer(c);
    case State::trailer_end:
      return c == '\n' ? State::trailer_begin : State::bad;
    case State::last:
      return c == '\n' ? State::done : State::bad;
    case State::data:
    case State::done:
    case State::bad:
      break;
  }
  return State::bad;
}

ChunkDecoder::State ChunkDecoder::add_digit(char c) {
  const auto digit = std::string_view("0123456789abcdefABCDEF").find(c);
  if (digit == std::string_view::npos || left_ >= chunk_bytes_max / 16) return State::bad;
  left_ = left_ * 16 + (digit < 16 ? digit : digit - 6);
  return State::size;
}

ChunkDecoder::State ChunkDecoder::after_size(char c) {
  if (c == '\r') return State::size_end;
  if (c == ';') return State::extension;
  return c == ' ' || c == '\t' ? add_extension(c) == State::bad ? State::bad : State::size_space
                               : State::bad;
}

ChunkDecoder::State ChunkDecoder::add_extension(char c) {
  if (c == '\r') return State::size_end;
  if (is_control(c) || ++extension_bytes_ > extension_bytes_max) return State::bad;
  return State::extension;
}

ChunkDecoder::State ChunkDecoder::add_trailer(char c) {
  if (++trailer_bytes_ > trailer_bytes_max) return State::bad;
  if (in_trailer_value_) {
    if (c == '\r') return end_trailer();
    return is_control(c) ? State::bad : State::trailer;
  }
  if (c == ':' && !trailer_name_.empty()) {
    in_trailer_value_ = true;
    return State::trailer;
  }
  if (!is_token(c)) return State::bad;
  trailer_name_ += c;
  return State::trailer;
}

ChunkDecoder::State ChunkDecoder::end_trailer() {
  const bool forbidden =
      std::any_of(not_as_trailer.begin(), not_as_trailer.end(),
                  [&](std::string_view name) { return equals_ignoring_case(name, trailer_name_); });
  trailer_name_.clear();
  in_trailer_value_ = false;
  return forbidden ? State::bad : State::trailer_end;
}

}  // namespace threadkeep::http
