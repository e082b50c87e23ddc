#include <algorithm>
#include <map>
#include <set>

#include "store/sql/aggregates.h"
#include "store/sql/operations.h"

namespace threadkeep::sql {
namespace {

tl::unexpected<Error> id_conflict(const char* whose) {
  return fail(Errc::id_conflict,
              "The id of " + std::string(whose) + " belongs to another message.");
}

Result<bool> check_ids(const BeginGeneration& begin) {
  if (begin.answers.empty()) return fail(Errc::invalid_field, "There is no answer to begin.");
  std::set<MessageId> ids;
  if (begin.question) ids.insert(begin.question->id);
  for (const auto& answer : begin.answers) ids.insert(answer.id);
  if (ids.size() != begin.answers.size() + (begin.question ? 1U : 0U)) {
    return fail(Errc::id_conflict, "Two messages have the same id.");
  }
  return true;
}

// What of a generation is stored already.
struct Known {
  Position question = 0;          // 0: not yet
  std::vector<Position> answers;  // of a first call; none: this is the first
};

Result<std::vector<Position>> find_answers_by_id(Transaction& transaction,
                                                 const ConversationRow& row,
                                                 const BeginGeneration& begin) {
  std::vector<Position> positions;
  for (const auto& answer : begin.answers) {
    const auto key = find_message_key(transaction, row.user(), answer.id);
    if (!key) continue;
    if (conversation_of_message(*key) != row.key ||
        role_of_message(transaction, *key) != Role::assistant) {
      return id_conflict("an answer");
    }
    positions.push_back(position_of_message(*key));
  }
  return positions;
}

// A retry has the ids of the first call's answers, or only that of its question.
Result<Known> find_known(Transaction& transaction, const ConversationRow& row,
                         const BeginGeneration& begin) {
  Known known;
  if (begin.question) {
    const auto key = find_message_key(transaction, row.user(), begin.question->id);
    if (key &&
        (conversation_of_message(*key) != row.key ||
         !is_same_message(transaction, *key, begin.question->role, begin.question->content))) {
      return id_conflict("the question");
    }
    if (key) known.question = position_of_message(*key);
  }
  auto answers = find_answers_by_id(transaction, row, begin);
  if (!answers) return tl::unexpected(answers.error());
  const bool has_question = known.question != 0 || !begin.question;
  if (answers->size() == begin.answers.size() && has_question) {
    known.answers = std::move(*answers);
    return known;
  }
  if (answers->empty() && known.question != 0) {
    const Jumps jumps(transaction.connection, row);
    for (const Position child : TreeShape(jumps, row.last).children_of(known.question)) {
      if (known.answers.size() == begin.answers.size()) break;
      if (role_of_message(transaction, message_key(row.key, child)) == Role::assistant) {
        known.answers.push_back(child);
      }
    }
    if (!known.answers.empty()) return known;
  }
  if (!answers->empty()) return id_conflict("an answer");
  return known;
}

BegunGeneration load_begun(Transaction& transaction, const ConversationRow& row,
                           const Known& known) {
  BegunGeneration begun;
  begun.was_there = true;
  begun.conversation = row.value;
  if (known.question != 0) begun.question = load_message(transaction, row, known.question);
  for (const Position answer : known.answers) {
    begun.answers.push_back(load_message(transaction, row, answer));
  }
  return begun;
}

// The message that is answered when there is no question. Fails: parent_unknown.
Result<Parent> find_answered(Transaction& transaction, const ConversationRow& row,
                             const BeginGeneration& begin) {
  if (!begin.answer_to && row.head != 0) return Parent{row.head, row.value.head_id};
  const auto position =
      begin.answer_to ? find_position(transaction, row, *begin.answer_to) : std::nullopt;
  if (!position) return fail(Errc::parent_unknown, "There is no such message to answer.");
  return Parent{*position, begin.answer_to};
}

}  // namespace

Result<BegunGeneration> SqlAnswers::run(const UserId& user, const BeginGeneration& begin) {
  auto row = find_live_conversation(transaction_, user, begin.conversation_id);
  if (!row) return tl::unexpected(row.error());
  if (const auto checked = check_ids(begin); !checked) return tl::unexpected(checked.error());
  const auto known = find_known(transaction_, *row, begin);
  if (!known) return tl::unexpected(known.error());
  if (!known->answers.empty()) return load_begun(transaction_, *row, *known);

  const bool is_new_question = begin.question && known->question == 0;
  auto asked = is_new_question  ? find_parent(transaction_, *row, *begin.question)
               : begin.question ? Result<Parent>(Parent{known->question, begin.question->id})
                                : find_answered(transaction_, *row, begin);
  if (!asked) return tl::unexpected(asked.error());
  const auto added = static_cast<std::int64_t>(begin.answers.size()) + (is_new_question ? 1 : 0);
  if (const auto room = check_room(transaction_, *row, added); !room) {
    return tl::unexpected(room.error());
  }

  BegunGeneration begun;
  Adder adder(transaction_, *row, take_seq(transaction_, row->user(), added + 1));
  if (is_new_question) {
    begun.question = adder.add(asked->position, asked->id, *begin.question);
    asked = Parent{begun.question->position, begun.question->id};
  } else if (begin.question) {
    begun.question = load_message(transaction_, *row, known->question);
  }
  for (const auto& answer : begin.answers) {
    NewMessage reserved;
    reserved.id = answer.id;
    reserved.role = Role::assistant;
    reserved.status = MessageStatus::reserved;
    reserved.model = answer.model;
    begun.answers.push_back(adder.add(asked->position, asked->id, reserved));
    sign_answer(transaction_, process_, message_key(row->key, begun.answers.back().position));
  }
  row->head = begun.answers.front().position;
  row->value.head_id = begun.answers.front().id;
  row->value.model = begin.answers.front().model;
  row->value.updated_at = transaction_.now;
  row->value.seq = adder.next_seq();
  update_conversation_head(transaction_, *row);
  Query(transaction_.connection, "UPDATE conversations SET model_edited_at = $2 WHERE key = $1",
        row->key, transaction_.now)
      .run();
  begun.conversation = std::move(row->value);
  return begun;
}

Result<Message> SqlAnswers::run(const UserId& user, const SaveAnswer& state) {
  auto message = SqlMessages(transaction_).find(user, state.id);
  if (!message) return message;
  if (is_final(message->status)) return fail(Errc::already_final, "The answer is finished.");
  const auto number = find_user(transaction_, user).value();
  const std::int64_t key = find_message_key(transaction_, number, state.id).value();
  const bool is_end = is_final(state.status);
  // Anyone may end an answer; only one writes it.
  if (!is_end && !may_write_answer(transaction_, process_, key)) {
    return fail(Errc::already_final, "The answer is written by another process.");
  }
  const bool is_announced = is_end || state.announce == SaveAnswer::Announce::yes;
  Query(transaction_.connection,
        "UPDATE messages SET content = $2, status = $3, token_count = $4, usage = $5, error = $6, "
        "metadata = coalesce($7, metadata) WHERE key = $1",
        key, state.content, static_cast<int>(state.status), state.token_count, state.usage,
        state.error, state.metadata)
      .run();
  if (is_announced) {
    SeqRange numbers = take_seq(transaction_, number, is_end ? 2 : 1);
    message->seq = numbers.take();
    Query(transaction_.connection, "UPDATE messages SET seq = $2, seq_rest = $3 WHERE key = $1",
          key, message->seq, numbers.rest())
        .run();
  }
  if (is_end) {
    Query(transaction_.connection,
          "UPDATE conversations SET updated_at = $2, seq = $3 WHERE key = $1",
          conversation_of_message(key), transaction_.now, message->seq + 1)
        .run();
  }
  message->content = state.content;
  message->status = state.status;
  message->token_count = state.token_count;
  message->usage = state.usage;
  message->error = state.error;
  if (state.metadata) message->metadata = *state.metadata;
  return message;
}

}  // namespace threadkeep::sql
