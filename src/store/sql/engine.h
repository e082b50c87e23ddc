// What runs the transactions of an SQL store: on which connections and threads, and when they are
// committed.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/result.h"
#include "store/blobs.h"
#include "store/sql/rows.h"
#include "store/store.h"

namespace threadkeep::sql {

// One request to change something.
struct Write {
  // Runs in a transaction; may run again from the beginning when that did not come to its commit.
  std::function<void(Transaction&)> work;
  // After the commit, or with the reason why there was none. Called exactly once, from a thread
  // that writes; for the writes of one user in the order of the calls.
  std::function<void(const std::optional<Error>& failure)> done;
  // Whose rows it reads and changes; none: rows that belong to no user. Where several processes
  // write, the user is locked before the work begins.
  std::optional<UserId> user;
};

class BlobContents;
class Derived;
class Follower;

class Engine {
 public:
  Engine();
  virtual ~Engine();

  // Returns at once. The writes of one user are committed in the order of the calls.
  virtual void write(Write write) = 0;
  // Runs `work` on a snapshot, on the caller's thread. Throws StorageFailure.
  virtual void read(const std::function<void(Transaction&)>& work) = 0;

  // Begins to keep up these tables, which must outlive the engine. Once, before the first call.
  void follow(std::vector<const Derived*> tables);

  // Where the bytes of blobs are. Once, before the first call.
  void keep_blobs(std::unique_ptr<BlobContents> contents);
  Blobs& blobs() { return *blobs_; }

  // As Store::set_commit_listener.
  void set_commit_listener(Store::CommitListener listener);

 protected:
  // For the engine, after a commit, with Transaction::moved of all that was in it: tells the
  // listener the latest number of each user.
  void tell_commit(const std::vector<Moved>& moved);
  // For the engine, first of all in its destructor: the follower still writes and reads.
  void stop_following();

 private:
  std::unique_ptr<Blobs> blobs_;
  std::unique_ptr<Follower> follower_;
  std::mutex listener_mutex_;
  Store::CommitListener listener_;  // guarded by the mutex, also while it is called
};

// The failure as the store's callers know it. `detail` never holds more than a plain sentence.
Error error_of(const StorageFailure& failure);

}  // namespace threadkeep::sql
