// Summaries of the older messages of conversations, until an answer is given one and keeps it. They
// are lost with the process, and made again then.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "domain/context_summary.h"

namespace threadkeep::generation {

// Safe from several threads.
class KeptSummaries {
 public:
  explicit KeptSummaries(std::size_t count_max = 256) : count_max_(count_max) {}

  // In the place of the one through the same message; the oldest gives way.
  void keep(const UserId& user, ContextSummary summary);
  // The one through this message of the user's.
  std::optional<ContextSummary> find(const UserId& user, const MessageId& through) const;

 private:
  using Key = std::pair<UserId, MessageId>;
  const std::size_t count_max_;
  mutable std::mutex mutex_;
  std::map<Key, ContextSummary> summaries_;
  std::deque<Key> order_;  // of their first coming
};

}  // namespace threadkeep::generation
