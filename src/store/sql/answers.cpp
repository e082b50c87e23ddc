#include "domain/refusals.h"
#include "store/operation_rules.h"
#include "store/sql/aggregates.h"
#include "store/sql/answer_parts.h"
#include "store/sql/operations.h"
#include "store/sql/terms.h"

namespace threadkeep::sql {
namespace {

// Whoever comes second, this process or another one, finds no unfinished row: the first final state
// stays.
const std::string finish_sql =
    "UPDATE messages SET content = $3, status = $4, token_count = $5, usage = $6, error = $7, "
    "metadata = coalesce($8, metadata) WHERE " +
    term::user_of_message + " = $1 AND id = $2 AND " + term::is_unfinished + " RETURNING key";

const std::string find_unfinished_sql = "SELECT key FROM messages WHERE " + term::user_of_message +
                                        " = $1 AND id = $2 AND " + term::is_unfinished;
const std::string delete_parts_sql =
    "DELETE FROM answer_parts WHERE message IN (" + find_unfinished_sql + ")";

// Of a row whose content stays in its parts.
const std::string none;

MessageStatus status_of_message(Transaction& transaction, std::int64_t key) {
  Query query(transaction.connection, "SELECT status FROM messages WHERE key = $1", key);
  query.next();
  return static_cast<MessageStatus>(query.integer(0));
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
      return refusal::made_otherwise("an answer");
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
         !(is_erased_message(transaction, *key) ||
           is_same_message(transaction, *key, {begin.question->role, begin.question->content})))) {
      return refusal::made_otherwise("the question");
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
  // Without ids of answers a retry is known by its question: what answers it is taken for its own.
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
  if (!answers->empty()) return refusal::made_otherwise("an answer");
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
  if (!position) return refusal::nothing_to_answer();
  return Parent{*position, begin.answer_to};
}

// Why there was no unfinished answer to be written.
tl::unexpected<Error> why_not_written(Transaction& transaction, const UserId& user,
                                      const MessageId& id) {
  const auto message = SqlMessages(transaction).find(user, id);
  if (!message) return tl::unexpected(message.error());
  return is_final(message->status) ? refusal::already_final() : refusal::written_elsewhere();
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
  if (!is_new_question && !ShownTree(transaction_, *row)->is_live(asked->position))
    return refusal::nothing_to_answer();
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
    begun.answers.push_back(adder.add(asked->position, asked->id, message_of(answer)));
    // Where several processes write, only the one that signed it goes on with it.
    sign_answer(transaction_, process_, message_key(row->key, begun.answers.back().position));
  }
  // Of several answers the first one is shown.
  row->head = begun.answers.front().position;
  row->value.head_id = begun.answers.front().id;
  row->value.model = begin.answers.front().model;
  row->value.updated_at = transaction_.now;
  row->value.seq = adder.next_seq();
  update_conversation_head(transaction_, *row);
  // Asking is also a choice of the model, and the latest.
  Query(transaction_.connection, "UPDATE conversations SET model_edited_at = $2 WHERE key = $1",
        row->key, transaction_.now)
      .run();
  begun.conversation = std::move(row->value);
  return begun;
}

Result<void> SqlAnswers::run(const UserId& user, const CheckpointAnswer& step) {
  constexpr int streaming = static_cast<int>(MessageStatus::streaming);
  const auto number = find_user(transaction_, user);
  std::optional<std::int64_t> key;
  for (const AnswerPart& part : step.parts) {
    if (number)
      key = put_answer_part(transaction_, process_, {*number, step.id}, part, step.closing);
    if (!key) return why_not_written(transaction_, user, step.id);
  }
  if (step.announce == CheckpointAnswer::Announce::yes) {
    const std::int64_t seq = take_seq(transaction_, *number, 1).take();
    Query(transaction_.connection,
          "UPDATE messages SET status = $3, seq = $2, seq_rest = 0 WHERE key = $1", *key, seq,
          streaming)
        .run();
  } else if (step.parts.front().number == 1) {
    // Its beginning may be written a second time.
    Query(transaction_.connection, "UPDATE messages SET status = $2 WHERE key = $1 AND status = $3",
          *key, streaming, static_cast<int>(MessageStatus::reserved))
        .run();
  }
  // For those who follow the answer at another process.
  if (step.announce == CheckpointAnswer::Announce::no) transaction_.moved.push_back({user, 0});
  return {};
}

// Not where several processes write: one of them might add a part to what another one has ended.
bool SqlAnswers::stays_in_parts(std::int64_t user, const FinishAnswer& end) {
  if (!process_.is_alone()) return false;
  std::optional<std::int64_t> key;
  {
    Query query(transaction_.connection, find_unfinished_sql, user, end.id);
    if (query.next()) key = query.integer(0);
  }
  return key && end_in_parts(transaction_, *key, end.content);
}

// Anyone may end an answer; only one writes it.
Result<void> SqlAnswers::run(const UserId& user, const FinishAnswer& end) {
  ensure(is_final(end.status), "an answer ends in a final state");
  const auto number = find_user(transaction_, user);
  std::optional<std::int64_t> key;
  if (number) {
    const bool stays = stays_in_parts(*number, end);
    // Where the row has the whole from now on, the parts go first: it is written where they were.
    if (!stays) Query(transaction_.connection, delete_parts_sql, *number, end.id).run();
    Query query(transaction_.connection, finish_sql, *number, end.id, stays ? none : end.content,
                static_cast<int>(end.status), end.token_count, end.usage, end.error, end.metadata);
    while (query.next()) key = query.integer(0);
  }
  if (!key) return why_not_written(transaction_, user, end.id);
  SeqRange numbers = take_seq(transaction_, *number, 2);
  const std::int64_t seq = numbers.take();
  Query(transaction_.connection, "UPDATE messages SET seq = $2, seq_rest = $3 WHERE key = $1", *key,
        seq, numbers.rest())
      .run();
  Query(transaction_.connection,
        "UPDATE conversations SET updated_at = $2, seq = $3 WHERE key = $1",
        conversation_of_message(*key), transaction_.now, numbers.take())
      .run();
  return {};
}

Result<Message> SqlAnswers::run(const UserId& user, const FinishAndReserve& step) {
  auto row = find_live_conversation(transaction_, user, step.conversation_id);
  if (!row) return tl::unexpected(row.error());
  const auto ended = find_position(transaction_, *row, step.end.id);
  if (!ended) return refusal::no_message();
  if (find_message_key(transaction_, row->user(), step.next.id)) {
    auto next = SqlMessages(transaction_).find(user, step.next.id);
    const bool is_there = next && next->role == Role::assistant && next->parent_id == step.end.id;
    return is_there ? next : refusal::made_otherwise("an answer");
  }
  if (is_final(status_of_message(transaction_, message_key(row->key, *ended))))
    return refusal::already_final();
  if (const auto room = check_room(transaction_, *row, 1); !room)
    return tl::unexpected(room.error());

  if (const auto finished = run(user, step.end); !finished) return tl::unexpected(finished.error());
  Adder adder(transaction_, *row, take_seq(transaction_, row->user(), 2));
  Message next = adder.add(*ended, step.end.id, message_of(step.next));
  sign_answer(transaction_, process_, message_key(row->key, next.position));
  if (row->head == *ended) {
    row->head = next.position;
    row->value.head_id = next.id;
  }
  row->value.updated_at = transaction_.now;
  row->value.seq = adder.next_seq();
  update_conversation_head(transaction_, *row);
  return next;
}

Result<AnswerProgress> SqlAnswers::progress(const UserId& user, const MessageId& id,
                                            std::int64_t from_part) const {
  const auto number = find_user(transaction_, user);
  const auto key = number ? find_message_key(transaction_, *number, id) : std::nullopt;
  if (!key) return refusal::no_message();
  AnswerProgress progress;
  progress.status = status_of_message(transaction_, *key);
  Query query(transaction_.connection,
              "SELECT part, text, closing FROM answer_parts WHERE message = $1 AND part >= $2 "
              "ORDER BY part",
              *key, from_part);
  while (query.next()) {
    progress.parts.push_back({query.integer(0), std::string(query.text(1))});
    progress.closing = query.text(2);
  }
  return progress;
}

}  // namespace threadkeep::sql
