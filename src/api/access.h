// Who sent a request, and what they may do.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <tl/expected.hpp>

#include "api/problem.h"
#include "base/ulid.h"
#include "domain/conversation.h"
#include "http/http.h"

namespace threadkeep::api {

// What a route does, and so what its caller must be allowed to do.
enum class Access : std::uint8_t {
  anyone,    // nobody is asked who they are
  read,      // the user's own things
  write,     // the same, changing them
  generate,  // asks a model, which may cost money and sends words away
  keys,      // who is asked for the user, and with which keys: where the user's words go
  admin,     // the server itself
};

class AccessSet {
 public:
  constexpr AccessSet(std::initializer_list<Access> all) {
    for (const Access access : all) bits_ |= bit(access);
  }
  constexpr bool has(Access access) const { return (bits_ & bit(access)) != 0; }

 private:
  static constexpr std::uint32_t bit(Access access) {
    return 1U << static_cast<std::uint32_t>(access);
  }
  std::uint32_t bits_ = 0;
};

struct Principal {
  UserId user;
  AccessSet may;
};

// Says who sent a request. Outlives the application that asks it.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // Asked once per request, before a byte of its body is taken, unless the route is for anyone. On
  // the listener's thread: must not block, so what it compares with is in memory. The problem
  // (401, 403, 429) is sent in the form of the surface.
  virtual tl::expected<Principal, Problem> authenticate(const http::RequestHead& head) const = 0;
};

// Every request is the one user's of a server without accounts, which listens on loopback only.
class LocalUser final : public Authenticator {
 public:
  explicit LocalUser(const UserId& user) : user_(user) {}
  tl::expected<Principal, Problem> authenticate(const http::RequestHead&) const override {
    return Principal{user_,
                     {Access::read, Access::write, Access::generate, Access::keys, Access::admin}};
  }

 private:
  const UserId user_;
};

}  // namespace threadkeep::api
