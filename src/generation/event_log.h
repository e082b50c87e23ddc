// The newest events of a generation, for clients that come back. Internal to src/generation.
#pragma once

#include <cstddef>
#include <deque>

#include "generation/event.h"

namespace threadkeep::generation {

// About the memory and the text that it takes.
std::size_t bytes_of(const GenerationEvent& event);

// Not safe from several threads. What one generation may say is limited in bytes of text, not in
// events, and a text that came letter by letter is a hundred times larger as events: so only the
// newest ones are kept.
class EventLog {
 public:
  // The newest event is kept, whatever its size.
  explicit EventLog(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Numbers it. The reference is good until the next call.
  const GenerationEvent& add(const MessageId& generation, GenerationEvent::What what);
  // The number of the newest event, counted without a gap; EventPosition::end is not used here.
  std::size_t last_number() const { return forgotten_ + events_.size(); }
  const GenerationEvent& newest() const { return events_.back(); }
  // Whether all events after that one are still there, and fit into one replay.
  bool holds_all_after(std::size_t number) const;
  // To be asked only of what it holds. Ends when `see` returns false, and returns that.
  template <class See>
  bool replay_after(std::size_t number, See see) const {
    for (std::size_t i = number - forgotten_; i < events_.size(); ++i) {
      if (!see(events_[i])) return false;
    }
    return true;
  }

 private:
  std::size_t bytes_max_;
  std::deque<GenerationEvent> events_;
  std::size_t bytes_ = 0;      // of events_
  std::size_t forgotten_ = 0;  // events that stood before these
};

}  // namespace threadkeep::generation
