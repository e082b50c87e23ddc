// One formatter for everything that goes wrong: RFC 9457 problem documents.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "http/http.h"

namespace threadkeep::api {

// The only table from errors to statuses.
struct ProblemKind {
  Errc code;
  int status;
  std::string_view name;   // the last part of "type": "/problems/<name>"
  std::string_view title;  // the same for every occurrence
};
const ProblemKind& problem_kind(Errc code);

http::Response problem(const Error& error, std::uint64_t request_number);
// The same, with the epoch that the reader must go over to.
http::Response problem_with_epoch(const Error& error, std::int64_t epoch,
                                  std::uint64_t request_number);
// For what is refused before it means anything: framing, hosts, methods. `name` as in ProblemKind.
http::Response problem(int status, std::string_view name, std::string_view detail,
                       std::uint64_t request_number);

// The request's name in problem documents and logs: unique across restarts.
std::string request_id(std::uint64_t request_number);

}  // namespace threadkeep::api
