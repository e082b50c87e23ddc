// What happens in a generation, as data. Whoever shows it to a client turns it into text: our own
// event streams in api/event_text.h.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <variant>

#include "domain/conversation.h"
#include "domain/message.h"

namespace threadkeep {

// Where an event stands. A client sends the position of the last event that it has seen, and gets
// what comes after it.
struct EventPosition {
  // Of the last event, GenerationEvent::End, also where nobody knows the others any more.
  static constexpr std::size_t end = std::numeric_limits<std::size_t>::max();

  MessageId generation;  // the first of its answers
  // Of the generation's events: 1, 2, 3 ... 0 stands for rows as they were read at some moment:
  // who goes on from there gets them again, as they are by then.
  std::size_t number = 0;

  friend bool operator==(const EventPosition&, const EventPosition&) = default;
};

struct GenerationEvent {
  // A row was stored: the question, each reserved answer. In a replay: the row as it is now.
  struct MessageStored {
    Message message;
  };
  // The block at `index` of the answer's content has grown by `text`.
  struct Delta {
    enum class Kind { text, reasoning, tool_input };
    MessageId message_id;
    std::size_t index = 0;
    Kind kind = Kind::text;
    std::string text;
  };
  // The block at `index` is finished; `block` is its final form, a JSON object.
  struct BlockFinished {
    MessageId message_id;
    std::size_t index = 0;
    std::string block;
  };
  // The answer's final state is stored. The rest as in Message.
  struct StatusChanged {
    MessageId message_id;
    MessageStatus status = MessageStatus::complete;
    std::optional<std::string> usage;
    std::optional<std::string> error;
    std::optional<FinishReason> finish_reason;
  };
  // Nothing follows.
  struct End {};
  using What = std::variant<MessageStored, Delta, BlockFinished, StatusChanged, TitleChanged, End>;

  EventPosition position;
  What what;
};

}  // namespace threadkeep
