#include "store/memory/memory_store.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "domain/attachments.h"
#include "store/memory/memory_aggregates.h"
#include "store/memory/memory_blobs.h"

namespace threadkeep::memory {
namespace {

// Calls functions in order on a thread of its own.
class Caller {
 public:
  Caller();
  ~Caller();  // after everything was called
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  void call(std::function<void()> function);

 private:
  void run();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> waiting_;
  bool is_ending_ = false;
  std::thread thread_;
};

Caller::Caller() : thread_([this] { run(); }) {}

Caller::~Caller() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Caller::call(std::function<void()> function) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(function));
  }
  changed_.notify_one();
}

void Caller::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const auto function = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    function();
    lock.lock();
  }
}

class MemoryAggregates {
 public:
  explicit MemoryAggregates(State& state)
      : conversations_(state),
        messages_(state),
        answers_(state),
        search_(state),
        sync_(state),
        housekeeping_(state),
        vendors_(state),
        presets_(state) {}

  Aggregates all() {
    return {&conversations_, &messages_,     &answers_, &search_,
            &sync_,          &housekeeping_, &vendors_, &presets_};
  }

 private:
  MemoryConversations conversations_;
  MemoryMessages messages_;
  MemoryAnswers answers_;
  MemorySearch search_;
  MemorySync sync_;
  MemoryHousekeeping housekeeping_;
  MemoryVendors vendors_;
  MemoryPresets presets_;
};

class MemoryStore final : public Store {
 public:
  MemoryStore(const Clock& clock, UlidMaker& ids, const StoreLimits& limits)
      : clock_(clock), state_(ids, limits) {
    for (int half = 0; half < 2; ++half) cursor_key_ += ids.next().bytes();
  }

  std::string cursor_key() override { return cursor_key_; }
  Blobs& blobs() override { return blobs_; }

  void set_commit_listener(CommitListener listener) override {
    const std::lock_guard lock(listener_mutex_);
    listener_ = std::move(listener);
  }

 protected:
  Result<void> in_snapshot(const Read& read) override {
    const std::lock_guard lock(mutex_);
    read(Reader(all_));
    return {};
  }

  void in_transaction(const std::optional<UserId>&, Work work, Done done) override {
    const std::lock_guard lock(mutex_);
    state_.now = clock_.now_ms();
    Writer writer(all_);
    work(writer);
    caller_.call([done = std::move(done)] { done(std::nullopt); });
    tell_commit();
  }

 private:
  std::set<std::string> attachments_of(const UserId& user) {
    const std::lock_guard lock(mutex_);
    std::set<std::string> ids;
    for (const Chat& chat : state_.accounts[user].chats) {
      for (const Node& node : chat.nodes) add_attachment_ids(node.message.content, ids);
    }
    return ids;
  }

  // With the mutex held.
  void tell_commit() {
    for (auto& [user, account] : state_.accounts) {
      const bool is_moved = account.seq != account.told_seq;
      if (!is_moved && !account.is_written_on) continue;
      account.told_seq = account.seq;
      account.is_written_on = false;
      caller_.call([this, user = user, seq = is_moved ? account.seq : 0] {
        const std::lock_guard lock(listener_mutex_);
        if (listener_) listener_(user, seq);
      });
    }
  }

  const Clock& clock_;
  std::string cursor_key_;
  MemoryBlobs blobs_{clock_, [this](const UserId& user) { return attachments_of(user); }};
  std::mutex mutex_;
  State state_;  // guarded by the mutex
  MemoryAggregates aggregates_{state_};
  const Aggregates all_ = aggregates_.all();
  std::mutex listener_mutex_;
  CommitListener listener_;  // guarded by listener_mutex_, also while it is called
  Caller caller_;
};

}  // namespace
}  // namespace threadkeep::memory

namespace threadkeep {

std::unique_ptr<Store> make_memory_store(const Clock& clock, UlidMaker& ids,
                                         const StoreLimits& limits) {
  return std::make_unique<memory::MemoryStore>(clock, ids, limits);
}

}  // namespace threadkeep
