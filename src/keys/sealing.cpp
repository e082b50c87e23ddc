#include "keys/sealing.h"

#include <sodium.h>

namespace threadkeep::keys {
namespace {

constexpr char version = 1;
constexpr std::size_t id_at = 1;
constexpr std::size_t id_bytes = 8;
constexpr std::size_t nonce_at = id_at + id_bytes;
constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t head_bytes = nonce_at + nonce_bytes;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// What the sealed bytes are bound to without holding it.
std::string bond_of(const KeyPlace& place) {
  std::string bond = "threadkeep vendor key 1";
  bond += place.user.bytes();
  bond += place.vendor;
  return bond;
}

}  // namespace

std::string seal(const Secret& secret, const KeyPlace& place, std::string_view key) {
  std::string sealed(head_bytes, '\0');
  sealed[0] = version;
  sealed.replace(id_at, id_bytes, secret.id());
  randombytes_buf(sealed.data() + nonce_at, nonce_bytes);
  std::string plain = place.origin + "\n";
  plain.reserve(plain.size() + key.size());  // so that no copy is left behind
  plain += key;
  const std::string bond = bond_of(place);
  std::string box(plain.size() + tag_bytes, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(box), nullptr, bytes_of(plain), plain.size(),
                                             bytes_of(bond), bond.size(), nullptr,
                                             bytes_of(sealed) + nonce_at, secret.bytes());
  wipe(plain);
  return sealed + box;
}

tl::expected<std::string, Lost> open(const Secret* secret, const KeyPlace& place,
                                     std::string_view sealed) {
  if (sealed.size() < head_bytes + tag_bytes || sealed[0] != version)
    return tl::unexpected(Lost::damaged);
  if (secret == nullptr || sealed.substr(id_at, id_bytes) != secret->id())
    return tl::unexpected(Lost::other_secret);
  const std::string_view box = sealed.substr(head_bytes);
  const std::string bond = bond_of(place);
  std::string plain(box.size() - tag_bytes, '\0');
  const int outcome = crypto_aead_xchacha20poly1305_ietf_decrypt(
      bytes_of(plain), nullptr, nullptr, bytes_of(box), box.size(), bytes_of(bond), bond.size(),
      bytes_of(sealed) + nonce_at, secret->bytes());
  if (outcome != 0) return tl::unexpected(Lost::damaged);
  const std::size_t end = plain.find('\n');
  const bool is_for_this =
      end != std::string::npos && std::string_view(plain).substr(0, end) == place.origin;
  std::string key = is_for_this ? plain.substr(end + 1) : "";
  wipe(plain);
  if (!is_for_this) return tl::unexpected(Lost::other_origin);
  return key;
}

std::string_view sentence_of(Lost why) {
  switch (why) {
    case Lost::other_secret:
      return "This server no longer has the secret that the key was sealed with.";
    case Lost::other_origin:
      return "The key was entered for another address.";
    case Lost::damaged:
      break;
  }
  return "What is stored of the key is damaged.";
}

}  // namespace threadkeep::keys
