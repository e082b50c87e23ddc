#include "base/derived_id.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace threadkeep {
namespace {

using Digest = std::array<unsigned char, crypto_hash_sha256_BYTES>;

class Hasher {
 public:
  Hasher() { crypto_hash_sha256_init(&state_); }

  void add(std::string_view bytes) {
    crypto_hash_sha256_update(&state_, reinterpret_cast<const unsigned char*>(bytes.data()),
                              bytes.size());
  }
  void add_length(std::uint64_t length) {
    std::array<char, sizeof length> bytes{};
    for (char& byte : bytes) {
      byte = static_cast<char>(length & 0xFFU);
      length >>= 8;
    }
    add({bytes.data(), bytes.size()});
  }
  Digest finish() {
    Digest digest{};
    crypto_hash_sha256_final(&state_, digest.data());
    return digest;
  }

 private:
  crypto_hash_sha256_state state_{};
};

}  // namespace

Ulid derive_id(UnixMs time_ms, std::initializer_list<std::string_view> parts) {
  Hasher hasher;
  for (const std::string_view part : parts) {
    hasher.add_length(part.size());
    hasher.add(part);
  }
  const Digest digest = hasher.finish();
  constexpr std::size_t time_bytes = 6;
  Ulid::Bytes bytes{};
  auto time = static_cast<std::uint64_t>(std::max<UnixMs>(time_ms, 0));
  for (std::size_t i = time_bytes; i-- > 0; time >>= 8) {
    bytes[i] = static_cast<std::uint8_t>(time & 0xFFU);
  }
  std::copy_n(digest.begin(), bytes.size() - time_bytes, bytes.begin() + time_bytes);
  return Ulid(bytes);
}

std::string digest_name(std::string_view content) {
  Hasher hasher;
  hasher.add(content);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string name;
  for (const unsigned char byte : hasher.finish()) {
    name.push_back(digits[byte >> 4]);
    name.push_back(digits[byte & 15U]);
  }
  return name;
}

}  // namespace threadkeep
