#include "generation/kept_summaries.h"

namespace threadkeep::generation {

void KeptSummaries::keep(const UserId& user, ContextSummary summary) {
  const Key key(user, summary.through);
  const std::lock_guard lock(mutex_);
  if (!summaries_.contains(key)) order_.push_back(key);
  summaries_.insert_or_assign(key, std::move(summary));
  if (order_.size() <= count_max_) return;
  summaries_.erase(order_.front());
  order_.pop_front();
}

std::optional<ContextSummary> KeptSummaries::find(const UserId& user,
                                                  const MessageId& through) const {
  const std::lock_guard lock(mutex_);
  const auto found = summaries_.find(Key(user, through));
  return found == summaries_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace threadkeep::generation
