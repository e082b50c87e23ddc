// The head of an answer as bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/http.h"

namespace threadkeep::http {

// The value of the Date header, made anew once per second. One thread.
class DateText {
 public:
  std::string_view now();

 private:
  std::int64_t second_ = -1;
  std::string text_;
};

enum class AfterAnswer { keep, keep_http_1_0, close };

struct Framing {
  std::optional<std::uint64_t>
      content_length;  // none: chunked when `chunked`, otherwise until the end of the connection
  bool chunked = false;
  AfterAnswer after = AfterAnswer::keep;
};

// Appends the status line, the headers and the empty line. CR, LF and NUL in a header become
// spaces. A status that has no body (1xx, 204, 304) gets neither Content-Length nor
// Transfer-Encoding.
void append_head(std::string& out, int status, const std::vector<Header>& headers,
                 const Framing& framing, std::string_view date);

bool has_no_body(int status);

}  // namespace threadkeep::http
