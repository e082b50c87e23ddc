#include "store/sql/aggregates.h"

namespace threadkeep::sql {

Result<bool> SqlSync::note_operation(const UserId& user, const Ulid& id) {
  const auto number = find_or_make_user(transaction_, user);
  if (!number) return tl::unexpected(number.error());
  Query query(transaction_.connection,
              "INSERT INTO operations (owner, id, ran_at) VALUES ($1, $2, $3) ON CONFLICT DO "
              "NOTHING RETURNING ran_at",
              *number, id, transaction_.now);
  const bool is_new = query.next();
  query.run();
  return is_new;
}

void SqlSync::forget_operation(const UserId& user, const Ulid& id) {
  const auto number = find_user(transaction_, user);
  if (!number) return;
  Query(transaction_.connection, "DELETE FROM operations WHERE owner = $1 AND id = $2", *number, id)
      .run();
}

}  // namespace threadkeep::sql
