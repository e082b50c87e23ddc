// The database that bench/store measures: many users with conversations of usual lengths, and one
// conversation that is very long. The same bytes each time, so that runs can be compared.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "store/store.h"

namespace threadkeep::bench {

struct Population {
  int users = 200;
  int conversations_per_user = 100;
  int messages_per_conversation = 50;
  int long_messages = 100'000;  // of one more conversation of the first user

  int conversations() const { return users * conversations_per_user; }
};

UserId user_id(int user);

// A text of a chat in one of several languages: 500 bytes in the median, some of many thousands.
class Texts {
 public:
  explicit Texts(std::uint64_t seed) : random_(seed) {}
  std::string next();

 private:
  std::mt19937_64 random_;
  std::lognormal_distribution<double> bytes_{6.2146, 1.0};  // exp(6.2146) = 500
};

// Fills an empty store through its own calls, a conversation at a time, on several threads.
// Throws std::runtime_error when it refuses something.
void populate(Store& store, const Population& population);

}  // namespace threadkeep::bench
