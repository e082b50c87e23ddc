#include "api/inert_file.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"

namespace threadkeep::api {
namespace {

// Whether a list of entity tags (If-None-Match) has this one; weak ones count as equal.
bool has_tag(std::string_view list, const std::string& tag) {
  if (trimmed(list) == "*") return true;
  for (std::string_view rest = list; !rest.empty();) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    std::string_view one = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (one.substr(0, 2) == "W/") one.remove_prefix(2);
    if (one == tag) return true;
  }
  return false;
}

}  // namespace

Result<BlobHash> read_hash(std::string_view text, const char* what) {
  const auto hash = BlobHash::parse(text);
  if (!hash) {
    return fail(Errc::invalid_id,
                std::string(what) + " must be 64 hexadecimal digits in lower case.");
  }
  return *hash;
}

std::vector<http::Header> inert_headers(const std::string& media_type, std::string disposition,
                                        const std::string& etag) {
  return {{"Content-Type", media_type},
          {"Content-Disposition", std::move(disposition)},
          {"ETag", etag},
          {"Cache-Control", "private, no-cache"},
          {"Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'"},
          {"Cross-Origin-Resource-Policy", "same-origin"}};
}

bool is_known(const http::RequestHead& request, const std::string& etag) {
  const auto tags = request.header("If-None-Match");
  return tags && has_tag(*tags, etag);
}

}  // namespace threadkeep::api
