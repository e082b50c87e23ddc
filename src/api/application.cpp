#include "api/application.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "api/problem.h"
#include "api/routes.h"
#include "base/ascii.h"

namespace threadkeep::api {
namespace {

bool is_state_change(http::Method method) {
  return method != http::Method::get && method != http::Method::head &&
         method != http::Method::options;
}

bool is_api_path(std::string_view path) { return path.substr(0, 5) == "/api/" || path == "/api"; }

bool is_own_host(const Services& services, std::string_view host) {
  return std::find(services.hosts.begin(), services.hosts.end(), lower(host)) !=
         services.hosts.end();
}

std::string_view media_type(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  return type;
}

bool is_json_utf8(std::string_view content_type) {
  if (lower(media_type(content_type)) != "application/json") return false;
  const std::string parameters = lower(content_type.substr(media_type(content_type).size()));
  const std::size_t charset = parameters.find("charset=");
  if (charset == std::string::npos) return true;
  std::string name = parameters.substr(charset + 8);
  name.erase(std::remove(name.begin(), name.end(), '"'), name.end());
  return name == "utf-8" || name == "utf8";
}

bool is_file_type(std::string_view content_type) {
  const std::string type = lower(media_type(content_type));
  return type == "application/json" || type == "application/zip" ||
         type == "application/x-zip-compressed" || type == "application/octet-stream";
}

// DNS rebinding and cross-site requests end here, before anything is looked up.
std::optional<http::Response> check_origin(const Services& services,
                                           const http::RequestHead& head) {
  const auto host = head.header("Host");
  if (!host || !is_own_host(services, *host)) {
    return problem(421, "unknown-host", "This server does not answer to that host name.",
                   head.request_number);
  }
  if (!is_api_path(head.path) && !is_state_change(head.method)) return std::nullopt;
  const auto refused = [&] {
    return problem(403, "cross-site", "The request comes from another site.", head.request_number);
  };
  const auto site = head.header("Sec-Fetch-Site");
  if (site && *site != "same-origin" && *site != "none") return refused();
  const auto origin = head.header("Origin");
  if (!origin) return std::nullopt;
  const std::size_t scheme = origin->find("://");
  const bool is_web = origin->substr(0, 4) == "http" && scheme != std::string_view::npos;
  if (!is_web || !is_own_host(services, origin->substr(scheme + 3))) return refused();
  return std::nullopt;
}

std::optional<http::Response> check_body(const Route& route, const http::RequestHead& head) {
  if (!head.has_body || route.body == Route::Body::none) return std::nullopt;
  const auto refused = [&](std::string_view detail) {
    return problem({Errc::unsupported_media_type, std::string(detail)}, head.request_number);
  };
  const auto encoding = head.header("Content-Encoding");
  if (encoding && lower(*encoding) != "identity")
    return refused("The body must not be compressed.");
  const auto type = head.header("Content-Type");
  if (route.body == Route::Body::json && (!type || !is_json_utf8(*type))) {
    return refused("The body must be application/json in UTF-8.");
  }
  if (route.body == Route::Body::file && (!type || !is_file_type(*type))) {
    return refused(
        "The body must be the file: application/json, application/zip or "
        "application/octet-stream.");
  }
  return std::nullopt;
}

http::Response unmatched(const Services& services, const http::RequestHead& head,
                         const Match& match) {
  if (!match.allowed.empty()) {
    http::Response response = problem(
        405, "method-not-allowed", "This address does not take that method.", head.request_number);
    std::string allowed;
    for (const http::Method method : match.allowed) {
      allowed += (allowed.empty() ? "" : ", ") + std::string(http::method_name(method));
    }
    response.headers.push_back({"Allow", allowed});
    return response;
  }
  if (is_api_path(head.path))
    return problem({Errc::not_found, "There is nothing at this address."}, head.request_number);
  if (is_state_change(head.method) || head.method == http::Method::options) {
    return problem(405, "method-not-allowed", "This address does not take that method.",
                   head.request_number);
  }
  return services.web_client(head);
}

// Everything that can be decided from the head alone. A response, or the route.
struct HeadDecision {
  std::optional<http::Response> response;
  Match match;
};
HeadDecision decide(const Services& services, const http::RequestHead& head) {
  HeadDecision decision;
  decision.response = check_origin(services, head);
  if (decision.response) return decision;
  // One range is ignored, which is allowed; many are an attack on whoever answers them.
  if (const auto range = head.header("Range");
      range && range->find(',') != std::string_view::npos) {
    decision.response = problem(416, "range-not-satisfiable",
                                "Several ranges at once are not given.", head.request_number);
    return decision;
  }
  decision.match = find_route(head.method, head.path);
  if (!decision.match.route) {
    decision.response = unmatched(services, head, decision.match);
    return decision;
  }
  decision.response = check_body(*decision.match.route, head);
  return decision;
}

}  // namespace

http::BodyPlan Application::plan_body(const http::RequestHead& head) {
  http::BodyPlan plan;
  HeadDecision decision = decide(services_, head);
  if (decision.response) {
    plan.kind = http::BodyPlan::Kind::refuse;
    plan.refusal = with_common_headers(std::move(*decision.response));
    return plan;
  }
  const Route::Body body = decision.match.route->body;
  plan.kind =
      body == Route::Body::file ? http::BodyPlan::Kind::spool : http::BodyPlan::Kind::memory;
  plan.bytes_max = body == Route::Body::file ? static_cast<std::uint64_t>(limits::import_bytes_max)
                                             : limits::body_bytes_max;
  return plan;
}

http::Reply Application::handle(http::Request request, const http::Responder& responder) {
  HeadDecision decision = decide(services_, request);
  if (decision.response) return with_common_headers(std::move(*decision.response));
  Call call{services_, request, responder, services_.local_user,
            std::move(decision.match.parameters)};
  http::Reply answer = decision.match.route->handler(call);
  if (auto* response = std::get_if<http::Response>(&answer))
    *response = with_common_headers(std::move(*response));
  return answer;
}

http::Response Application::refusal(int status, std::string_view name, std::string_view detail,
                                    std::uint64_t request_number) {
  return with_common_headers(problem(status, name, detail, request_number));
}

}  // namespace threadkeep::api
