#include "api/stream_seats.h"

namespace threadkeep::api {

std::shared_ptr<const StreamSeats::Seat> StreamSeats::take(const UserId& user) {
  const std::lock_guard lock(taken_->mutex);
  std::size_t& of_user = taken_->by_user[user];
  if (of_user >= per_user_max_ || taken_->all >= all_max_) {
    if (of_user == 0) taken_->by_user.erase(user);
    return nullptr;
  }
  ++of_user;
  ++taken_->all;
  return std::make_shared<Seat>(taken_, user);
}

StreamSeats::Seat::~Seat() {
  const std::lock_guard lock(taken_->mutex);
  const auto of_user = taken_->by_user.find(user_);
  if (--of_user->second == 0) taken_->by_user.erase(of_user);
  --taken_->all;
}

}  // namespace threadkeep::api
