// A random life of a store, for tests that move, copy or mend whole stores: several users, trees
// with branches, answers that were cut short, tags, folders, trash, erased conversations, texts in
// many scripts. And everything that a store tells about it, as lines to compare.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "store/store.h"
#include "store/stores.h"

namespace threadkeep::test {

class Story {
 public:
  explicit Story(std::uint64_t seed) : random_(seed) {}

  // Makes so many random changes, as time goes by. Calls that a store refuses are part of it.
  void live(Store& store, ManualClock& clock, int changes);

  // Each line is a kind, a user's number and a JSON object: every conversation and message that was
  // ever made and can still be found, and the active path and the trash of each live conversation.
  std::vector<std::string> told_by(Store& store) const;

  // The same lines for what these lines name, as the store tells it now.
  static std::vector<std::string> told_again(Store& store, const std::vector<std::string>& lines);

  static constexpr std::uint64_t users = 3;
  static constexpr std::uint64_t conversations_of_each = 9;

 private:
  std::uint64_t pick(std::uint64_t count) { return random_() % count; }
  bool chance(std::uint64_t one_in) { return pick(one_in) == 0; }
  std::string words();
  std::string content();
  NewMessage message(std::uint64_t user, const ConversationId& conversation);
  void change(Store& store, std::uint64_t user, const ConversationId& conversation);
  void edit(Store& store, const UserId& user, const ConversationId& conversation);
  void ask(Store& store, std::uint64_t user, const ConversationId& conversation);
  void put(Store& store, std::uint64_t user, const ConversationId& conversation);
  void remove_messages(Store& store, std::uint64_t user, const ConversationId& conversation);
  void merge(Store& store, std::uint64_t user, const ConversationId& conversation);
  MessageId fresh_id(std::uint64_t user);
  MessageId some_id(std::uint64_t user);

  std::mt19937_64 random_;
  std::uint64_t messages_[users + 1] = {};  // how many ids each user has used
};

}  // namespace threadkeep::test
