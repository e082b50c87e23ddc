#include "app/web_client.h"

#include <string>
#include <string_view>

#include "api/problem.h"
#include "app/web_assets/web_assets.h"

namespace threadkeep {
namespace {

// No script but the page's own files, no request to anyone else, no string that becomes HTML.
constexpr std::string_view content_security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src "
    "'self'; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src "
    "'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'";

bool takes_encoding(const http::RequestHead& head, std::string_view encoding) {
  const auto accepted = head.header("Accept-Encoding");
  if (!accepted) return false;
  std::string_view rest = *accepted;
  while (!rest.empty()) {
    std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(part.size() + (part.size() < rest.size() ? 1 : 0));
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    const std::string_view name = part.substr(0, part.find_first_of("; "));
    if (name == encoding)
      return part.find("q=0") == std::string_view::npos ||
             part.find("q=0.") != std::string_view::npos;
  }
  return false;
}

struct Representation {
  EncodedBytes bytes;
  std::string_view encoding;  // empty: as it is
};

Representation choose(const WebAsset& asset, const http::RequestHead& head) {
  if (!asset.brotli.bytes.empty() && takes_encoding(head, "br")) return {asset.brotli, "br"};
  if (!asset.gzip.bytes.empty() && takes_encoding(head, "gzip")) return {asset.gzip, "gzip"};
  return {asset.identity, ""};
}

bool is_file_path(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.find('.') != std::string_view::npos;
}

}  // namespace

http::Response web_client_response(const http::RequestHead& head) {
  const WebAsset* asset = find_asset(head.path);
  if (asset == nullptr) {
    if (is_file_path(head.path)) {
      return api::problem({Errc::not_found, "There is nothing at this address."},
                          head.request_number);
    }
    asset = &start_page();
  }
  const Representation chosen = choose(*asset, head);
  http::Response response;
  response.headers = {
      {"Content-Type", std::string(asset->content_type)},
      {"Cache-Control", asset->is_immutable ? "public, max-age=31536000, immutable" : "no-cache"},
      {"ETag", std::string(chosen.bytes.etag)},
      {"Vary", "Accept-Encoding"},
      {"Content-Security-Policy", std::string(content_security_policy)},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), microphone=(self), geolocation=(), payment=(), usb=()"},
      {"X-Frame-Options", "DENY"},
  };
  if (head.header("If-None-Match") == chosen.bytes.etag) {
    response.status = 304;
    return response;
  }
  if (!chosen.encoding.empty())
    response.headers.push_back({"Content-Encoding", std::string(chosen.encoding)});
  response.static_body = chosen.bytes.bytes;
  return response;
}

}  // namespace threadkeep
