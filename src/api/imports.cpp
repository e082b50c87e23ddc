// /api/import
#include <string>

#include "api/call.h"
#include "api/handlers.h"
#include "base/limits.h"
#include "transfer/import.h"

namespace threadkeep::api {

http::Reply import_conversations(Call& call) {
  auto query = call.query();
  if (!query) return call.problem(query.error());
  const std::string name = query->text("name").value_or("");
  const std::string erased = query->text("erased").value_or("");
  if (auto known = query->finish(); !known) return call.problem(known.error());
  if (name.size() > limits::name_bytes_max * 4)
    return call.problem({Errc::invalid_field, "\"name\" is too long."});
  if (!erased.empty() && erased != "anew")
    return call.problem({Errc::invalid_query, "\"erased\" must be \"anew\"."});
  if (!call.request.spooled)
    return call.problem({Errc::unknown_format, "The body is empty: it must be the file."});
  const auto& is_stopping = call.services.is_stopping;
  if (is_stopping) {
    return problem(503, "unavailable", "The server is about to stop. Nothing was imported.",
                   call.request.request_number);
  }
  const ImportSource source{
      call.request.spooled->descriptor(), name,
      erased == "anew" ? ErasedBefore::comes_in_anew : ErasedBefore::stays_away};
  const auto report = import_file(call.services.store, call.user, source,
                                  [&](const ImportProgress&) { return !is_stopping; });
  if (!report && report.error().code == Errc::cancelled) {
    return problem(503, "unavailable", "The server is about to stop. " + report.error().detail,
                   call.request.request_number);
  }
  if (!report) return call.problem(report.error());
  return json_response(200, to_json(*report));
}

}  // namespace threadkeep::api
