#include "api/head_checks.h"

#include <algorithm>
#include <string_view>

#include "api/attachment_upload.h"
#include "base/ascii.h"

namespace threadkeep::api {
namespace {

bool is_own_host(std::span<const std::string> own, std::string_view host) {
  return std::find(own.begin(), own.end(), lower(host)) != own.end();
}

bool is_own_origin(std::span<const std::string> own, std::string_view origin) {
  const std::size_t end = origin.find("://");
  if (end == std::string_view::npos) return false;
  const std::string_view scheme = origin.substr(0, end);
  return (scheme == "http" || scheme == "https") && is_own_host(own, origin.substr(end + 3));
}

// Of a `<script src>` in a document whose origin nobody may know.
bool is_script_of_a_sandbox(const http::RequestHead& head) {
  return head.header("Origin").value_or("null") == "null" &&
         head.header("Sec-Fetch-Mode").value_or("") == "no-cors" &&
         head.header("Sec-Fetch-Dest").value_or("") == "script";
}

bool is_navigation(const http::RequestHead& head) {
  if (head.header("Sec-Fetch-Mode").value_or("") != "navigate") return false;
  // A service worker that passes a navigation on says "empty"; a frame says "iframe".
  const std::string_view destination = head.header("Sec-Fetch-Dest").value_or("document");
  return destination == "document" || destination == "empty";
}

std::string_view media_type(std::string_view content_type) {
  return trimmed(content_type.substr(0, content_type.find(';')));
}

bool is_json_utf8(std::string_view content_type) {
  if (!equals_ignoring_case(media_type(content_type), "application/json")) return false;
  const std::string parameters =
      lower(content_type.substr(std::min(content_type.find(';'), content_type.size())));
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

}  // namespace

std::optional<Problem> check_host(const http::RequestHead& head, std::span<const std::string> own) {
  const auto host = head.header("Host");
  if (host && is_own_host(own, *host)) return std::nullopt;
  return problem_of(421, "unknown-host", "This server does not answer to that host name.");
}

std::optional<Problem> check_site(const http::RequestHead& head, std::span<const std::string> own,
                                  SiteRule rule) {
  if (rule == SiteRule::script_of_a_sandbox && is_script_of_a_sandbox(head)) return std::nullopt;
  const auto site = head.header("Sec-Fetch-Site");
  const bool is_ours = !site || *site == "same-origin" || *site == "none";
  const bool may_navigate = rule != SiteRule::same_origin && is_navigation(head);
  const auto origin = head.header("Origin");
  if ((is_ours || may_navigate) && (!origin || is_own_origin(own, *origin))) return std::nullopt;
  return problem_of(403, "cross-site", "The request comes from another site.");
}

std::optional<Problem> check_range(const http::RequestHead& head) {
  const auto range = head.header("Range");
  if (!range || range->find(',') == std::string_view::npos) return std::nullopt;
  return problem_of(416, "range-not-satisfiable", "Several ranges at once are not given.");
}

std::optional<Problem> check_body(const Route& route, const http::RequestHead& head) {
  if (!head.has_body || route.body == Route::Body::none) return std::nullopt;
  const auto refused = [](std::string detail) {
    return problem_of({Errc::unsupported_media_type, std::move(detail)});
  };
  const auto encoding = head.header("Content-Encoding");
  if (encoding && !equals_ignoring_case(*encoding, "identity"))
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
  if (route.body == Route::Body::attachment && !media_type_of(head))
    return refused("The Content-Type must be the media type of the file.");
  return std::nullopt;
}

}  // namespace threadkeep::api
