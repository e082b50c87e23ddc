// A request to another server, waited for: on a thread that may block.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/outbound.h"

namespace threadkeep::tools {

struct Answer {
  int status = 0;
  std::vector<http::Header> headers;
  std::string body;
};

// The value of a header; empty when there is none.
std::string header_of(const Answer& answer, std::string_view name);

// Looks at a piece of the body, and says what becomes of it: kept in the answer; read already, so
// that it need not be held twice; or read, and no more is wanted. Called on the outbound thread.
enum class Piece { kept, read, last };
using Wants = std::function<Piece(const Answer& so_far, std::string_view piece)>;

// Blocks until the answer has come to its end, or `wants` wants no more of it. Fails: as the
// request, cancelled (`stop`), upstream_failed when it takes longer than `time_max` in all.
Result<Answer> await_answer(http::Outbound& outbound, http::OutboundRequest request,
                            const std::stop_token& stop, const Wants& wants = nullptr,
                            std::chrono::milliseconds time_max = std::chrono::hours(1));

}  // namespace threadkeep::tools
