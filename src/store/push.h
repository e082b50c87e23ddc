// A push: operations that a device recorded while it was offline, in one transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "domain/conversation.h"
#include "domain/message.h"
#include "store/conversations.h"
#include "store/messages.h"
#include "store/presets.h"

namespace threadkeep {

class Writer;

struct PushOperation {
  Ulid id;  // made with the operation: it runs once, however often it is sent
  std::variant<NewConversation, NewMessage, EditConversation, DeleteConversation,
               RestoreConversation, DeleteMessages, RestoreMessages, EditPreset, DeletePreset>
      what;
};

struct Push {
  std::int64_t epoch = 0;
  std::vector<PushOperation> operations;
};

struct Pushed {
  bool was_there = false;  // nothing was run, or what it makes had been there
  // As they are after the operation. None: of no concern, or forgotten since it was run.
  std::optional<Conversation> conversation;
  std::optional<Message> message;
  // Those that were chosen by name to be deleted or restored, as far as there is room
  // (push_told_bytes); the others come with the feed.
  std::vector<Message> messages = {};
  std::optional<Preset> preset = {};
};

// The same for operations that do the same. Where a message stands, when it was made and what it
// ended with do not count, as they do not for one that is appended again.
std::string digest_of(const PushOperation& operation);

// Runs the operations in order, each as it would run alone; one that fails does not keep the others
// from running. One that was run before (within ids_kept_ms) is not run; another one under its id
// fails with id_conflict. Fewer results than operations: what is told without having been sent
// (rows of operations that were run before, and conversations) had push_told_bytes; the rest was
// not run. Fails: epoch_changed, storage_full; and with any failure nothing was run.
Result<std::vector<Result<Pushed>>> run_push(Writer& writer, const UserId& user, const Push& push);

}  // namespace threadkeep
