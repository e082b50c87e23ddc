#include "store/sql/sql_store.h"

#include <future>
#include <stdexcept>
#include <utility>

namespace threadkeep::sql {
namespace {

template <class T>
using Work = std::function<Result<T>(Transaction&)>;

template <class T>
Result<T> read(Engine& engine, const Work<T>& work) {
  std::optional<Result<T>> result;
  try {
    engine.read([&](Transaction& transaction) { result.emplace(work(transaction)); });
  } catch (const StorageFailure& failure) {
    return tl::unexpected(error_of(failure));
  }
  return std::move(*result);
}

// Whose rows a write is about.
using Whose = std::optional<UserId>;
constexpr std::nullopt_t nobody = std::nullopt;

// `done` gets the result of the run that was committed. An expected failure is a result too.
template <class T>
void write(Engine& engine, const Whose& user, Work<T> work, std::function<void(Result<T>)> done) {
  auto result = std::make_shared<std::optional<Result<T>>>();
  engine.write(Write{[result, work = std::move(work)](Transaction& transaction) {
                       result->emplace(work(transaction));
                     },
                     [result, done = std::move(done)](const std::optional<Error>& failure) {
                       if (failure) {
                         done(tl::unexpected(*failure));
                       } else {
                         done(std::move(**result));
                       }
                     },
                     user});
}

template <class T>
Result<T> write_and_wait(Engine& engine, const Whose& user, Work<T> work) {
  // Shared: the writer's thread may still be inside set_value when this one goes on.
  auto promise = std::make_shared<std::promise<Result<T>>>();
  auto future = promise->get_future();
  write<T>(engine, user, std::move(work),
           [promise](Result<T> result) { promise->set_value(std::move(result)); });
  return future.get();
}

}  // namespace

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
                   const Process& process)
    : engine_(std::move(engine)),
      ids_(ids),
      cursor_key_(std::move(cursor_key)),
      process_(process) {}

Result<bool> SqlStore::check_ready() {
  auto is_written = write_and_wait<bool>(*engine_, nobody, [](Transaction& transaction) {
    put_meta(transaction, "checked", "");
    return Result<bool>(true);
  });
  if (!is_written) return is_written;
  return read<bool>(*engine_, [](Transaction& transaction) {
    return Result<bool>(find_meta(transaction, "checked").has_value());
  });
}

UserId SqlStore::local_user() {
  const std::lock_guard lock(mutex_);
  if (local_user_) return *local_user_;
  const auto user =
      write_and_wait<UserId>(*engine_, nobody, [fresh = ids_.next()](Transaction& transaction) {
        return Result<UserId>(find_or_make_local_user(transaction, fresh));
      });
  if (!user) throw std::runtime_error("the local user cannot be stored: " + user.error().detail);
  local_user_ = *user;
  return *local_user_;
}

std::string SqlStore::cursor_key() { return cursor_key_; }

Result<Stored<Conversation>> SqlStore::create_conversation(const UserId& user,
                                                           const NewConversation& conversation) {
  return write_and_wait<Stored<Conversation>>(*engine_, user, [&](Transaction& transaction) {
    return sql::create_conversation(transaction, user, conversation);
  });
}

Result<Conversation> SqlStore::find_conversation(const UserId& user, const ConversationId& id) {
  return read<Conversation>(*engine_, [&](Transaction& transaction) {
    return sql::find_conversation(transaction, user, id);
  });
}

Result<ConversationPage> SqlStore::list_conversations(const UserId& user,
                                                      const ConversationFilter& filter,
                                                      const std::optional<ListPlace>& behind,
                                                      int limit) {
  return read<ConversationPage>(*engine_, [&](Transaction& transaction) {
    return sql::list_conversations(transaction, user, filter, behind, limit);
  });
}

Result<Conversation> SqlStore::update_conversation(const UserId& user, const ConversationId& id,
                                                   const ConversationPatch& patch,
                                                   std::optional<std::int64_t> if_rev) {
  return write_and_wait<Conversation>(*engine_, user, [&](Transaction& transaction) {
    return sql::update_conversation(transaction, user, id, patch, if_rev);
  });
}

Result<Stored<Conversation>> SqlStore::upsert_conversation(const UserId& user,
                                                           const ConversationUpsert& upsert,
                                                           std::optional<std::int64_t> if_rev) {
  return write_and_wait<Stored<Conversation>>(*engine_, user, [&](Transaction& transaction) {
    return sql::upsert_conversation(transaction, user, upsert, if_rev);
  });
}

Result<Conversation> SqlStore::delete_conversation(const UserId& user, const ConversationId& id,
                                                   Erase erase) {
  return write_and_wait<Conversation>(*engine_, user, [&](Transaction& transaction) {
    return sql::delete_conversation(transaction, user, id, erase);
  });
}

Result<Conversation> SqlStore::restore_conversation(const UserId& user, const ConversationId& id) {
  return write_and_wait<Conversation>(*engine_, user, [&](Transaction& transaction) {
    return sql::restore_conversation(transaction, user, id);
  });
}

void SqlStore::append(const UserId& user, NewMessage message, AppendDone done) {
  write<Stored<Message>>(
      *engine_, user,
      [user, message = std::move(message)](Transaction& transaction) {
        return sql::append(transaction, user, message);
      },
      std::move(done));
}

Result<Message> SqlStore::find_message(const UserId& user, const MessageId& id) {
  return read<Message>(
      *engine_, [&](Transaction& transaction) { return sql::find_message(transaction, user, id); });
}

Result<MessagePage> SqlStore::path_page(const UserId& user, const ConversationId& id,
                                        const std::optional<MessageId>& head,
                                        std::optional<Position> from, int limit) {
  return read<MessagePage>(*engine_, [&](Transaction& transaction) {
    return sql::path_page(transaction, user, id, head, from, limit);
  });
}

Result<MessagePage> SqlStore::tree_page(const UserId& user, const ConversationId& id, Position from,
                                        int limit) {
  return read<MessagePage>(*engine_, [&](Transaction& transaction) {
    return sql::tree_page(transaction, user, id, from, limit);
  });
}

Result<BegunGeneration> SqlStore::begin_generation(const UserId& user,
                                                   const BeginGeneration& begin) {
  return write_and_wait<BegunGeneration>(*engine_, user, [&](Transaction& transaction) {
    return sql::begin_generation(transaction, user, begin, process_);
  });
}

void SqlStore::save_answer(const UserId& user, AnswerState state, SaveDone done) {
  write<Message>(
      *engine_, user,
      [this, user, state = std::move(state)](Transaction& transaction) {
        return sql::save_answer(transaction, user, state, process_);
      },
      std::move(done));
}

Result<std::int64_t> SqlStore::interrupt_unfinished() {
  return write_and_wait<std::int64_t>(*engine_, nobody, [this](Transaction& transaction) {
    return sql::interrupt_unfinished(transaction, process_);
  });
}

Result<std::int64_t> SqlStore::keep_lease() {
  if (process_.is_alone()) return 0;
  return write_and_wait<std::int64_t>(*engine_, nobody, [this](Transaction& transaction) {
    return sql::keep_lease(transaction, process_);
  });
}

Result<Merged> SqlStore::merge_conversation(const UserId& user, const ConversationMerge& merge) {
  return write_and_wait<Merged>(*engine_, user, [&](Transaction& transaction) {
    return sql::merge_conversation(transaction, user, merge);
  });
}

Result<std::vector<SearchHit>> SqlStore::scan(const UserId& user, const std::string& query,
                                              int limit) {
  return read<std::vector<SearchHit>>(*engine_, [&](Transaction& transaction) {
    return sql::scan(transaction, user, query, limit);
  });
}

Result<std::int64_t> SqlStore::epoch() {
  return read<std::int64_t>(*engine_, [](Transaction& transaction) {
    return Result<std::int64_t>(present_epoch(transaction));
  });
}

Result<std::int64_t> SqlStore::bump_epoch(std::int64_t above) {
  return write_and_wait<std::int64_t>(*engine_, nobody, [=](Transaction& transaction) {
    return Result<std::int64_t>(sql::bump_epoch(transaction, above));
  });
}

Result<std::int64_t> SqlStore::resume_floor(const UserId& user, std::int64_t epoch) {
  return read<std::int64_t>(*engine_, [&](Transaction& transaction) {
    return Result<std::int64_t>(sql::resume_floor(transaction, user, epoch));
  });
}

Result<ChangePage> SqlStore::changes(const UserId& user, const std::optional<FeedPlace>& since,
                                     int limit) {
  return read<ChangePage>(*engine_, [&](Transaction& transaction) {
    return sql::changes(transaction, user, since, limit);
  });
}

Result<SnapshotPage> SqlStore::snapshot(const UserId& user, SnapshotOf what,
                                        const std::optional<SnapshotPlace>& from, int limit) {
  return read<SnapshotPage>(*engine_, [&](Transaction& transaction) {
    return sql::snapshot(transaction, user, what, from, limit);
  });
}

Result<std::vector<Result<Pushed>>> SqlStore::push(const UserId& user, std::int64_t epoch,
                                                   const std::vector<PushOperation>& operations) {
  return write_and_wait<std::vector<Result<Pushed>>>(*engine_, user, [&](Transaction& transaction) {
    return sql::push(transaction, user, epoch, operations);
  });
}

Result<Purged> SqlStore::purge(UnixMs now) {
  return write_and_wait<Purged>(*engine_, nobody, [=](Transaction& transaction) {
    return Result<Purged>(sql::purge(transaction, now));
  });
}

void SqlStore::set_commit_listener(CommitListener listener) {
  engine_->set_commit_listener(std::move(listener));
}

}  // namespace threadkeep::sql
