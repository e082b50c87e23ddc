// The built web client inside the binary: every file of web/app/dist with its compressed forms.
#pragma once

#include <span>
#include <string_view>

namespace threadkeep {

// One representation of a file. `etag` is strong, quoted, and different for each representation.
struct EncodedBytes {
  std::string_view bytes;  // empty: this representation is not kept, because it is hardly smaller
  std::string_view etag;
};

// Every view lives as long as the process, so it can go into http::Response::static_body.
struct WebAsset {
  std::string_view path;          // as requested: "/index.html", "/assets/index-BqVx3k2_.js"
  std::string_view content_type;  // with the charset where it is text
  EncodedBytes identity;
  EncodedBytes gzip;
  EncodedBytes brotli;
  // The name changes with the content: `Cache-Control: public, max-age=31536000, immutable`. All
  // others: `no-cache`.
  bool is_immutable;
};

// All files, sorted by path. In a build without the web client (THREADKEEP_WEB=OFF) one page that
// says so. Any thread.
std::span<const WebAsset> web_assets();

// The file at a decoded request path; "/" is the start page. Null when there is none. Any thread.
const WebAsset* find_asset(std::string_view path);

// "/index.html": also the answer for the addresses that only the client knows. Any thread.
const WebAsset& start_page();

}  // namespace threadkeep
