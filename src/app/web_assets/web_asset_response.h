// The web client over HTTP: which file, in which encoding, with which headers.
#pragma once

#include <optional>

#include "http/http.h"

namespace threadkeep {

// The answer to a GET or HEAD outside of the API. Compressed as the client accepts it, 304 when it
// already has the bytes. A path whose last part has no file extension is an address inside the
// client and gets its start page. Nothing when there is no such file. The body is static bytes. Any
// thread.
std::optional<http::Response> web_asset_response(const http::RequestHead& head);

}  // namespace threadkeep
