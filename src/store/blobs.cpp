#include "store/blobs.h"

#include <sodium.h>

#include <algorithm>

namespace threadkeep {

std::optional<BlobHash> BlobHash::parse(std::string_view text) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (text.size() != 2 * size || !std::all_of(text.begin(), text.end(), is_digit)) {
    return std::nullopt;
  }
  BlobHash hash;
  sodium_hex2bin(reinterpret_cast<unsigned char*>(hash.bytes_.data()), size, text.data(),
                 text.size(), nullptr, nullptr, nullptr);
  return hash;
}

BlobHash BlobHash::from_bytes(std::string_view bytes) {
  BlobHash hash;
  std::copy_n(bytes.begin(), std::min(bytes.size(), size), hash.bytes_.begin());
  return hash;
}

std::string BlobHash::text() const {
  std::array<char, 2 * size + 1> text{};
  sodium_bin2hex(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes_.data()),
                 size);
  return text.data();
}

struct BlobHasher::State {
  crypto_hash_sha256_state hash;
};

BlobHasher::BlobHasher() : state_(std::make_unique<State>()) {
  crypto_hash_sha256_init(&state_->hash);
}

BlobHasher::~BlobHasher() = default;
BlobHasher::BlobHasher(BlobHasher&&) noexcept = default;
BlobHasher& BlobHasher::operator=(BlobHasher&&) noexcept = default;

void BlobHasher::add(std::string_view bytes) {
  crypto_hash_sha256_update(&state_->hash, reinterpret_cast<const unsigned char*>(bytes.data()),
                            bytes.size());
}

BlobHash BlobHasher::finish() {
  std::array<unsigned char, BlobHash::size> hash{};
  crypto_hash_sha256_final(&state_->hash, hash.data());
  return BlobHash::from_bytes({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

}  // namespace threadkeep
