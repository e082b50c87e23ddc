// A summary of the older messages of a conversation, in whose place a model was given it. The
// answer that was given it first keeps it, as the first block of its content:
// {"type":"context_summary","text","from","through","messages","model"}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/message.h"

namespace threadkeep {

inline constexpr std::string_view context_summary_type = "context_summary";

struct ContextSummary {
  std::string text;
  MessageId from;     // the oldest message that it is about, after the system messages
  MessageId through;  // the newest
  // Live messages from the beginning of the path through that one, those of the system among them.
  // A path with another number of them is not the one that it is about: some were deleted since.
  std::int64_t messages = 0;
  std::string model;  // that wrote it

  friend bool operator==(const ContextSummary&, const ContextSummary&) = default;
};

std::string block_json(const ContextSummary& summary);
// Nothing: the message does not begin with one, or with one that cannot be read.
std::optional<ContextSummary> context_summary_of(const Message& message);
// The content without its summaries: what its author said.
std::string without_context_summaries(const std::string& content);

}  // namespace threadkeep
