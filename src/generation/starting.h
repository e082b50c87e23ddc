// Answers that are about to be stored and launched. Internal to src/generation.
#pragma once

#include <set>
#include <vector>

#include "generation/engine.h"

namespace threadkeep {

class Generations::Impl::Starting {
 public:
  Starting(Impl& impl, const std::vector<Reservation>& answers) : impl_(impl) {
    const std::lock_guard lock(impl_.mutex_);
    for (const auto& answer : answers) places_.push_back(impl_.starting_.insert(answer.id));
  }
  ~Starting() { end(); }
  Starting(const Starting&) = delete;
  Starting& operator=(const Starting&) = delete;

  void end() {
    {
      const std::lock_guard lock(impl_.mutex_);
      for (const auto& place : places_) impl_.starting_.erase(place);
      places_.clear();
    }
    impl_.launched_.notify_all();
  }

 private:
  Impl& impl_;
  std::vector<std::multiset<MessageId>::iterator> places_;
};

}  // namespace threadkeep
