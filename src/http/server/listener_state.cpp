#include "http/server/listener_state.h"

#include <boost/asio/post.hpp>
#include <ctime>
#include <exception>

namespace threadkeep::http {

ListenerState::ListenerState(const ListenerOptions& given, Application& served)
    : options(given), application(served), inbox(std::make_shared<Inbox>([this] {
        boost::asio::post(io, [this] { inbox->drain(); });
      })) {}

std::int64_t ListenerState::now_ms() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

Response ListenerState::refusal(const Refusal& refusal, std::uint64_t request_number,
                                const AdmittedRequest* admitted) {
  try {
    return admitted == nullptr ? application.refusal(refusal, request_number)
                               : admitted->refusal(refusal, request_number);
  } catch (const std::exception& failure) {
    report_failure(request_number, failure.what());
    return Response{.status = refusal.status, .headers = {}, .body = {}};
  }
}

void ListenerState::submit(std::shared_ptr<Task> task) {
  // Posted work comes after all sockets that are ready now.
  if (submitted_.empty()) {
    boost::asio::post(io, [this] { workers.submit_all(submitted_); });
  }
  submitted_.push_back(std::move(task));
}

void ListenerState::report_failure(std::uint64_t request_number, const char* what) {
  if (options.on_failure) options.on_failure(request_number, what);
}

}  // namespace threadkeep::http
