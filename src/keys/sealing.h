// Keys of vendors, sealed: XChaCha20-Poly1305 under the server's secret, bound to the user and the
// vendor's name, with the scheme, host and port inside that the key was entered for.
//
//   1 byte    version
//   8 bytes   id of the secret
//   24 bytes  nonce
//   rest      the origin, a line end and the key, and 16 bytes that nobody makes without the secret
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "domain/conversation.h"
#include "keys/secret.h"

namespace threadkeep::keys {

// What a key belongs to.
struct KeyPlace {
  UserId user;
  std::string vendor;  // its name
  std::string origin;  // "https://api.openai.com:443"
};

// Why a key cannot be used: it must be entered again.
enum class Lost {
  other_secret,  // there is no secret, or it is not the one that it was sealed with
  damaged,       // or moved from another user or vendor
  other_origin   // the vendor's address was changed past the server
};

std::string seal(const Secret& secret, const KeyPlace& place, std::string_view key);
// `secret` may be null.
tl::expected<std::string, Lost> open(const Secret* secret, const KeyPlace& place,
                                     std::string_view sealed);

// A sentence for the person.
std::string_view sentence_of(Lost why);

}  // namespace threadkeep::keys
