// Stands between a store and PostgreSQL, understands where their messages begin and end, and cuts
// the connection at a chosen one.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "store/stores.h"

namespace threadkeep::test {

class PostgresProxy {
 public:
  enum class Direction { to_server, to_client };
  struct Cut {
    Direction direction = Direction::to_server;
    int message = 1;  // of all messages that way from now on: this one does not arrive any more
    // no: who connects again is cut off until allow() is called.
    enum class LetsBackIn { yes, no } lets_back_in = LetsBackIn::yes;
  };

  explicit PostgresProxy(std::string server_folder);
  ~PostgresProxy();
  PostgresProxy(const PostgresProxy&) = delete;
  PostgresProxy& operator=(const PostgresProxy&) = delete;

  // The folder of its socket.
  std::string folder() const { return folder_.path(); }
  void plan(const Cut& cut);
  // Ends the plan. Answers whether the cut was made.
  bool allow();

 private:
  struct Pair;
  void accept_all();
  void carry(Pair& pair);
  bool pass_on(Pair& pair, Direction direction);
  // Whether this message is the one at which the connection ends.
  bool is_the_cut(Direction direction);

  const std::string server_folder_;
  const TemporaryFolder folder_;
  int listener_ = -1;
  int wake_[2] = {-1, -1};
  std::mutex mutex_;
  std::optional<Cut> cut_;  // guarded by the mutex
  bool was_cut_ = false;    // guarded by the mutex
  std::thread acceptor_;
  std::vector<std::thread> carriers_;  // acceptor's thread
};

}  // namespace threadkeep::test
