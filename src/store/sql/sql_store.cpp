#include "store/sql/sql_store.h"

#include <utility>

#include "store/sql/aggregates.h"

namespace threadkeep::sql {

// What the engine said stays in the log: it may name paths, hosts and users.
Error error_of(const StorageFailure& failure) {
  switch (failure.kind()) {
    case StorageFailure::Kind::full:
      return {Errc::storage_full, "There is no room left on the disk."};
    case StorageFailure::Kind::unknown:
      return {Errc::outcome_unknown, "It is not known whether it was stored: try again."};
    case StorageFailure::Kind::unavailable:
    case StorageFailure::Kind::broken:
      break;
  }
  return {Errc::storage_unavailable, "The database cannot be used now."};
}

SqlStore::SqlStore(std::unique_ptr<Engine> engine, UlidMaker& ids, std::string cursor_key,
                   std::size_t answer_part_bytes, const Process& process)
    : ids_(ids),
      cursor_key_(std::move(cursor_key)),
      answer_part_bytes_(answer_part_bytes),
      process_(process),
      engine_(std::move(engine)) {}

std::string SqlStore::cursor_key() { return cursor_key_; }

void SqlStore::set_commit_listener(CommitListener listener) {
  engine_->set_commit_listener(std::move(listener));
}

Result<void> SqlStore::in_snapshot(const Read& read) {
  try {
    engine_->read([&](Transaction& transaction) {
      SqlAggregates aggregates(transaction, process_, ids_);
      const Aggregates all = aggregates.all();
      read(Reader(all));
    });
  } catch (const StorageFailure& failure) {
    return tl::unexpected(error_of(failure));
  }
  return {};
}

void SqlStore::in_transaction(const std::optional<UserId>& user, Work work, Done done) {
  engine_->write(Write{[this, work = std::move(work)](Transaction& transaction) {
                         SqlAggregates aggregates(transaction, process_, ids_);
                         const Aggregates all = aggregates.all();
                         Writer writer(all);
                         work(writer);
                       },
                       std::move(done), user});
}

}  // namespace threadkeep::sql
