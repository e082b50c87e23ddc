// A random sequence of changes of every kind, and what a store holds after each of them, as
// MemoryStore tells it. A store that was torn away in the middle must hold one of these states.
#pragma once

#include <random>
#include <string>
#include <variant>
#include <vector>

#include "store/stores.h"

namespace threadkeep::test {

struct Edit {
  ConversationId conversation;
  ConversationPatch patch;
};
struct Deletion {
  ConversationId conversation;
  Erase erase = Erase::later;
};
struct Restoration {
  ConversationId conversation;
};

struct Change {
  UnixMs time = 0;  // of the clock while it is made
  UserId user;
  std::variant<NewConversation, NewMessage, Edit, ConversationUpsert, BeginGeneration,
               CheckpointAnswer, FinishAnswer, Deletion, Restoration, ConversationMerge>
      what;
  // Given to the store together with the one before, without waiting for that.
  bool is_together = false;
};

class History {
 public:
  enum class Bursts { none, some };
  // The same seed gives the same history.
  History(std::uint64_t seed, std::size_t length, Bursts bursts);

  const std::vector<Change>& changes() const { return changes_; }
  // All rows of a store that has seen the first `count` changes.
  const std::string& state(std::size_t count) const { return states_.at(count); }
  // The same of any store. Throws when it cannot be read.
  std::string show(Store& store) const;

 private:
  std::vector<Change> changes_;
  std::vector<std::string> states_;
};

// Makes the change and waits for it.
Result<bool> make(Store& store, const Change& change);

// How far a run through a history has come. What is acknowledged must survive; of what is submitted
// and not acknowledged, a beginning may.
struct Progress {
  std::atomic<std::size_t> submitted = 0;
  std::atomic<std::size_t> acknowledged = 0;
};

// Makes the changes from `begin` on, all of which must succeed, moving the clock with them.
void run(Store& store, ManualClock& clock, const History& history, std::size_t begin,
         Progress& progress);

}  // namespace threadkeep::test
