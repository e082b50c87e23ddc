#include "base/ulid.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "base/random.h"

namespace threadkeep {
namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::uint8_t not_a_digit = 0xff;

constexpr std::array<std::uint8_t, 256> make_digit_table() {
  std::array<std::uint8_t, 256> table{};
  table.fill(not_a_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    const auto upper = static_cast<unsigned char>(alphabet[i]);
    table[upper] = static_cast<std::uint8_t>(i);
    if (upper >= 'A') table[upper + 32U] = static_cast<std::uint8_t>(i);
  }
  return table;
}
constexpr auto digit_of = make_digit_table();

constexpr std::size_t time_bytes = 6;

void put_time(Ulid::Bytes& bytes, std::uint64_t ms) {
  for (std::size_t i = 0; i < time_bytes; ++i) {
    bytes[i] = static_cast<std::uint8_t>(ms >> (8 * (time_bytes - 1 - i)));
  }
}

void increment(Ulid::Bytes& bytes) {
  for (std::size_t i = bytes.size(); i-- > 0;) {
    if (++bytes[i] != 0) return;
  }
}

}  // namespace

Result<Ulid> Ulid::parse(std::string_view text) {
  if (text.size() != text_length) return fail(Errc::invalid_id, "An id has 26 characters.");
  Bytes bytes{};
  // 26 digits of 5 bits are 130 bits: the first digit may only use its low three.
  std::uint32_t pending = 0;
  int pending_bits = -2;
  std::size_t at = 0;
  for (const char c : text) {
    const std::uint8_t digit = digit_of[static_cast<unsigned char>(c)];
    if (digit == not_a_digit) {
      return fail(Errc::invalid_id, "An id uses the digits and letters of Crockford base 32.");
    }
    if (pending_bits == -2 && digit > 7) {
      return fail(Errc::invalid_id, "An id begins with a digit from 0 to 7.");
    }
    pending = (pending << 5) | digit;
    pending_bits += 5;
    if (pending_bits >= 8) {
      pending_bits -= 8;
      bytes[at++] = static_cast<std::uint8_t>(pending >> pending_bits);
    }
  }
  return Ulid(bytes);
}

Ulid Ulid::from_bytes(std::string_view bytes) {
  Bytes copy{};
  std::memcpy(copy.data(), bytes.data(), std::min(bytes.size(), copy.size()));
  return Ulid(copy);
}

std::array<char, Ulid::text_length> Ulid::characters() const {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    high = (high << 8) | bytes_[i];
    low = (low << 8) | bytes_[i + 8];
  }
  std::array<char, text_length> text{};
  std::size_t at = text.size();
  // The last twelve digits are the low 60 bits, the twelve before them the next 60, and so on.
  for (int i = 0; i < 12; ++i, low >>= 5) text[--at] = alphabet[low & 31U];
  std::uint64_t middle = (high << 4) | low;
  for (int i = 0; i < 12; ++i, middle >>= 5) text[--at] = alphabet[middle & 31U];
  const std::uint64_t top = ((high >> 60) << 4) | middle;
  text[1] = alphabet[top & 31U];
  text[0] = alphabet[top >> 5];
  return text;
}

std::string Ulid::text() const {
  const auto text = characters();
  return {text.data(), text.size()};
}

UnixMs Ulid::time_ms() const {
  UnixMs ms = 0;
  for (std::size_t i = 0; i < time_bytes; ++i) ms = (ms << 8) | bytes_[i];
  return ms;
}

Ulid UlidMaker::next() {
  const std::lock_guard lock(mutex_);
  Ulid::Bytes candidate{};
  put_time(candidate, static_cast<std::uint64_t>(clock_.now_ms()));
  const bool later = !started_ || std::memcmp(candidate.data(), last_.data(), time_bytes) > 0;
  if (later) {
    fill_random(std::as_writable_bytes(std::span(candidate)).subspan(time_bytes));
  } else {
    candidate = last_;
    increment(candidate);
  }
  last_ = candidate;
  started_ = true;
  return Ulid(candidate);
}

}  // namespace threadkeep
