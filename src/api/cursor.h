// Cursors: opaque and authenticated, so that a client can only go on where this server told it that
// it may.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/ulid.h"

namespace threadkeep::api {

// Makes and reads cursors with one key (Store::cursor_key). Safe from several threads.
class CursorSeal {
 public:
  explicit CursorSeal(std::string key);

  // Numbers and an id, bound to a user and to the list that they belong to (`scope`:
  // "conversations|archived=false", "path|<conversation>" ...).
  struct Place {
    std::int64_t first = 0;
    std::int64_t second = 0;
    Ulid id;
    std::int64_t third = 0;
    std::int64_t fourth = 0;
    std::int64_t fifth = 0;
  };
  std::string seal(const Ulid& user, std::string_view scope, const Place& place) const;
  // Fails: invalid_cursor (changed, cut, of another user, list or version).
  Result<Place> open(const Ulid& user, std::string_view scope, std::string_view cursor) const;

 private:
  std::string tag(const Ulid& user, std::string_view scope, std::string_view payload) const;
  std::string key_;
};

}  // namespace threadkeep::api
