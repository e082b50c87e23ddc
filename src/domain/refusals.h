// The sentences with which a store refuses, each with its code: one for all stores.
#pragma once

#include "base/result.h"
#include "domain/conversation.h"

namespace threadkeep::refusal {

using Refusal = tl::unexpected<Error>;

Refusal no_conversation();
Refusal no_message();
// Of a conversation that takes nothing: in the trash, or gone for good.
Refusal deleted(const Conversation& row);
Refusal changed_since();
Refusal conversation_full();
Refusal no_room_for_conversation();

// Presets.
Refusal no_preset();
Refusal preset_changed_since();
Refusal no_room_for_preset();

// Ids that stand for something else.
Refusal conversation_made_otherwise();
Refusal message_made_otherwise();
Refusal message_of_other_conversation();
Refusal message_id_taken();

// Of an operation that was pushed before with another body.
Refusal operation_made_otherwise();

// Answers. `whose`: "the question", "an answer".
Refusal made_otherwise(const char* whose);
Refusal no_answers();
Refusal same_id_twice();
Refusal nothing_to_answer();
Refusal already_final();
Refusal written_elsewhere();

// Places in the tree.
Refusal own_parent();
Refusal no_parent();
Refusal parent_of_other_conversation();
Refusal answers_none_before();
// `field`: what named it.
Refusal not_of_conversation(const char* field);
Refusal page_begins_nowhere();
Refusal search_stopped();

// Vendors that a user entered.
Refusal no_vendor();
Refusal vendor_changed();
Refusal no_room_for_vendor();

// Places in the change feed and in a snapshot.
Refusal feed_ends_here();
Refusal snapshot_of_other_epoch();

}  // namespace threadkeep::refusal
