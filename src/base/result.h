// Result<T>: what everything returns that can fail in a way its caller can act on.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace threadkeep {

// What went wrong, as the caller distinguishes it. The HTTP layer gives each one its status and
// problem type in one table (api/problem.cpp); nothing else maps errors to statuses.
enum class Errc {
  // the thing
  not_found,             // missing, or another user's: never told apart
  id_conflict,           // the id exists with other content
  parent_unknown,        // no such parent message (yet)
  parent_invalid,        // the parent is the message itself or lies in another conversation
  conversation_deleted,  // the conversation is in the trash
  precondition_failed,   // If-Match names another revision
  already_final,         // the message has reached its final state
  nothing_to_decide,     // no call of a tool of this answer waits for the person's word
  epoch_changed,         // a push of another history of the database
  resync_required,       // the change feed cannot go on from there
  // the input
  invalid_json,
  json_too_deep,
  duplicate_key,
  invalid_utf8,
  invalid_unicode,
  nul_not_allowed,
  number_out_of_range,
  unknown_field,
  invalid_field,
  invalid_id,
  invalid_cursor,
  invalid_query,
  invalid_precondition,
  unsupported_media_type,
  too_large,
  hash_mismatch,    // bytes that are not those that were announced
  invalid_archive,  // an imported file that is not what it says
  unknown_format,   // an imported file of no known format
  // the surroundings
  storage_full,
  quota_reached,  // what one user may keep is kept
  storage_unavailable,
  newer_schema,     // a newer version of the program wrote the database
  outcome_unknown,  // the commit may or may not have happened: retry with the same id
  upstream_failed,  // a model's server refused, failed or spoke nonsense
  cancelled,
};

// `detail` is one plain sentence for the person who sent the input. It names fields, limits and
// byte offsets and never echoes the input itself.
struct Error {
  Errc code;
  std::string detail;
};

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(tl::expected<T, Error> other)  // NOLINT: implicit, so that monadic results convert back
      : tl::expected<T, Error>(std::move(other)) {}
};

// Of what can fail and has nothing to return: `return {};` is success.
template <>
class [[nodiscard]] Result<void> : public tl::expected<void, Error> {
 public:
  using tl::expected<void, Error>::expected;
  Result() = default;
  Result(tl::expected<void, Error> other)  // NOLINT: as above
      : tl::expected<void, Error>(std::move(other)) {}
};

inline tl::unexpected<Error> fail(Errc code, std::string detail) {
  return tl::unexpected<Error>(Error{code, std::move(detail)});
}

}  // namespace threadkeep
