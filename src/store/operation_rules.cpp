#include "store/operation_rules.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "domain/refusals.h"

namespace threadkeep {
namespace {

bool is_live(const std::optional<KeptPreset>& preset) { return preset && !preset->row.deleted_at; }

// Fails: precondition_failed.
Result<PresetChange> changed(const std::string& id, PresetPatch patch,
                             const std::optional<std::int64_t>& if_rev,
                             const std::optional<KeptPreset>& before, UnixMs now) {
  PresetChange change;
  change.was_there = is_live(before);
  if (if_rev && (!change.was_there || before->row.rev != *if_rev))
    return refusal::preset_changed_since();
  if (before) {
    change.after = *before;
  } else {
    change.after.row.id = id;
    change.after.row.created_at = now;
  }
  keep_latest_edits(patch, change.after.times, now);
  change.is_visible = apply(patch, change.after.row, now);
  change.is_to_store = change.is_visible || change.after.times != before->times;
  return change;
}

}  // namespace

NewConversation creation_of(const ConversationUpsert& upsert) {
  NewConversation created_as;
  created_as.id = upsert.id;
  created_as.title = upsert.title.value_or("");
  created_as.model = upsert.model.value_or(std::nullopt);
  apply(upsert.settings, created_as.settings);
  return created_as;
}

ConversationPatch patch_of(const ConversationUpsert& upsert, const Conversation& row) {
  ConversationPatch patch;
  patch.model = upsert.model;
  patch.settings = upsert.settings;
  // The title that it has is no edit: it would make an excerpt the person's own.
  if (upsert.title && *upsert.title != row.title) patch.title = upsert.title;
  return patch;
}

NewMessage message_of(const UpsertMessage& listed, const MessageId& id) {
  NewMessage message;
  message.id = id;
  message.role = listed.role;
  message.content = listed.content;
  message.status = listed.status;
  message.model = listed.model;
  message.created_at = listed.created_at;
  message.metadata = listed.metadata;
  return message;
}

Result<void> check_ids(const BeginGeneration& begin) {
  if (begin.answers.empty()) return refusal::no_answers();
  std::set<MessageId> ids;
  if (begin.question) ids.insert(begin.question->id);
  for (const Reservation& answer : begin.answers) ids.insert(answer.id);
  if (ids.size() != begin.answers.size() + (begin.question ? 1U : 0U))
    return refusal::same_id_twice();
  return {};
}

NewMessage message_of(const Reservation& answer) {
  NewMessage reserved;
  reserved.id = answer.id;
  reserved.role = Role::assistant;
  reserved.status = MessageStatus::reserved;
  reserved.model = answer.model;
  reserved.metadata = answer.metadata;
  return reserved;
}

DeletionChange change_of(const DeleteMessages& deletion, const Message& row, UnixMs& edited_at,
                         UnixMs now) {
  if (row.is_erased || !note_edit(edited_at, deletion.edited_at, now)) return DeletionChange::none;
  if (deletion.erase == Erase::now) return DeletionChange::erase;
  return row.deleted_at ? DeletionChange::none : DeletionChange::trash;
}

DeletionChange change_of(const RestoreMessages& restore, const Message& row, UnixMs& edited_at,
                         UnixMs now) {
  if (row.is_erased || !note_edit(edited_at, restore.edited_at, now)) return DeletionChange::none;
  return row.deleted_at ? DeletionChange::restore : DeletionChange::none;
}

void apply(DeletionChange change, Message& row, UnixMs now) {
  if (change == DeletionChange::none) return;
  if (change == DeletionChange::restore) {
    row.deleted_at.reset();
    return;
  }
  if (!row.deleted_at) row.deleted_at = now;
  // What has come of an answer is kept with it.
  if (!is_final(row.status)) row.status = MessageStatus::cancelled;
  if (change == DeletionChange::erase) erase_words(row, now);
}

Result<PresetChange> change_of(const EditPreset& edit, const std::optional<KeptPreset>& before,
                               const PresetsBeside& beside, UnixMs now) {
  const bool gives_name = edit.patch.name && *edit.patch.name;
  if (!before && kind_of_preset(edit.id) == PresetKind::named && !gives_name)
    return refusal::no_preset();
  auto change = changed(edit.id, edit.patch, edit.if_rev, before, now);
  if (!change || change->after.row.deleted_at) return change;
  const std::size_t bytes = preset_bytes(change->after.row);
  const bool grows = !change->was_there || bytes > preset_bytes(before->row);
  const bool fits = beside.live < limits::presets_max &&
                    beside.live_bytes + bytes <= limits::presets_bytes_max &&
                    (before || beside.rows < limits::preset_rows_max);
  if (grows && !fits) return refusal::no_room_for_preset();
  return change;
}

Result<PresetChange> change_of(const DeletePreset& deletion,
                               const std::optional<KeptPreset>& before, UnixMs now) {
  if (!before) return refusal::no_preset();
  return changed(deletion.id, removal_of_preset(deletion.edited_at), deletion.if_rev, before, now);
}

const MessageId& tip_of(const ConversationMerge& merge) {
  return merge.conversation.head_id ? *merge.conversation.head_id : merge.messages.back().id;
}

Result<FeedPlace> check_place(const std::optional<FeedPlace>& since, const FeedRange& range) {
  const FeedPlace place = since.value_or(FeedPlace{range.epoch, 0, range.min_seq});
  if (place.epoch != range.epoch || place.seq > range.seq ||
      std::max(place.seq, place.horizon) < range.min_seq) {
    return refusal::feed_ends_here();
  }
  return place;
}

std::int64_t next_epoch(std::int64_t present, std::int64_t above, UnixMs now) {
  // Two restores of one backup must not give one number: where nobody knows the other's, the time
  // tells them apart.
  return std::max({present + 1, above + 1, static_cast<std::int64_t>(now / 1'000)});
}

Result<void> check_put(const PutVendor& operation, std::optional<std::int64_t> rev,
                       std::int64_t others) {
  if (operation.if_rev && *operation.if_rev != rev.value_or(0)) return refusal::vendor_changed();
  if (others >= limits::vendors_per_user_max) return refusal::no_room_for_vendor();
  return {};
}

Result<void> check_remove(const RemoveVendor& operation, std::optional<std::int64_t> rev) {
  if (!rev) return refusal::no_vendor();
  if (operation.if_rev && *operation.if_rev != *rev) return refusal::vendor_changed();
  return {};
}

void sort_by_name(std::vector<EnteredVendor>& vendors) {
  std::sort(vendors.begin(), vendors.end(),
            [](const EnteredVendor& a, const EnteredVendor& b) { return a.name < b.name; });
}

}  // namespace threadkeep
