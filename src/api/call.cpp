#include "api/call.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace threadkeep::api {

Result<json::Document> Call::body() const {
  if (request.body.empty())
    return fail(Errc::invalid_json, "The body is empty; JSON was expected at byte 0.");
  return json::Document::parse(std::move(request.body), json::Mode::strict);
}

Result<std::optional<std::int64_t>> Call::if_match(std::string_view thing) const {
  const auto header = request.header("If-Match");
  if (!header) return std::optional<std::int64_t>();
  std::string_view tag = *header;
  const auto stale = fail(Errc::precondition_failed,
                          "If-Match names no revision of this " + std::string(thing) + ".");
  if (tag == "*") return stale;
  if (tag.substr(0, 2) == "W/") return stale;
  const bool is_quoted = tag.size() >= 2 && tag.front() == '"' && tag.back() == '"';
  if (!is_quoted || tag.substr(1, tag.size() - 2).find('"') != std::string_view::npos) {
    return fail(Errc::invalid_precondition,
                "If-Match takes one entity tag in double quotes, as ETag gave it.");
  }
  tag = tag.substr(1, tag.size() - 2);
  std::int64_t rev = 0;
  const auto parsed = std::from_chars(tag.data(), tag.data() + tag.size(), rev);
  if (parsed.ec != std::errc{} || parsed.ptr != tag.data() + tag.size()) return stale;
  return std::optional<std::int64_t>(rev);
}

http::Response json_response(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = std::move(body);
  return response;
}

http::Response with_common_headers(http::Response response) {
  const auto has = [&](std::string_view name) {
    return std::any_of(response.headers.begin(), response.headers.end(),
                       [&](const auto& header) { return header.name == name; });
  };
  if (!has("Content-Security-Policy")) {
    response.headers.push_back(
        {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"});
  }
  if (!has("Cache-Control")) response.headers.push_back({"Cache-Control", "no-store"});
  response.headers.push_back({"X-Content-Type-Options", "nosniff"});
  return response;
}

}  // namespace threadkeep::api
