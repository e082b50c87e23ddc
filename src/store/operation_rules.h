// What operations mean, as far as it does not depend on how a store keeps its rows: one for all
// stores, so that they differ only in how.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "store/answers.h"
#include "store/conversations.h"
#include "store/messages.h"
#include "store/presets.h"
#include "store/sync.h"
#include "store/vendors.h"

namespace threadkeep {

// ---- PUT of a whole chat ----

// What a conversation is created with that was not there.
NewConversation creation_of(const ConversationUpsert& upsert);
// What it edits in the row that is there, without the head.
ConversationPatch patch_of(const ConversationUpsert& upsert, const Conversation& row);
// A listed message that is appended, with the id that it gets.
NewMessage message_of(const UpsertMessage& listed, const MessageId& id);

// ---- answers ----

// Whether there are answers to begin, each with an id of its own. Fails: invalid_field,
// id_conflict.
Result<void> check_ids(const BeginGeneration& begin);
// The message that keeps the place of an answer.
NewMessage message_of(const Reservation& answer);

// ---- deleting messages ----

// What the operation makes of one chosen message. `edited_at` is when its deleting or restoring was
// last asked for, and becomes the time of this when it is the latest.
enum class DeletionChange { none, trash, erase, restore };
DeletionChange change_of(const DeleteMessages& deletion, const Message& row, UnixMs& edited_at,
                         UnixMs now);
DeletionChange change_of(const RestoreMessages& restore, const Message& row, UnixMs& edited_at,
                         UnixMs now);
// Makes it, without a number of the commit sequence.
void apply(DeletionChange change, Message& row, UnixMs now);

// ---- merging ----

// The leaf that the source shows. The merge has messages.
const MessageId& tip_of(const ConversationMerge& merge);

// ---- presets ----

// As a store keeps it.
struct KeptPreset {
  Preset row;
  PresetTimes times;
};
// What a user has beside the one preset that is changed.
struct PresetsBeside {
  std::int64_t rows = 0;  // with the deleted ones
  std::int64_t live = 0;
  std::size_t live_bytes = 0;
};
struct PresetChange {
  KeptPreset after;
  bool was_there = false;    // and not deleted
  bool is_visible = false;   // the row is another: it takes a number
  bool is_to_store = false;  // the row, or when its fields were edited
};
// What the operations make of the preset, without a number of the commit sequence. Fail as they do.
Result<PresetChange> change_of(const EditPreset& edit, const std::optional<KeptPreset>& before,
                               const PresetsBeside& beside, UnixMs now);
Result<PresetChange> change_of(const DeletePreset& deletion,
                               const std::optional<KeptPreset>& before, UnixMs now);

// ---- the change feed ----

// How far a user's feed reaches.
struct FeedRange {
  std::int64_t epoch = 0;
  std::int64_t seq = 0;      // the latest number of the commit sequence
  std::int64_t min_seq = 0;  // what was forgotten had numbers up to this one
};
// Where a reader goes on who stands at `since` (none: at the beginning). Fails: resync_required.
Result<FeedPlace> check_place(const std::optional<FeedPlace>& since, const FeedRange& range);

// ---- vendors ----

// `rev`: of the user's vendor with that name; `others`: how many more the user has. Fail as
// Vendors::run.
Result<void> check_put(const PutVendor& operation, std::optional<std::int64_t> rev,
                       std::int64_t others);
Result<void> check_remove(const RemoveVendor& operation, std::optional<std::int64_t> rev);
// By their bytes, whatever an engine's own order is.
void sort_by_name(std::vector<EnteredVendor>& vendors);

// The epoch after `present`, and greater than `above`.
std::int64_t next_epoch(std::int64_t present, std::int64_t above, UnixMs now);

}  // namespace threadkeep
