// One request on its way through a handler, and the few steps that all handlers share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/foreign_ids.h"
#include "api/problem.h"
#include "api/services.h"
#include "api/surface.h"
#include "api/url_query.h"
#include "base/result.h"
#include "http/http.h"
#include "json/json.h"

namespace threadkeep::api {

struct Call {
  Services& services;
  const Surface& surface;
  http::Request& request;
  const http::Responder& responder;
  UserId user;                          // nil where anyone may call
  std::vector<std::string> parameters;  // of the path, in order

  // A parameter of the path that is a ULID, as all ids of the native surfaces. Fails: invalid_id.
  Result<Ulid> id(std::size_t index = 0) const { return Ulid::parse(parameters.at(index)); }
  // An id as this surface spells it, from wherever it stands. Fails: invalid_id.
  Result<Ulid> id(IdKind kind, std::string_view text) const {
    return read_id(surface, user, kind, text);
  }
  // The body as strict JSON; consumes it. Fails: as json::Document::parse, invalid_json for an
  // empty one.
  Result<json::Document> body() const;
  Result<UrlQuery> query() const { return UrlQuery::parse(request.query); }
  // The revision that If-Match names; nothing when there is no such header. `thing` is what has
  // revisions, for the sentence: "conversation". Fails: invalid_precondition, and
  // precondition_failed for what can match no revision ("*", a weak tag, another tag).
  Result<std::optional<std::int64_t>> if_match(std::string_view thing) const;

  http::Response problem(const Error& error) const {
    return surface.error_form(problem_of(error), request.request_number);
  }
};

http::Response json_response(int status, std::string body);

// What every answer of the API carries. Answers that a handler returns get it by themselves; one
// that is sent through the responder later is wrapped in it by the handler.
http::Response with_common_headers(http::Response response);

}  // namespace threadkeep::api
