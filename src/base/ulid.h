// ULID: 48 bits of Unix milliseconds and 80 random bits, written as 26 Crockford base-32 characters
// (github.com/ulid/spec).
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace threadkeep {

// A value; the all-zero Ulid is a valid id and the default. Ordered by its bytes, which the server
// uses for look-up only: nothing is ever put in order by an id.
class Ulid {
 public:
  static constexpr std::size_t text_length = 26;
  using Bytes = std::array<std::uint8_t, 16>;

  Ulid() = default;
  explicit Ulid(const Bytes& bytes) : bytes_(bytes) {}

  // Accepts either case, returns canonical upper case. Fails: invalid_id (length, alphabet, more
  // than 128 bits).
  static Result<Ulid> parse(std::string_view text);
  // From 16 stored bytes; the caller knows that there are 16.
  static Ulid from_bytes(std::string_view bytes);

  // The canonical text.
  std::array<char, text_length> characters() const;
  std::string text() const;
  std::string_view bytes() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }
  UnixMs time_ms() const;

  friend auto operator<=>(const Ulid&, const Ulid&) = default;

 private:
  Bytes bytes_{};
};

// Makes ULIDs that rise strictly within this maker, also when the clock stands still or steps back.
// Safe from several threads.
class UlidMaker {
 public:
  explicit UlidMaker(const Clock& clock) : clock_(clock) {}
  Ulid next();

 private:
  const Clock& clock_;
  std::mutex mutex_;
  Ulid::Bytes last_{};
  bool started_ = false;
};

}  // namespace threadkeep

template <>
struct std::hash<threadkeep::Ulid> {
  std::size_t operator()(const threadkeep::Ulid& id) const noexcept {
    return std::hash<std::string_view>{}(id.bytes());
  }
};
