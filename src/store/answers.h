// Answers in the store: reserving them with their question, writing them while they run, and
// ending them.
//
// Failures are listed in the order in which they are looked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/message.h"

namespace threadkeep {

// Where an answer will be written.
struct Reservation {
  MessageId id;
  std::string model;
  std::string metadata = "{}";  // a JSON object
};

struct BeginGeneration {
  ConversationId conversation_id;
  std::optional<NewMessage> question;  // stored with the answers in one transaction
  // Without a question: the message that is answered or continued; none: the head.
  std::optional<MessageId> answer_to;
  std::vector<Reservation> answers;  // at least one
};

struct BegunGeneration {
  Conversation conversation;
  std::optional<Message> question;
  std::vector<Message> answers;
  // A retry: these are the answers of the first call, in whatever state they are by now.
  bool was_there = false;
};

// An unfinished answer is stored in parts: its content is their texts in order, and after them what
// makes JSON of it for now.
struct AnswerPart {
  std::int64_t number = 1;  // 1, 2, 3 ... without a gap
  std::string text;         // whole UTF-8 code points
};

// Writes what a running answer has got since the checkpoint before: at the end of its last part or
// in a new one. A part that is there already is replaced.
struct CheckpointAnswer {
  MessageId id;
  std::vector<AnswerPart> parts;  // at least one, ascending
  std::string closing = "]";      // after the last part of all
  // no: seq does not move. It does at most every 2 s, and at the end.
  enum class Announce { yes, no };
  Announce announce = Announce::yes;
};

// The end of a running answer, with its whole content.
struct FinishAnswer {
  MessageId id;
  std::string content = "[]";
  MessageStatus status = MessageStatus::complete;  // a final one
  std::optional<std::int64_t> token_count;
  std::optional<std::string> usage;
  std::optional<std::string> error;
  std::optional<std::string> metadata;  // none: as it is
};

// The end of one answer and the reservation of the one that stands under it: at no moment is the
// first one finished and the second one not there.
struct FinishAndReserve {
  ConversationId conversation_id;
  FinishAnswer end;
  Reservation next;
};

// What has been written of an answer.
struct AnswerProgress {
  MessageStatus status = MessageStatus::reserved;
  std::vector<AnswerPart> parts;  // of an unfinished one, from the wanted one on
  std::string closing;
};

class Answers {
 public:
  virtual ~Answers() = default;

  // Stores the question and reserves the answers, its children, in one transaction; the first
  // answer becomes the head and its model the conversation's. A retry (the question is there with
  // equal content and has answers, or the answers' ids are there) gives what is there; a question
  // that is there without answers gets them. Fails: not_found, conversation_deleted, invalid_field
  // (no answers), id_conflict, parent_unknown (also when answer_to is no message of the
  // conversation), parent_invalid, too_large.
  virtual Result<BegunGeneration> run(const UserId& user, const BeginGeneration& operation) = 0;
  // Makes a reserved answer a streaming one; also in the trash. Touches the message alone. Fails:
  // not_found, already_final (also while another process writes the answer).
  virtual Result<void> run(const UserId& user, const CheckpointAnswer& operation) = 0;
  // Moves the conversation's updated_at and seq; also in the trash, and whichever process writes
  // the answer. Fails: not_found, already_final (the first final state stays).
  virtual Result<void> run(const UserId& user, const FinishAnswer& operation) = 0;

  // Returns the reserved row. It becomes the head where the ended answer was; the conversation
  // keeps its model. A retry (the next answer is there, under the ended one) gives it as it is.
  // Fails: not_found, conversation_deleted, already_final, id_conflict, too_large.
  virtual Result<Message> run(const UserId& user, const FinishAndReserve& operation) = 0;

  // Costs what the parts from `from_part` on do. Where the last part that a reader has seen is
  // shorter than it was, those before it are others too. Fails: not_found.
  virtual Result<AnswerProgress> progress(const UserId& user, const MessageId& id,
                                          std::int64_t from_part) const = 0;
};

}  // namespace threadkeep
