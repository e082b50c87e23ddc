#include "http/server/memory_account.h"

namespace threadkeep::http {

void MemoryAccount::add(std::size_t bytes) {
  held_.fetch_add(bytes, std::memory_order_relaxed);
  if (parent_) parent_->add(bytes);
}

void MemoryAccount::remove(std::size_t bytes) {
  held_.fetch_sub(bytes, std::memory_order_relaxed);
  if (parent_) parent_->remove(bytes);
}

void MemoryCharge::set(std::size_t bytes) {
  if (!account_ || bytes == bytes_) return;
  if (bytes > bytes_) {
    account_->add(bytes - bytes_);
  } else {
    account_->remove(bytes_ - bytes);
  }
  bytes_ = bytes;
}

}  // namespace threadkeep::http
