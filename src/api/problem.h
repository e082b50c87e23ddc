// Everything that goes wrong, and the RFC 9457 documents that tell it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// What went wrong, before the surface that the request came by gives it a form.
struct Problem {
  int status = 500;
  std::string name;                                  // as in ProblemKind
  std::string title;                                 // the same for every occurrence
  std::string detail;                                // never echoes the input
  std::optional<std::int64_t> epoch = std::nullopt;  // which the reader must go over to
  std::vector<http::Header> headers = {};            // Allow, WWW-Authenticate
};
Problem problem_of(const Error& error);
// For what is refused before it means anything: framing, hosts, methods, access.
Problem problem_of(int status, std::string_view name, std::string_view detail);

// The form of the native surfaces: application/problem+json.
http::Response problem_document(const Problem& problem, std::uint64_t request_number);

// The same in one step, for handlers of the native surfaces.
http::Response problem(const Error& error, std::uint64_t request_number);
http::Response problem_with_epoch(const Error& error, std::int64_t epoch,
                                  std::uint64_t request_number);
http::Response problem(int status, std::string_view name, std::string_view detail,
                       std::uint64_t request_number);

// The request's name in problem documents and logs: unique across restarts.
std::string request_id(std::uint64_t request_number);

}  // namespace threadkeep::api
