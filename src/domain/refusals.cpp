#include "domain/refusals.h"

namespace threadkeep::refusal {

Refusal no_conversation() { return fail(Errc::not_found, "There is no such conversation."); }

Refusal no_message() { return fail(Errc::not_found, "There is no such message."); }

Refusal deleted(const Conversation& row) {
  return fail(Errc::conversation_deleted, row.is_erased ? "The conversation was deleted for ever."
                                                        : "The conversation is in the trash.");
}

Refusal changed_since() {
  return fail(Errc::precondition_failed, "The conversation has changed since.");
}

Refusal conversation_full() { return fail(Errc::too_large, "The conversation is full."); }

Refusal no_room_for_conversation() {
  return fail(Errc::too_large, "There is no room for another conversation.");
}

Refusal no_preset() { return fail(Errc::not_found, "There is no such preset."); }

Refusal preset_changed_since() {
  return fail(Errc::precondition_failed, "The preset has changed since.");
}

Refusal no_room_for_preset() {
  return fail(Errc::too_large, "There is no room for these settings: delete some presets first.");
}

Refusal conversation_made_otherwise() {
  return fail(Errc::id_conflict, "The id belongs to a conversation that was made otherwise.");
}

Refusal message_made_otherwise() {
  return fail(Errc::id_conflict, "The id belongs to another message.");
}

Refusal message_of_other_conversation() {
  return fail(Errc::id_conflict, "A message id belongs to another conversation.");
}

Refusal message_id_taken() { return fail(Errc::id_conflict, "A message id is taken."); }

Refusal operation_made_otherwise() {
  return fail(Errc::id_conflict, "The id belongs to another operation, which was run before.");
}

Refusal made_otherwise(const char* whose) {
  return fail(Errc::id_conflict,
              "The id of " + std::string(whose) + " belongs to another message.");
}

Refusal no_answers() { return fail(Errc::invalid_field, "There is no answer to begin."); }

Refusal same_id_twice() { return fail(Errc::id_conflict, "Two messages have the same id."); }

Refusal nothing_to_answer() {
  return fail(Errc::parent_unknown, "There is no such message to answer.");
}

Refusal already_final() { return fail(Errc::already_final, "The answer is finished."); }

Refusal written_elsewhere() {
  return fail(Errc::already_final, "The answer is written by another process.");
}

Refusal own_parent() { return fail(Errc::parent_invalid, "A message cannot be its own parent."); }

Refusal no_parent() { return fail(Errc::parent_unknown, "There is no such parent message."); }

Refusal parent_of_other_conversation() {
  return fail(Errc::parent_invalid, "The parent lies in another conversation.");
}

Refusal answers_none_before() {
  return fail(Errc::invalid_field, "A message comes before the one that it answers.");
}

Refusal not_of_conversation(const char* field) {
  return fail(Errc::invalid_field, std::string(field) + " is no message of this conversation.");
}

Refusal search_stopped() { return fail(Errc::cancelled, "The search was stopped."); }

Refusal page_begins_nowhere() {
  return fail(Errc::invalid_field, "The page begins at no message of this conversation.");
}

Refusal feed_ends_here() {
  return fail(Errc::resync_required, "The feed cannot go on from there. Read the snapshot.");
}

Refusal snapshot_of_other_epoch() {
  return fail(Errc::resync_required, "The snapshot is of another epoch. Begin it again.");
}

Refusal no_vendor() { return fail(Errc::not_found, "There is no such vendor."); }

Refusal vendor_changed() {
  return fail(Errc::precondition_failed, "The vendor was changed elsewhere since.");
}

Refusal no_room_for_vendor() {
  return fail(Errc::too_large, "There is no room for another vendor.");
}

}  // namespace threadkeep::refusal
