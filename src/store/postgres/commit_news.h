// Tells the other processes on this database which users' commit sequences have moved, and hears it
// from them: NOTIFY and LISTEN, merged, on a connection of its own and never inside of a write: a
// NOTIFY in a transaction takes a lock of the whole database. Nothing depends on any of it
// arriving.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "store/postgres/postgres_connection.h"
#include "store/sql/rows.h"

namespace threadkeep::postgres {

// Owns one thread.
class CommitNews {
 public:
  // `hear` is called on its thread, for what others committed. Who shares the channel's name hears
  // each other.
  using Hear = std::function<void(const std::vector<sql::Moved>& moved)>;
  CommitNews(std::string url, std::string channel, Hear hear);
  ~CommitNews();
  CommitNews(const CommitNews&) = delete;
  CommitNews& operator=(const CommitNews&) = delete;

  // Returns at once. Any thread.
  void tell(const std::vector<sql::Moved>& moved);

 private:
  void run();
  bool connect();
  // Until there is something to do or `timeout_ms` have passed. False: it is the end.
  bool wait(int timeout_ms);
  bool send();
  bool receive();

  const std::string url_;
  const std::string channel_;
  const Hear hear_;
  int wake_[2] = {-1, -1};
  ConnectionPtr connection_;  // its thread
  std::mutex mutex_;
  std::map<UserId, std::int64_t> to_tell_;  // guarded by the mutex
  bool is_ending_ = false;                  // guarded by the mutex
  std::thread thread_;
};

}  // namespace threadkeep::postgres
