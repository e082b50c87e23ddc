#include "generation/event_log.h"

#include <utility>

namespace threadkeep::generation {

std::size_t bytes_of(const GenerationEvent& event) {
  struct Visitor {
    std::size_t operator()(const GenerationEvent::MessageStored& stored) const {
      return stored.message.content.size() + stored.message.metadata.size();
    }
    std::size_t operator()(const GenerationEvent::Delta& delta) const { return delta.text.size(); }
    std::size_t operator()(const GenerationEvent::BlockFinished& finished) const {
      return finished.block.size();
    }
    std::size_t operator()(const GenerationEvent::StatusChanged&) const { return 0; }
    std::size_t operator()(const TitleChanged& changed) const { return changed.title.size(); }
    std::size_t operator()(const GenerationEvent::End&) const { return 0; }
  };
  constexpr std::size_t frame = 100;  // names, ids, braces
  return frame + std::visit(Visitor{}, event.what);
}

const GenerationEvent& EventLog::add(const MessageId& generation, GenerationEvent::What what) {
  const bool is_end = std::holds_alternative<GenerationEvent::End>(what);
  const std::size_t number = is_end ? EventPosition::end : last_number() + 1;
  events_.push_back({{generation, number}, std::move(what)});
  bytes_ += bytes_of(events_.back());
  while (bytes_ > bytes_max_ && events_.size() > 1) {
    bytes_ -= bytes_of(events_.front());
    events_.pop_front();
    ++forgotten_;
  }
  return events_.back();
}

bool EventLog::holds_all_after(std::size_t number) const {
  if (number == last_number()) return true;
  return number >= forgotten_ && number < last_number() && bytes_ <= bytes_max_;
}

}  // namespace threadkeep::generation
