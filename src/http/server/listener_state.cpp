#include "http/server/listener_state.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <ctime>
#include <exception>
#include <utility>

#include "http/server/connection.h"

namespace threadkeep::http {

ListenerState::ListenerState(const ListenerOptions& given, Application& served)
    : options(given),
      application(served),
      inbox(std::make_shared<Inbox>([this] { boost::asio::post(io, [this] { inbox->drain(); }); })),
      memory(std::make_shared<MemoryAccount>(given.memory_bytes_max)),
      clients(memory, given.client_memory_bytes_max) {
  for (LaneState& lane : lanes_) {
    lane.waiting_max = static_cast<std::size_t>(options.waiting_max);
  }
  lanes_[static_cast<std::size_t>(Lane::bulk)].waiting_max =
      static_cast<std::size_t>(options.bulk_waiting_max);
  lanes_[static_cast<std::size_t>(Lane::files)].waiting_max =
      static_cast<std::size_t>(options.files_waiting_max);
}

void ListenerState::start_lanes() {
  constexpr int few = 2;            // what waits elsewhere, or is work for a disk
  constexpr int files_threads = 4;  // commits of several files are one
  workers(Lane::read).start(options.workers);
  workers(Lane::write).start(options.workers);
  workers(Lane::upstream).start(few);
  workers(Lane::files).start(files_threads);
  workers(Lane::bulk).start(few);
  workers(Lane::probe).start(1);
}

void ListenerState::stop_lanes() {
  for (LaneState& lane : lanes_) lane.workers.begin_stop();
  for (LaneState& lane : lanes_) lane.workers.stop();
}

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

bool ListenerState::submit(Lane to, std::shared_ptr<Task> task) {
  LaneState& lane = lanes_[static_cast<std::size_t>(to)];
  if (lane.workers.waiting(lane.submitted.size() + 1) > lane.waiting_max) return false;
  lane.submitted.push_back(std::move(task));
  if (std::exchange(has_submitted_, true)) return true;
  // Posted work comes after all sockets that are ready now.
  boost::asio::post(io, [this] {
    has_submitted_ = false;
    for (LaneState& each : lanes_) {
      if (!each.submitted.empty()) each.workers.submit_all(each.submitted);
    }
  });
  return true;
}

bool ListenerState::drop_waiting(const ClientShare* client) {
  for (WaitingList* list : {&idle, &half_heads}) {
    for (ConnectionHooks& hooks : *list) {
      auto& connection = static_cast<Connection&>(hooks);
      if (client != nullptr && &connection.client() != client) continue;
      connection.shared_from_this()->drop();
      return true;
    }
  }
  const auto still = standing_still(client);
  if (!still.empty()) still.front()->drop();
  return !still.empty();
}

std::vector<std::shared_ptr<Connection>> ListenerState::standing_still(const ClientShare* client) {
  constexpr std::int64_t still_ms = 1'000;
  std::vector<std::pair<std::int64_t, std::shared_ptr<Connection>>> found;
  const std::int64_t until_ms = now_ms() - still_ms;
  for (ConnectionHooks& hooks : connections) {
    auto& connection = static_cast<Connection&>(hooks);
    if (client != nullptr && &connection.client() != client) continue;
    const auto since_ms = connection.waits_for_client_since();
    if (since_ms && *since_ms <= until_ms) {
      found.emplace_back(*since_ms, connection.shared_from_this());
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<std::shared_ptr<Connection>> in_order;
  in_order.reserve(found.size());
  for (auto& [since_ms, connection] : found) in_order.push_back(std::move(connection));
  return in_order;
}

void ListenerState::relieve_memory() {
  constexpr std::size_t worth_it_bytes = 16U << 10;
  if (memory->held() <= memory->bytes_max() / 4 * 3) return;
  for (const auto& connection : standing_still(nullptr)) {
    if (memory->held() <= memory->bytes_max() / 2) return;
    if (connection->memory().held() >= worth_it_bytes) connection->give_up();
  }
}

void ListenerState::report_failure(std::uint64_t request_number, const char* what) {
  if (options.on_failure) options.on_failure(request_number, what);
}

}  // namespace threadkeep::http
