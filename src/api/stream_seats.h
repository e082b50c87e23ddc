// How many streams of a kind may be open at once.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

#include "domain/conversation.h"

namespace threadkeep::api {

// Safe from several threads. Outlives what it gave: seats keep what they need.
class StreamSeats {
 public:
  explicit StreamSeats(std::size_t per_user_max = 32, std::size_t all_max = 4'096)
      : taken_(std::make_shared<Taken>()), per_user_max_(per_user_max), all_max_(all_max) {}

  class Seat;
  // A seat of this user; null when all are taken. It is free again when its last copy goes.
  std::shared_ptr<const Seat> take(const UserId& user);

 private:
  struct Taken {
    std::mutex mutex;
    std::map<UserId, std::size_t> by_user;
    std::size_t all = 0;
  };

  const std::shared_ptr<Taken> taken_;
  const std::size_t per_user_max_;
  const std::size_t all_max_;
};

class StreamSeats::Seat {
 public:
  Seat(std::shared_ptr<Taken> taken, const UserId& user) : taken_(std::move(taken)), user_(user) {}
  ~Seat();
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

 private:
  const std::shared_ptr<Taken> taken_;
  const UserId user_;
};

}  // namespace threadkeep::api
