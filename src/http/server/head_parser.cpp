#include "http/server/head_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <string>

#include "base/ascii.h"
#include "http/names.h"

namespace threadkeep::http {

namespace {

namespace beast = boost::beast;

constexpr std::size_t field_bytes_max = 16U << 10;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

Method method_of(beast::http::verb verb) {
  switch (verb) {
    case beast::http::verb::get:
      return Method::get;
    case beast::http::verb::head:
      return Method::head;
    case beast::http::verb::post:
      return Method::post;
    case beast::http::verb::put:
      return Method::put;
    case beast::http::verb::patch:
      return Method::patch;
    case beast::http::verb::delete_:
      return Method::delete_;
    case beast::http::verb::options:
      return Method::options;
    default:
      return Method::other;
  }
}

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Characters that a host with an optional port can have (RFC 3986, section 3.2), without escapes.
bool is_host(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("-._~:[]").find(c) != std::string_view::npos;
  });
}

// Beast checks the grammar; this adds where we are stricter: no folded lines, one plain
// Content-Length, "chunked" alone as the coding and only in HTTP/1.1, one Host.
class HeadParser final : public beast::http::basic_parser<true> {
 public:
  HeadParser(std::string_view bytes, const HeadLimits& limits, ParsedHead& parsed)
      : bytes_(bytes), limits_(limits), parsed_(parsed) {
    skip(true);  // the body is not Beast's: a chunked one cut in its last line trips an assertion
                 // of 1.81
    header_limit(static_cast<std::uint32_t>(bytes.size() + 1));
  }

  HeadOutcome run(Refusal& refusal) {
    beast::error_code error;
    eager(true);
    put(boost::asio::const_buffer(bytes_.data(), bytes_.size()), error);
    if (!error && is_done()) {
      parsed_.keep_alive = keep_alive();
      finish();
    } else if (!error || error == beast::http::error::need_more) {
      return HeadOutcome::incomplete;
    } else if (refusal_.status == 0) {
      refusal_ = grammar_refusal(error);
    }
    if (refusal_.status == 0) return HeadOutcome::complete;
    refusal = refusal_;
    return HeadOutcome::refused;
  }

 private:
  void on_request_impl(beast::http::verb verb, beast::string_view method, beast::string_view target,
                       int version, beast::error_code& error) override {
    parsed_.http_1_0 = version < 11;
    parsed_.head.method = method_of(verb);
    if (verb == beast::http::verb::unknown) {
      return refuse({501, "not-implemented", "This method is not known here."}, error);
    }
    if (verb == beast::http::verb::connect || verb == beast::http::verb::trace) {
      return refuse({405, "method-not-allowed", "This method is not allowed here."}, error);
    }
    (void)method;
    take_target(view(target), error);
  }

  void take_target(std::string_view target, beast::error_code& error) {
    const std::size_t scheme_end = target.find("://");
    if (scheme_end != std::string_view::npos && target.front() != '/') {
      if (!equals_ignoring_case(target.substr(0, scheme_end), "http"))
        return refuse(bad_target, error);
      target.remove_prefix(scheme_end + 3);
      authority_ = target.substr(0, target.find_first_of("/?"));
      if (authority_.empty() || !is_host(authority_)) return refuse(bad_target, error);
      target.remove_prefix(authority_.size());
    }
    const std::size_t question = target.find('?');
    std::string_view path = target.substr(0, question);
    if (path.empty() && !authority_.empty()) path = "/";
    auto decoded = decode_path(path);
    const bool has_query = question != std::string_view::npos;
    const std::string_view query = has_query ? target.substr(question + 1) : std::string_view{};
    const bool plain = std::all_of(query.begin(), query.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x80 && c != '#';
    });
    if (!decoded || !plain) return refuse(bad_target, error);
    parsed_.head.target = target;
    parsed_.head.path = std::move(*decoded);
    parsed_.head.query = query;
    parsed_.head.headers.reserve(8);
  }

  void on_field_impl(beast::http::field field, beast::string_view beast_name,
                     beast::string_view beast_value, beast::error_code& error) override {
    const std::string_view name = view(beast_name);
    const std::string_view value = view(beast_value);
    if (is_folded(name, value)) {
      return refuse({400, "bad-framing", "A header is folded over several lines."}, error);
    }
    if (parsed_.head.headers.size() >= static_cast<std::size_t>(limits_.headers_max) ||
        name.size() + value.size() >= field_bytes_max) {
      return refuse({431, "headers-too-large", "There are too many headers, or one is too long."},
                    error);
    }
    if (field == beast::http::field::host) {
      ++hosts_;
      if (!is_host(value)) return refuse(bad_host, error);
    } else if (field == beast::http::field::content_length) {
      if (parsed_.head.content_length || !is_number(value)) return refuse(bad_length, error);
      parsed_.head.content_length = *content_length_so_far(value);
    } else if (field == beast::http::field::transfer_encoding) {
      take_transfer_encoding(value, error);
    } else if (field == beast::http::field::expect && !parsed_.http_1_0) {
      if (!equals_ignoring_case(value, "100-continue")) {
        return refuse({417, "expectation-failed", "Only 100-continue can be expected."}, error);
      }
      parsed_.expects_continue = true;
    }
    parsed_.head.headers.push_back({std::string(name), std::string(value)});
  }

  void take_transfer_encoding(std::string_view value, beast::error_code& error) {
    if (parsed_.http_1_0 || parsed_.chunked) {
      return refuse({400, "bad-framing", "Transfer-Encoding is not possible here."}, error);
    }
    if (!equals_ignoring_case(value, "chunked")) {
      return refuse({501, "not-implemented", "The only transfer coding here is chunked."}, error);
    }
    parsed_.chunked = true;
  }

  // Beast has checked the digits and the range before on_field_impl.
  static std::optional<std::uint64_t> content_length_so_far(std::string_view digits) {
    std::uint64_t length = 0;
    for (const char digit : digits) length = length * 10 + static_cast<std::uint64_t>(digit - '0');
    return length;
  }

  // Beast joins folded lines in a buffer of its own, or skips a first line that is empty.
  bool is_folded(std::string_view name, std::string_view value) const {
    const char* begin = name.data() + name.size();
    const char* end = bytes_.data() + bytes_.size();
    if (std::less<>()(value.data(), begin) || !std::less<>()(value.data(), end)) return true;
    return std::find(begin, value.data(), '\r') != value.data();
  }

  void finish() {
    if (refusal_.status != 0) return;
    if (hosts_ != 1) {
      refusal_ = bad_host;
    } else if (parsed_.chunked && parsed_.head.content_length) {
      refusal_ = bad_length;
    } else {
      parsed_.head.has_body = parsed_.chunked || parsed_.head.content_length.value_or(0) > 0;
      if (!authority_.empty()) replace_host();
    }
  }

  // RFC 9112, section 3.2.2: the authority of an absolute target counts instead of Host.
  void replace_host() {
    for (Header& header : parsed_.head.headers) {
      if (equals_ignoring_case(header.name, "host")) header.value = authority_;
    }
  }

  Refusal grammar_refusal(const beast::error_code& error) const {
    if (error == beast::http::error::bad_version && names_other_version()) {
      return {505, "http-version-not-supported", "Only HTTP/1.1 and HTTP/1.0 are spoken here."};
    }
    if (error == beast::http::error::bad_content_length ||
        error == beast::http::error::multiple_content_length ||
        error == beast::http::error::bad_transfer_encoding) {
      return bad_length;
    }
    return {400, "bad-framing", "The head of the request is not HTTP/1.1."};
  }

  // Whether the request line is one of another version, and not just broken.
  bool names_other_version() const {
    const std::string_view line = bytes_.substr(0, bytes_.find('\r'));
    const std::string_view version = line.substr(line.rfind(' ') + 1);
    return std::count(line.begin(), line.end(), ' ') == 2 && !line.starts_with("PRI ") &&
           version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.' &&
           is_number(version.substr(5, 1)) && is_number(version.substr(7)) &&
           version != "HTTP/1.1" && version != "HTTP/1.0";
  }

  void refuse(const Refusal& refusal, beast::error_code& error) {
    refusal_ = refusal;
    error = beast::http::error::bad_field;
  }

  static constexpr Refusal bad_target{400, "bad-target",
                                      "The target of the request is not a plain path."};
  static constexpr Refusal bad_host{400, "bad-host",
                                    "There must be one Host header with a host in it."};
  static constexpr Refusal bad_length{400, "bad-framing", "The length of the body is not clear."};

  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
  void on_header_impl(beast::error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
  std::size_t on_body_impl(beast::string_view body, beast::error_code&) override {
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body,
                                 beast::error_code&) override {
    return body.size();
  }
  void on_finish_impl(beast::error_code&) override {}

  std::string_view bytes_;
  const HeadLimits& limits_;
  ParsedHead& parsed_;
  Refusal refusal_{};
  std::string_view authority_;
  int hosts_ = 0;
};

}  // namespace

bool exceeds(std::string_view bytes, const HeadLimits& limits, Refusal& refusal) {
  const std::size_t line_max = limits.request_line_bytes_max;
  if (bytes.size() >= line_max && bytes.substr(0, line_max).find("\r\n") == bytes.npos) {
    refusal = {414, "uri-too-long", "The request line is too long."};
    return true;
  }
  if (bytes.size() > limits.header_bytes_max) {
    refusal = {431, "headers-too-large", "The head of the request is too long."};
    return true;
  }
  return false;
}

HeadOutcome parse_head(std::string_view bytes, const HeadLimits& limits, ParsedHead& parsed,
                       Refusal& refusal) {
  return HeadParser(bytes, limits, parsed).run(refusal);
}

}  // namespace threadkeep::http
