// How much memory requests and answers hold: all together, those of one client, those of one
// connection.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace threadkeep::http {

// What one account holds, its parent holds too. It counts and says when it is full; who sees that
// decides what is refused. Any thread.
class MemoryAccount {
 public:
  explicit MemoryAccount(std::size_t bytes_max, std::shared_ptr<MemoryAccount> parent = nullptr)
      : bytes_max_(bytes_max), parent_(std::move(parent)) {}

  std::size_t held() const { return held_.load(std::memory_order_relaxed); }
  std::size_t bytes_max() const { return bytes_max_; }
  // Whether `more` bytes fit into this account and all above it.
  bool has_room(std::size_t more) const {
    return held() + more <= bytes_max_ && (!parent_ || parent_->has_room(more));
  }

 private:
  friend class MemoryCharge;
  void add(std::size_t bytes);
  void remove(std::size_t bytes);

  const std::size_t bytes_max_;
  const std::shared_ptr<MemoryAccount> parent_;
  std::atomic<std::size_t> held_ = 0;
};

// Bytes that are counted in an account as long as this lives. One thread at a time.
class MemoryCharge {
 public:
  MemoryCharge() = default;
  explicit MemoryCharge(std::shared_ptr<MemoryAccount> account) : account_(std::move(account)) {}
  ~MemoryCharge() { set(0); }
  MemoryCharge(const MemoryCharge&) = delete;
  MemoryCharge& operator=(const MemoryCharge&) = delete;

  void set(std::size_t bytes);
  std::size_t bytes() const { return bytes_; }
  const std::shared_ptr<MemoryAccount>& account() const { return account_; }

 private:
  std::shared_ptr<MemoryAccount> account_;
  std::size_t bytes_ = 0;
};

}  // namespace threadkeep::http
