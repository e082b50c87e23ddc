#include "store/sql/operations.h"

namespace threadkeep::sql {
namespace {

// Runs one operation. Each overload answers what is there behind it.
class Runner {
 public:
  Runner(Transaction& transaction, const UserId& user) : transaction_(transaction), user_(user) {}

  Result<Pushed> operator()(const NewConversation& conversation) {
    auto stored = create_conversation(transaction_, user_, conversation);
    if (!stored) return tl::unexpected(stored.error());
    return Pushed{stored->was_there, std::move(stored->value), std::nullopt};
  }
  Result<Pushed> operator()(const NewMessage& message) {
    auto stored = append(transaction_, user_, message);
    if (!stored) return tl::unexpected(stored.error());
    return Pushed{stored->was_there, find(message.conversation_id), std::move(stored->value)};
  }
  Result<Pushed> operator()(const EditConversation& edit) {
    return changed(update_conversation(transaction_, user_, edit.id, edit.patch, std::nullopt));
  }
  Result<Pushed> operator()(const DeleteConversation& deletion) {
    return changed(delete_conversation(transaction_, user_, deletion.id, deletion.erase));
  }
  Result<Pushed> operator()(const RestoreConversation& restore) {
    return changed(restore_conversation(transaction_, user_, restore.id));
  }

  // The rows that it is about, as they are today.
  Pushed look_at(const PushOperation& operation) {
    Pushed pushed;
    pushed.was_there = true;
    if (const auto* message = std::get_if<NewMessage>(&operation.what)) {
      pushed.conversation = find(message->conversation_id);
      auto row = find_message(transaction_, user_, message->id);
      if (row) pushed.message = std::move(*row);
    } else {
      pushed.conversation = find(conversation_of(operation));
    }
    return pushed;
  }

 private:
  static Result<Pushed> changed(Result<Conversation> row) {
    if (!row) return tl::unexpected(row.error());
    return Pushed{false, std::move(*row), std::nullopt};
  }
  static ConversationId conversation_of(const PushOperation& operation) {
    if (const auto* fresh = std::get_if<NewConversation>(&operation.what)) return fresh->id;
    if (const auto* edit = std::get_if<EditConversation>(&operation.what)) return edit->id;
    if (const auto* gone = std::get_if<DeleteConversation>(&operation.what)) return gone->id;
    return std::get<RestoreConversation>(operation.what).id;
  }
  std::optional<Conversation> find(const ConversationId& id) {
    auto row = find_conversation(transaction_, user_, id);
    if (!row) return std::nullopt;
    return std::move(*row);
  }

  Transaction& transaction_;
  const UserId& user_;
};

// False: it was run before.
bool note(Transaction& transaction, std::int64_t user, const PushOperation& operation) {
  Query query(transaction.connection,
              "INSERT INTO operations (owner, id, ran_at) VALUES ($1, $2, $3) ON CONFLICT DO "
              "NOTHING RETURNING ran_at",
              user, operation.id, transaction.now);
  const bool is_new = query.next();
  query.run();
  return is_new;
}

Result<Pushed> run(Transaction& transaction, const UserId& user, std::int64_t number,
                   const PushOperation& operation) {
  Runner runner(transaction, user);
  if (!note(transaction, number, operation)) return runner.look_at(operation);
  auto pushed = std::visit(runner, operation.what);
  if (!pushed) {
    // It changed nothing, and may be sent again.
    Query(transaction.connection, "DELETE FROM operations WHERE owner = $1 AND id = $2", number,
          operation.id)
        .run();
  }
  return pushed;
}

}  // namespace

Result<std::vector<Result<Pushed>>> push(Transaction& transaction, const UserId& user,
                                         std::int64_t epoch,
                                         const std::vector<PushOperation>& operations) {
  if (epoch != present_epoch(transaction)) {
    return fail(Errc::epoch_changed, "The database was restored since. Read the snapshot first.");
  }
  const auto number = find_or_make_user(transaction, user);
  if (!number) return tl::unexpected(number.error());
  std::vector<Result<Pushed>> results;
  results.reserve(operations.size());
  for (const PushOperation& operation : operations) {
    results.push_back(run(transaction, user, *number, operation));
  }
  return results;
}

}  // namespace threadkeep::sql
