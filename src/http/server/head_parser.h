// The head of a request: from its bytes to a RequestHead, or to the reason why it is refused.
#pragma once

#include <cstddef>
#include <string_view>

#include "http/http.h"

namespace threadkeep::http {

struct HeadLimits {
  std::size_t header_bytes_max;
  std::size_t request_line_bytes_max;
  int headers_max;
};

struct ParsedHead {
  RequestHead head;       // request_number is the caller's to set
  std::size_t bytes = 0;  // of the whole head; the caller's to set
  bool http_1_0 = false;
  bool keep_alive = false;
  bool chunked = false;
  bool expects_continue = false;
};

enum class HeadOutcome { complete, incomplete, refused };

// Whether a head that begins like `bytes` is too long; `refusal` tells how to say so.
bool exceeds(std::string_view bytes, const HeadLimits& limits, Refusal& refusal);

// Parses what has come in of a head. `bytes` ends with the empty line when the head is complete;
// anything shorter is looked at for mistakes that can be seen early.
HeadOutcome parse_head(std::string_view bytes, const HeadLimits& limits, ParsedHead& parsed,
                       Refusal& refusal);

}  // namespace threadkeep::http
