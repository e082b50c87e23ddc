#include "store/blobs.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>
#include <new>

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

// OpenSSL's uses what the processor has for it: five times as fast as libsodium's.
struct BlobHasher::State {
  struct Free {
    void operator()(EVP_MD_CTX* hash) const { EVP_MD_CTX_free(hash); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> hash{EVP_MD_CTX_new()};
};

BlobHasher::BlobHasher() : state_(std::make_unique<State>()) {
  if (!state_->hash || EVP_DigestInit_ex(state_->hash.get(), EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc();
}

BlobHasher::~BlobHasher() = default;
BlobHasher::BlobHasher(BlobHasher&&) noexcept = default;
BlobHasher& BlobHasher::operator=(BlobHasher&&) noexcept = default;

void BlobHasher::add(std::string_view bytes) {
  EVP_DigestUpdate(state_->hash.get(), bytes.data(), bytes.size());
}

BlobHash BlobHasher::finish() {
  std::array<unsigned char, BlobHash::size> hash{};
  EVP_DigestFinal_ex(state_->hash.get(), hash.data(), nullptr);
  return BlobHash::from_bytes({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

}  // namespace threadkeep
