#include "tools/awaited.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "base/ascii.h"

namespace threadkeep::tools {

std::string header_of(const Answer& answer, std::string_view name) {
  for (const http::Header& header : answer.headers) {
    if (equals_ignoring_case(header.name, name)) return header.value;
  }
  return {};
}

Result<Answer> await_answer(http::Outbound& outbound, http::OutboundRequest request,
                            const std::stop_token& stop, const Wants& wants,
                            std::chrono::milliseconds time_max) {
  std::mutex mutex;
  std::condition_variable_any changed;
  Answer answer;
  std::optional<Error> error;
  bool is_done = false;
  http::OutboundEvents events;
  events.on_head = [&](int status, const std::vector<http::Header>& headers) {
    answer.status = status;
    answer.headers = headers;
  };
  const auto end = [&] {
    const std::lock_guard lock(mutex);
    is_done = true;
    changed.notify_all();
  };
  bool is_wanted = true;
  events.on_body = [&](std::string_view piece) {
    if (!is_wanted) return;
    const Piece became = wants ? wants(answer, piece) : Piece::kept;
    if (became == Piece::kept) answer.body += piece;
    if (became != Piece::last) return;
    is_wanted = false;
    end();
  };
  events.on_done = [&](const Error* failure) {
    if (failure && is_wanted) error = *failure;
    end();
  };
  auto call = outbound.start(std::move(request), std::move(events));
  bool has_come = false;
  {
    std::unique_lock lock(mutex);
    has_come = changed.wait_for(lock, stop, time_max, [&] { return is_done; });
  }
  // When this returns, nobody calls back any more.
  call.reset();
  if (!has_come && stop.stop_requested())
    return fail(Errc::cancelled, "Nobody waits for the answer any more.");
  if (!has_come) return fail(Errc::upstream_failed, "The answer took too long.");
  if (error) return tl::unexpected(std::move(*error));
  return answer;
}

}  // namespace threadkeep::tools
