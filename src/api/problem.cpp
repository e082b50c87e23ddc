#include "api/problem.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <utility>

#include "base/ulid.h"
#include "json/json.h"

namespace threadkeep::api {
namespace {

constexpr ProblemKind kinds[] = {
    {Errc::not_found, 404, "not-found", "There is no such thing"},
    {Errc::id_conflict, 409, "id-conflict", "The id is taken"},
    {Errc::parent_unknown, 409, "parent-unknown", "The parent is not known"},
    {Errc::parent_invalid, 422, "parent-invalid", "That message cannot be the parent"},
    {Errc::conversation_deleted, 410, "conversation-deleted", "The conversation is in the trash"},
    {Errc::precondition_failed, 412, "stale", "It was changed meanwhile"},
    {Errc::already_final, 409, "already-final", "The answer has ended"},
    {Errc::nothing_to_decide, 409, "nothing-to-decide", "No call waits for your word"},
    {Errc::epoch_changed, 409, "epoch-changed", "The database has another history now"},
    {Errc::resync_required, 410, "resync-required", "The feed cannot go on from there"},
    {Errc::invalid_json, 400, "invalid-json", "The body is not JSON"},
    {Errc::json_too_deep, 400, "json-too-deep", "The JSON is nested too deeply"},
    {Errc::duplicate_key, 400, "duplicate-key", "A key stands twice in one object"},
    {Errc::invalid_utf8, 400, "invalid-utf8", "The text is not UTF-8"},
    {Errc::invalid_unicode, 400, "invalid-unicode", "The text holds half of a surrogate pair"},
    {Errc::nul_not_allowed, 422, "nul-not-allowed", "U+0000 cannot be stored"},
    {Errc::number_out_of_range, 422, "number-out-of-range", "The number cannot be kept exactly"},
    {Errc::unknown_field, 422, "unknown-field", "A field is not known here"},
    {Errc::invalid_field, 422, "invalid-field", "A field has a value that it cannot have"},
    {Errc::invalid_id, 400, "invalid-id", "That is no id"},
    {Errc::invalid_cursor, 400, "invalid-cursor", "That is no cursor of this list"},
    {Errc::invalid_query, 400, "invalid-query", "The query cannot be read"},
    {Errc::invalid_precondition, 400, "invalid-precondition", "The If-Match header cannot be read"},
    {Errc::unsupported_media_type, 415, "unsupported-media-type",
     "The body has a type that is not taken here"},
    {Errc::too_large, 413, "too-large", "That is too large"},
    {Errc::hash_mismatch, 422, "hash-mismatch", "The file is not the one that was announced"},
    {Errc::invalid_archive, 422, "invalid-archive", "The archive cannot be read"},
    {Errc::unknown_format, 422, "unknown-format", "The file has a format that is not known"},
    {Errc::storage_full, 507, "storage-full", "The disk is full"},
    {Errc::quota_reached, 507, "quota-reached", "There is no room left for your files"},
    {Errc::storage_unavailable, 503, "storage-unavailable", "Nothing can be stored at the moment"},
    {Errc::newer_schema, 503, "storage-unavailable", "Nothing can be stored at the moment"},
    {Errc::outcome_unknown, 503, "outcome-unknown", "It is not known whether this was stored"},
    {Errc::upstream_failed, 502, "upstream-failed", "The model's server failed"},
    {Errc::cancelled, 409, "cancelled", "It was stopped"},
};

}  // namespace

const ProblemKind& problem_kind(Errc code) {
  const auto found = std::find_if(std::begin(kinds), std::end(kinds),
                                  [&](const auto& kind) { return kind.code == code; });
  static constexpr ProblemKind unknown{Errc::storage_unavailable, 500, "internal",
                                       "Something broke here"};
  return found == std::end(kinds) ? unknown : *found;
}

Problem problem_of(const Error& error) {
  const ProblemKind& kind = problem_kind(error.code);
  return {kind.status, std::string(kind.name), std::string(kind.title), error.detail};
}

Problem problem_of(int status, std::string_view name, std::string_view detail) {
  std::string title(name);
  std::replace(title.begin(), title.end(), '-', ' ');
  if (!title.empty() && title[0] >= 'a' && title[0] <= 'z')
    title[0] = static_cast<char>(title[0] - 'a' + 'A');
  return {status, std::string(name), std::move(title), std::string(detail)};
}

http::Response problem_document(const Problem& problem, std::uint64_t request_number) {
  const std::string id = request_id(request_number);
  http::Response response;
  response.status = problem.status;
  response.headers = {{"Content-Type", "application/problem+json"}};
  json::Writer writer(response.body);
  writer.begin_object()
      .member("type", "/problems/" + problem.name)
      .member("title", problem.title)
      .member("status", problem.status)
      .member("detail", problem.detail)
      .member("instance", "urn:threadkeep:request:" + id)
      .member("requestId", id);
  if (problem.epoch) writer.member("epoch", *problem.epoch);
  writer.end_object();
  if (problem.status == 503) response.headers.push_back({"Retry-After", "1"});
  response.headers.insert(response.headers.end(), problem.headers.begin(), problem.headers.end());
  return response;
}

http::Response problem(const Error& error, std::uint64_t request_number) {
  return problem_document(problem_of(error), request_number);
}

http::Response problem_with_epoch(const Error& error, std::int64_t epoch,
                                  std::uint64_t request_number) {
  Problem what = problem_of(error);
  what.epoch = epoch;
  return problem_document(what, request_number);
}

http::Response problem(int status, std::string_view name, std::string_view detail,
                       std::uint64_t request_number) {
  return problem_document(problem_of(status, name, detail), request_number);
}

std::string request_id(std::uint64_t request_number) {
  static const std::string process = UlidMaker(system_clock()).next().text();
  return process + "-" + std::to_string(request_number);
}

}  // namespace threadkeep::api
