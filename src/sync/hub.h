// Tells the devices of a user that there is something new to pull.
//
// Nothing depends on it: a poke that is lost, merged or late costs a device some time, never a
// change. Whoever sees a commit calls poke(): the store's commit listener, or what another process
// said over the database.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "domain/conversation.h"

namespace threadkeep {

struct Poke {
  std::int64_t seq = 0;  // the user's commit sequence has reached this
};
struct Quiet {};     // nothing for a while: to see whether the subscriber still is there
struct Stopping {};  // the server ends, and nothing follows
using Notice = std::variant<Poke, TitleChanged, Quiet, Stopping>;

// One device that looks on. Called from the hub's thread alone; must be quick and must not call the
// hub. False: it is gone, no further calls.
class Subscriber {
 public:
  virtual ~Subscriber() = default;
  virtual bool on_notice(const Notice& notice) = 0;
};

struct HubOptions {
  std::chrono::milliseconds between_pokes{20};
  std::chrono::milliseconds quiet{15'000};
  std::size_t subscribers_per_user_max = 32;
  std::size_t subscribers_max = 4'096;
};

// Safe from several threads. Owns one thread.
class Hub {
 public:
  explicit Hub(const HubOptions& options = {});
  ~Hub();  // as stop()
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // From now on `subscriber` is told, unless there are as many as may be, of the user or of all.
  enum class Admission { subscribed, too_many, stopping };
  Admission subscribe(const UserId& user, std::shared_ptr<Subscriber> subscriber);
  // It is told nothing more; one that is not there is ignored.
  void unsubscribe(const UserId& user, const Subscriber* subscriber);

  // The user's commit sequence has reached `seq`. Returns at once; several pokes of a user may
  // reach the subscribers as one, with the greatest number.
  void poke(const UserId& user, std::int64_t seq);
  // Titles are not merged.
  void tell_title(const UserId& user, TitleChanged changed);

  // Tells all that the server ends, and lets nobody in any more.
  void stop();

  std::size_t subscriber_count() const;

 private:
  struct News {
    std::int64_t seq = 0;  // 0: no poke
    std::vector<TitleChanged> titles;
  };
  using Subscribers = std::vector<std::shared_ptr<Subscriber>>;

  void run();
  void tell(const std::map<UserId, News>& news);
  void tell_quiet();
  Subscribers subscribers_of(const UserId& user) const;

  const HubOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<UserId, Subscribers> subscribers_;  // guarded by the mutex, as all below
  std::size_t subscriber_count_ = 0;
  std::map<UserId, News> news_;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace threadkeep
