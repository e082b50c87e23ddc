#include "store/sql/aggregates.h"

namespace threadkeep::sql {

Result<Noted> SqlSync::note_operation(const UserId& user, const RunOperation& operation) {
  const auto number = find_or_make_user(transaction_, user);
  if (!number) return tl::unexpected(number.error());
  {
    Query query(transaction_.connection,
                "INSERT INTO operations (owner, id, ran_at, digest) VALUES ($1, $2, $3, $4) ON "
                "CONFLICT DO NOTHING RETURNING ran_at",
                *number, operation.id, transaction_.now, Bytes{operation.digest});
    const bool is_new = query.next();
    query.run();
    if (is_new) return Noted::first;
  }
  Query query(transaction_.connection, "SELECT digest FROM operations WHERE owner = $1 AND id = $2",
              *number, operation.id);
  // One without a digest was noted by an earlier version: nothing says that it was another.
  const bool is_same = query.next() && (query.is_null(0) || query.bytes(0) == operation.digest);
  return is_same ? Noted::again : Noted::otherwise;
}

void SqlSync::forget_operation(const UserId& user, const Ulid& id) {
  const auto number = find_user(transaction_, user);
  if (!number) return;
  Query(transaction_.connection, "DELETE FROM operations WHERE owner = $1 AND id = $2", *number, id)
      .run();
}

}  // namespace threadkeep::sql
