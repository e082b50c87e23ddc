// What the answers that hold a file of a user have in common.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/http.h"
#include "store/blobs.h"

namespace threadkeep::api {

// Fails: invalid_id.
Result<BlobHash> read_hash(std::string_view text, const char* what);

// So that nothing in it runs, and nobody but its owner keeps it. `etag` with its quotes.
std::vector<http::Header> inert_headers(const std::string& media_type, std::string disposition,
                                        const std::string& etag);

// Whether the reader has it already.
bool is_known(const http::RequestHead& request, const std::string& etag);

}  // namespace threadkeep::api
