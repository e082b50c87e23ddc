#include "http/web_address.h"

#include <curl/curl.h>

#include <memory>

namespace threadkeep::http {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

constexpr std::size_t url_bytes_max = 4'096;

std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

tl::unexpected<Error> no_address() {
  return fail(Errc::invalid_field, "This is no address of the web.");
}

Result<WebAddress> taken_apart(CURLU* url) {
  WebAddress address;
  address.scheme = part(url, CURLUPART_SCHEME);
  if (address.scheme != "http" && address.scheme != "https")
    return fail(Errc::invalid_field, "Only http and https addresses can be asked.");
  if (!part(url, CURLUPART_USER).empty() || !part(url, CURLUPART_PASSWORD).empty())
    return fail(Errc::invalid_field, "An address with a name or password is not asked.");
  curl_url_set(url, CURLUPART_FRAGMENT, nullptr, 0);
  address.host = part(url, CURLUPART_HOST);
  const std::string port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  address.port = port.empty() ? 0 : std::stoi(port);
  address.url = part(url, CURLUPART_URL);
  if (address.host.empty() || address.url.empty()) return no_address();
  return address;
}

}  // namespace

Result<WebAddress> parse_web_address(const std::string& url) {
  const Url parsed(curl_url());
  if (url.size() > url_bytes_max || !parsed ||
      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK)
    return no_address();
  return taken_apart(parsed.get());
}

Result<WebAddress> parse_redirect(const WebAddress& from, const std::string& location) {
  const Url parsed(curl_url());
  if (location.size() > url_bytes_max || !parsed ||
      curl_url_set(parsed.get(), CURLUPART_URL, from.url.c_str(), 0) != CURLUE_OK ||
      curl_url_set(parsed.get(), CURLUPART_URL, location.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK)
    return no_address();
  return taken_apart(parsed.get());
}

}  // namespace threadkeep::http
