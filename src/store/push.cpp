#include "store/push.h"

#include <utility>

#include "base/limits.h"
#include "domain/content.h"
#include "domain/refusals.h"
#include "store/store.h"

namespace threadkeep {
namespace {

template <class Operation>
const ConversationId& conversation_of(const Operation& operation) {
  if constexpr (requires { operation.conversation_id; }) {
    return operation.conversation_id;
  } else {
    return operation.id;
  }
}

template <class Operation>
concept ChoosesMessages = requires(const Operation& operation) {
  operation.chosen;
};

// The rows of those that are named.
void find_chosen(const Writer& writer, const UserId& user, const ChosenMessages& chosen,
                 Pushed& pushed) {
  const auto* ids = std::get_if<std::vector<MessageId>>(&chosen);
  if (ids == nullptr || !pushed.conversation) return;
  std::size_t bytes = 0;
  for (const MessageId& id : *ids) {
    if (bytes >= limits::push_told_bytes) break;
    auto row = writer.messages().find(user, id);
    if (!row || row->conversation_id != pushed.conversation->id) continue;
    bytes += row->content.size();
    pushed.messages.push_back(std::move(*row));
  }
}

template <class Operation>
concept IsOfPreset =
    std::is_same_v<Operation, EditPreset> || std::is_same_v<Operation, DeletePreset>;

// What there is after the operation, by the kind of its result.
Pushed pushed(Preset&& row, bool was_there) {
  Pushed after;
  after.was_there = was_there;
  after.preset = std::move(row);
  return after;
}
Pushed pushed(Writer&, const UserId&, Preset&& row) { return pushed(std::move(row), false); }
Pushed pushed(Writer&, const UserId&, Stored<Preset>&& stored) {
  return pushed(std::move(stored.value), stored.was_there);
}
Pushed pushed(Writer&, const UserId&, Conversation&& row) {
  return {false, std::move(row), std::nullopt};
}
Pushed pushed(Writer&, const UserId&, Stored<Conversation>&& stored) {
  return {stored.was_there, std::move(stored.value), std::nullopt};
}
Pushed pushed(Writer& writer, const UserId& user, Stored<Message>&& stored) {
  auto row = writer.conversations().find(user, stored.value.conversation_id);
  return {stored.was_there, std::move(row.value()), std::move(stored.value)};
}

// The rows that it is about, as they are today.
template <class Operation>
Pushed look_at(const Writer& writer, const UserId& user, const Operation& operation) {
  Pushed found{true, std::nullopt, std::nullopt};
  if constexpr (IsOfPreset<Operation>) {
    if (auto row = writer.presets().find(user, operation.id)) found.preset = std::move(*row);
    return found;
  } else if (auto row = writer.conversations().find(user, conversation_of(operation))) {
    found.conversation = std::move(*row);
  }
  if constexpr (std::is_same_v<Operation, NewMessage>) {
    if (auto row = writer.messages().find(user, operation.id)) found.message = std::move(*row);
  }
  if constexpr (ChoosesMessages<Operation>) find_chosen(writer, user, operation.chosen, found);
  return found;
}

std::string text_of(const NewConversation& operation) {
  return "create " + operation.id.text() + creation_text(operation);
}
std::string text_of(const NewMessage& operation) {
  return "append " + operation.conversation_id.text() + operation.id.text() +
         std::string(role_name(operation.role)) + canonical_content(operation.content);
}
std::string text_of(const EditConversation& operation) {
  return "edit " + operation.id.text() + edit_text(operation.patch);
}
std::string text_of(const DeleteConversation& operation) {
  return (operation.erase == Erase::now ? "erase " : "delete ") + operation.id.text();
}
std::string text_of(const RestoreConversation& operation) {
  return "restore " + operation.id.text();
}

std::string text_of(const ChosenMessages& chosen) {
  if (const auto* branch = std::get_if<Branch>(&chosen)) return " branch " + branch->root.text();
  std::string text;
  for (const MessageId& id : std::get<std::vector<MessageId>>(chosen)) text += " " + id.text();
  return text;
}
std::string text_of(const std::optional<UnixMs>& edited_at) {
  return edited_at ? " at " + std::to_string(*edited_at) : "";
}
std::string text_of(const DeleteMessages& operation) {
  return (operation.erase == Erase::now ? "erase messages " : "delete messages ") +
         operation.conversation_id.text() + text_of(operation.chosen) +
         text_of(operation.edited_at);
}
std::string text_of(const RestoreMessages& operation) {
  return "restore messages " + operation.conversation_id.text() + text_of(operation.chosen) +
         text_of(operation.edited_at);
}

std::string text_of(const EditPreset& operation) {
  return "edit preset " + operation.id + " " + edit_text(operation.patch);
}
std::string text_of(const DeletePreset& operation) {
  return "delete preset " + operation.id + text_of(operation.edited_at);
}

// What the device is told and has not sent.
std::size_t told_bytes(const Result<Pushed>& result) {
  if (!result) return 0;
  std::size_t bytes = 0;
  if (result->conversation)
    bytes += result->conversation->metadata.size() + result->conversation->title.size();
  if (result->message && result->was_there)
    bytes += result->message->content.size() + result->message->metadata.size();
  for (const Message& row : result->messages) bytes += row.content.size() + row.metadata.size();
  if (result->preset) bytes += preset_bytes(*result->preset);
  return bytes;
}

}  // namespace

std::string digest_of(const PushOperation& operation) {
  BlobHasher hasher;
  hasher.add(std::visit([](const auto& what) { return text_of(what); }, operation.what));
  return std::string(hasher.finish().bytes());
}

Result<std::vector<Result<Pushed>>> run_push(Writer& writer, const UserId& user, const Push& push) {
  if (push.epoch != writer.sync().epoch()) {
    return fail(Errc::epoch_changed, "The database was restored since. Read the snapshot first.");
  }
  std::vector<Result<Pushed>> results;
  results.reserve(push.operations.size());
  std::size_t told = 0;
  for (const PushOperation& operation : push.operations) {
    if (told >= limits::push_told_bytes) break;
    const auto noted = writer.sync().note_operation(user, {operation.id, digest_of(operation)});
    if (!noted) return tl::unexpected(noted.error());
    const auto run = [&](const auto& what) -> Result<Pushed> {
      if (*noted == Noted::otherwise) return refusal::operation_made_otherwise();
      if (*noted == Noted::again) return look_at(writer, user, what);
      auto result = writer.run(user, what);
      if (result) {
        Pushed after = pushed(writer, user, std::move(*result));
        if constexpr (ChoosesMessages<std::remove_cvref_t<decltype(what)>>)
          find_chosen(writer, user, what.chosen, after);
        return after;
      }
      // It changed nothing, and may be sent again.
      writer.sync().forget_operation(user, operation.id);
      return tl::unexpected(result.error());
    };
    results.push_back(std::visit(run, operation.what));
    told += told_bytes(results.back());
  }
  return results;
}

}  // namespace threadkeep
