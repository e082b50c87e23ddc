// Answers in the store: reserving them with their question, and writing them while they run.
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

struct SaveAnswer {
  MessageId id;
  std::string content = "[]";
  MessageStatus status = MessageStatus::streaming;
  std::optional<std::int64_t> token_count;
  std::optional<std::string> usage;
  std::optional<std::string> error;
  std::optional<std::string> metadata;  // none: as it is
  enum class Announce { yes, no };
  // no: a checkpoint that does not move seq (at most every 2 s does, and the final one always).
  Announce announce = Announce::yes;
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
  // Writes the state of a running answer, also in the trash. A final state moves the conversation's
  // updated_at and seq; any other one touches the message alone. Fails: not_found, already_final
  // (the first final state stays; also while another process writes it, unless the state is final).
  virtual Result<Message> run(const UserId& user, const SaveAnswer& operation) = 0;
};

}  // namespace threadkeep
