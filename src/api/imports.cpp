// /api/import, /api/imports/:id
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "api/call.h"
#include "api/handlers.h"
#include "base/limits.h"
#include "json/json.h"
#include "transfer/import.h"

namespace threadkeep::api {
namespace {

Error no_such_import() { return {Errc::not_found, "No import with this id is under way here."}; }

}  // namespace

http::Reply import_conversations(Call& call) {
  auto query = call.query();
  if (!query) return call.problem(query.error());
  const std::string name = query->text("name").value_or("");
  const std::string erased = query->text("erased").value_or("");
  const std::optional<std::string> chosen_id = query->text("id");
  if (auto known = query->finish(); !known) return call.problem(known.error());
  if (name.size() > limits::name_bytes_max * 4)
    return call.problem({Errc::invalid_field, "\"name\" is too long."});
  if (!erased.empty() && erased != "anew")
    return call.problem({Errc::invalid_query, "\"erased\" must be \"anew\"."});
  if (!call.request.spooled)
    return call.problem({Errc::unknown_format, "The body is empty: it must be the file."});
  const auto id = chosen_id ? Ulid::parse(*chosen_id) : Result<Ulid>(call.services.ids.next());
  if (!id) return call.problem(id.error());
  const auto entry = call.services.imports.begin(call.user, *id);
  if (!entry) return call.problem({Errc::id_conflict, "An import with this id is under way."});
  const auto& is_stopping = call.services.is_stopping;
  if (is_stopping) {
    return problem(503, "unavailable", "The server is about to stop. Nothing was imported.",
                   call.request.request_number);
  }
  const ImportSource source{
      call.request.spooled->descriptor(), name,
      erased == "anew" ? ErasedBefore::comes_in_anew : ErasedBefore::stays_away};
  const auto report = import_file(
      call.services.store, call.user, source,
      [&](const ImportProgress& progress) { return entry->report(progress) && !is_stopping; });
  if (!report && report.error().code == Errc::cancelled && is_stopping) {
    return problem(503, "unavailable", "The server is about to stop. " + report.error().detail,
                   call.request.request_number);
  }
  if (!report) return call.problem(report.error());
  return json_response(200, to_json(*report));
}

http::Reply get_import(Call& call) {
  const auto id = call.id();
  if (!id) return call.problem(id.error());
  const auto progress = call.services.imports.progress(call.user, *id);
  if (!progress) return call.problem(no_such_import());
  std::string body;
  json::Writer(body)
      .begin_object()
      .member("bytesDone", static_cast<std::int64_t>(progress->bytes_done))
      .member("bytesTotal", static_cast<std::int64_t>(progress->bytes_total))
      .member("conversations", progress->conversations)
      .end_object();
  return json_response(200, std::move(body));
}

http::Reply cancel_import(Call& call) {
  const auto id = call.id();
  if (!id) return call.problem(id.error());
  if (!call.services.imports.stop(call.user, *id)) return call.problem(no_such_import());
  return json_response(202, "{}");
}

}  // namespace threadkeep::api
