#include "api/cursor.h"

#include <sodium.h>

#include <utility>

namespace threadkeep::api {
namespace {

constexpr char version = 2;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t payload_bytes = 1 + 2 * 8 + 16 + 3 * 8;

void put(std::string& out, std::int64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out += static_cast<char>(static_cast<std::uint64_t>(number) >> shift);
}

std::int64_t get(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = (number << 8) | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(number);
}

const unsigned char* as_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

CursorSeal::CursorSeal(std::string key) : key_(std::move(key)) {}

std::string CursorSeal::tag(const Ulid& user, std::string_view scope,
                            std::string_view payload) const {
  std::string tag(tag_bytes, '\0');
  crypto_generichash_state state;
  crypto_generichash_init(&state, as_bytes(key_), key_.size(), tag_bytes);
  crypto_generichash_update(&state, as_bytes(user.bytes()), user.bytes().size());
  crypto_generichash_update(&state, as_bytes(payload), payload.size());
  crypto_generichash_update(&state, as_bytes(scope), scope.size());
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(tag.data()), tag_bytes);
  return tag;
}

std::string CursorSeal::seal(const Ulid& user, std::string_view scope, const Place& place) const {
  std::string payload(1, version);
  put(payload, place.first);
  put(payload, place.second);
  payload += place.id.bytes();
  put(payload, place.third);
  put(payload, place.fourth);
  put(payload, place.fifth);
  const std::string sealed = payload + tag(user, scope, payload);
  std::string text(
      sodium_base64_ENCODED_LEN(sealed.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), as_bytes(sealed), sealed.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.pop_back();  // the terminating NUL
  return text;
}

Result<CursorSeal::Place> CursorSeal::open(const Ulid& user, std::string_view scope,
                                           std::string_view cursor) const {
  const auto refused = fail(Errc::invalid_cursor,
                            "The cursor is none that this list gave out. Begin again without one.");
  std::string sealed(payload_bytes + tag_bytes, '\0');
  std::size_t length = 0;
  const char* end = nullptr;
  const int decoded = sodium_base642bin(reinterpret_cast<unsigned char*>(sealed.data()),
                                        sealed.size(), cursor.data(), cursor.size(), nullptr,
                                        &length, &end, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  if (decoded != 0 || length != sealed.size() || end != cursor.data() + cursor.size())
    return refused;
  const std::string_view payload = std::string_view(sealed).substr(0, payload_bytes);
  const std::string expected = tag(user, scope, payload);
  if (sodium_memcmp(expected.data(), sealed.data() + payload_bytes, tag_bytes) != 0) return refused;
  if (payload[0] != version) return refused;
  return Place{get(payload.substr(1, 8)),
               get(payload.substr(9, 8)),
               Ulid::from_bytes(payload.substr(17, 16)),
               get(payload.substr(33, 8)),
               get(payload.substr(41, 8)),
               get(payload.substr(49, 8))};
}

}  // namespace threadkeep::api
