// Serves the web client out of the binary.
#pragma once

#include "http/http.h"

namespace threadkeep {

// GET and HEAD of everything outside of the API: files by their path, the start page for addresses
// without a file extension (they are the client's own), 404 for the others. Compressed where the
// client takes it; ETag and If-None-Match; the security headers of the page. Any thread.
http::Response web_client_response(const http::RequestHead& head);

}  // namespace threadkeep
