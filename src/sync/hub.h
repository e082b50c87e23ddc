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
#include <vector>

#include "domain/conversation.h"

namespace threadkeep {

// One device that listens. Called from the hub's thread alone; must be quick and must not call the
// hub. False: it is gone, no further calls.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual bool on_poke(std::int64_t seq) = 0;
  virtual bool on_title(const std::string& data) = 0;  // {conversationId, title}, as JSON
  virtual bool on_quiet() = 0;  // nothing for a while: to see whether it still is there
  virtual void on_stop() = 0;   // the server ends
};

struct HubOptions {
  std::chrono::milliseconds between_pokes{20};
  std::chrono::milliseconds quiet{15'000};
  std::size_t listeners_per_user_max = 32;
  std::size_t listeners_max = 4'096;
};

// Safe from several threads. Owns one thread.
class Hub {
 public:
  explicit Hub(const HubOptions& options = {});
  ~Hub();  // as stop()
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // From now on `listener` is told, unless as many listen as may, of the user or of all.
  enum class Admission { listening, too_many, stopping };
  Admission listen(const UserId& user, std::shared_ptr<Listener> listener);
  // It is told nothing more; one that is not there is ignored.
  void leave(const UserId& user, const Listener* listener);

  // The user's commit sequence has reached `seq`. Returns at once; several pokes of a user may
  // reach the listeners as one, with the greatest number.
  void poke(const UserId& user, std::int64_t seq);
  // A conversation got another title. `data` as in Listener::on_title.
  void title(const UserId& user, std::string data);

  // Tells all that the server ends, and lets nobody in any more.
  void stop();

  std::size_t listeners() const;

 private:
  struct News {
    std::int64_t seq = 0;  // 0: no poke
    std::vector<std::string> titles;
  };
  using Listeners = std::vector<std::shared_ptr<Listener>>;

  void run();
  void tell(const std::map<UserId, News>& news);
  void tell_quiet();
  Listeners listeners_of(const UserId& user) const;

  const HubOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<UserId, Listeners> listeners_;  // guarded by the mutex, as all below
  std::size_t listener_count_ = 0;
  std::map<UserId, News> news_;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace threadkeep
