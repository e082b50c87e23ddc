#include "app/web_assets/web_asset_response.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "app/web_assets/web_assets.h"
#include "base/ascii.h"

namespace threadkeep {
namespace {

// No foreign origin, no inline script, and no text that becomes markup. The one Trusted Types
// policy lets the page name its service worker, and nothing else.
constexpr std::string_view page_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src "
    "'self'; "
    "connect-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; "
    "frame-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; object-src 'none'; frame-ancestors 'none'; require-trusted-types-for "
    "'script'; "
    "trusted-types threadkeep-worker";

// The page that draws diagrams makes markup of text that others wrote. So it has an origin of its
// own, which holds nothing, runs the one script that is ours, and cannot reach any address.
constexpr std::string_view diagram_page_path = "/diagram.html";
constexpr std::string_view diagram_script_prefix = "/assets/diagram-";
constexpr std::string_view diagram_security_policy =
    "sandbox allow-scripts; default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

// Calls `found(element)` for the elements of a comma-separated list until it says true; says
// whether it did.
template <class Found>
bool any_element(std::string_view list, Found found) {
  while (true) {
    const std::size_t comma = list.find(',');
    if (found(trimmed(list.substr(0, comma)))) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

// RFC 9110, 12.5.3; of the weights only zero matters, as the smaller form is better for both sides.
bool accepts(const http::RequestHead& head, std::string_view coding) {
  const auto accepted = head.header("Accept-Encoding");
  if (!accepted) return false;
  return any_element(*accepted, [&](std::string_view element) {
    const std::size_t semicolon = element.find(';');
    if (!equals_ignoring_case(trimmed(element.substr(0, semicolon)), coding)) return false;
    if (semicolon == std::string_view::npos) return true;
    const std::string_view weight = trimmed(element.substr(semicolon + 1));
    return weight.find_first_not_of("qQ=0. ") != std::string_view::npos;
  });
}

// RFC 9110, 13.1.2: the comparison is weak.
bool already_has(const http::RequestHead& head, std::string_view etag) {
  const auto known = head.header("If-None-Match");
  if (!known) return false;
  return any_element(*known, [&](std::string_view element) {
    if (element.substr(0, 2) == "W/") element.remove_prefix(2);
    return element == etag || element == "*";
  });
}

struct Choice {
  const EncodedBytes& encoded;
  std::string_view coding;  // empty: as it is
};
Choice choose(const WebAsset& asset, const http::RequestHead& head) {
  if (!asset.brotli.bytes.empty() && accepts(head, "br")) return {asset.brotli, "br"};
  if (!asset.gzip.bytes.empty() && accepts(head, "gzip")) return {asset.gzip, "gzip"};
  return {asset.identity, {}};
}

const WebAsset* asset_for(std::string_view path) {
  const WebAsset* asset = find_asset(path);
  if (asset != nullptr) return asset;
  const bool is_file = path.substr(path.rfind('/') + 1).find('.') != std::string_view::npos;
  return is_file ? nullptr : &start_page();
}

void add_page_headers(http::Response& response) {
  response.headers.push_back({"Content-Security-Policy", std::string(page_security_policy)});
  response.headers.push_back({"Referrer-Policy", "no-referrer"});
  response.headers.push_back({"Cross-Origin-Opener-Policy", "same-origin"});
  response.headers.push_back({"X-Frame-Options", "DENY"});
  response.headers.push_back(
      {"Permissions-Policy", "camera=(), microphone=(self), geolocation=(), payment=(), usb=()"});
}

void add_diagram_headers(http::Response& response) {
  response.headers.push_back({"Content-Security-Policy", std::string(diagram_security_policy)});
  response.headers.push_back({"Referrer-Policy", "no-referrer"});
  response.headers.push_back({"X-Frame-Options", "SAMEORIGIN"});
}

}  // namespace

std::optional<http::Response> web_asset_response(const http::RequestHead& head) {
  const WebAsset* asset = asset_for(head.path);
  if (asset == nullptr) return std::nullopt;

  const auto [encoded, coding] = choose(*asset, head);
  http::Response response;
  response.headers.push_back({"ETag", std::string(encoded.etag)});
  response.headers.push_back(
      {"Cache-Control", asset->is_immutable ? "public, max-age=31536000, immutable" : "no-cache"});
  // To an origin of its own, the server that it came from is another one.
  const bool is_for_diagrams = head.path.starts_with(diagram_script_prefix);
  response.headers.push_back(
      {"Cross-Origin-Resource-Policy", is_for_diagrams ? "cross-origin" : "same-origin"});
  if (!asset->gzip.bytes.empty() || !asset->brotli.bytes.empty()) {
    response.headers.push_back({"Vary", "Accept-Encoding"});
  }
  // A script that becomes a worker lives under the policy that came with it, not under the page's.
  if (head.path == diagram_page_path)
    add_diagram_headers(response);
  else if (asset->content_type.starts_with("text/html") ||
           asset->content_type.starts_with("text/javascript"))
    add_page_headers(response);
  if (already_has(head, encoded.etag)) {
    response.status = 304;
    return response;
  }
  response.headers.push_back({"Content-Type", std::string(asset->content_type)});
  if (!coding.empty()) response.headers.push_back({"Content-Encoding", std::string(coding)});
  response.static_body = encoded.bytes;
  return response;
}

}  // namespace threadkeep
