#include "http/client/transfer.h"

#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/ascii.h"
#include "http/names.h"

namespace threadkeep::http {

namespace {

constexpr std::size_t header_bytes_max = 256U << 10;

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7F';
  });
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

// The connection was there and is no more, however that showed.
bool is_cut(CURLcode code) {
  return code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ||
         code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM;
}

}  // namespace

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Transfer::Transfer(OutboundRequest request, OutboundEvents events, MayConnect may_connect)
    : request_(std::move(request)), events_(std::move(events)), may_connect_(may_connect) {}

void Transfer::cancel(std::thread::id outbound_thread) {
  if (std::this_thread::get_id() == outbound_thread) {
    cancelled_ = true;
    return;
  }
  const std::lock_guard wait_for_callback(callback_mutex_);
  cancelled_ = true;
}

template <class Call>
void Transfer::call(Call run) {
  const std::lock_guard lock(callback_mutex_);
  if (!cancelled_) run();
}

std::optional<Error> Transfer::prepare(std::int64_t now_ms) {
  started_ms_ = last_byte_ms_ = now_ms;
  easy_.reset(curl_easy_init());
  if (!easy_) return Error{Errc::upstream_failed, "The request could not be prepared."};
  if (request_.url.empty() || has_control(request_.url)) {
    return Error{Errc::upstream_failed, "The address of the server is not valid."};
  }
  if (auto error = add_headers()) return error;
  set(CURLOPT_URL, request_.url.c_str());
  set_method();
  set_transport();
  set(CURLOPT_PRIVATE, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  return std::nullopt;
}

std::optional<Error> Transfer::add_headers() {
  bool has_content_type = false;
  std::vector<std::string> lines = {"Expect:"};  // no waiting for a 100 before a large body
  for (const Header& header : request_.headers) {
    if (!is_header_name(header.name) || has_control(header.value)) {
      return Error{Errc::upstream_failed, "A header of the request is not valid."};
    }
    has_content_type = has_content_type || equals_ignoring_case(header.name, "content-type");
    // libcurl takes a colon at the end as "leave this header out" and a semicolon as "empty".
    lines.push_back(header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  if (!has_content_type) lines.emplace_back("Content-Type:");
  for (const std::string& line : lines) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    if (longer == nullptr) return Error{Errc::upstream_failed, "The memory is exhausted."};
    (void)headers_.release();  // it is a part of the longer one
    headers_.reset(longer);
  }
  set(CURLOPT_HTTPHEADER, headers_.get());
  return std::nullopt;
}

void Transfer::set_method() {
  const bool sends_body = !request_.body.empty() || request_.method == Method::post ||
                          request_.method == Method::put || request_.method == Method::patch;
  if (sends_body) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(CURLOPT_POSTFIELDS, request_.body.data());
  } else if (request_.method == Method::head) {
    set(CURLOPT_NOBODY, 1L);
    return;
  }
  set(CURLOPT_CUSTOMREQUEST, std::string(method_name(request_.method)).c_str());
}

void Transfer::set_transport() {
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_HTTP09_ALLOWED, 0L);
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout_ms));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // a name that is being looked up does not hold up a cancellation
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  // A transfer whose bytes are there is read a hundred times before the next one has its turn: in
  // small pieces, so that an upstream that floods does not hold up the others.
  constexpr long bytes_per_read = 1'024;  // libcurl's least
  set(CURLOPT_BUFFERSIZE, bytes_per_read);
  if (may_connect_ == nullptr) return;
  set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::open_socket);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set(CURLOPT_PROXY, "");  // it would connect in our place, to whatever it likes
}

curl_socket_t Transfer::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (!transfer.may_connect_(&address->addr)) {
    transfer.was_refused_ = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t Transfer::on_header(char* bytes, std::size_t size, std::size_t count, void* self) {
  const std::string_view line(bytes, size * count);
  return static_cast<Transfer*>(self)->take_header(line) ? line.size() : 0;
}

std::size_t Transfer::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
  const std::string_view body(bytes, size * count);
  return static_cast<Transfer*>(self)->take_body(body) ? body.size() : 0;
}

bool Transfer::take_header(std::string_view line) {
  last_byte_ms_ = steady_ms();
  header_bytes_ += line.size();
  too_large_ = too_large_ || header_bytes_ > header_bytes_max;
  if (too_large_) return false;
  if (has_head_) return !cancelled_;  // trailers
  if (line.starts_with("HTTP/")) {
    const std::string_view code = line.substr(std::min(line.find(' '), line.size() - 1) + 1, 3);
    status_ = 0;
    for (const char digit : code) status_ = status_ * 10 + (digit - '0');
    received_headers_.clear();
  } else if (!trimmed(line).empty()) {
    const std::size_t colon = line.find(':');
    const std::string_view value = colon == line.npos ? "" : line.substr(colon + 1);
    received_headers_.push_back(
        {std::string(trimmed(line.substr(0, colon))), std::string(trimmed(value))});
  } else if (status_ >= 200) {  // below it is only a word on the way
    has_head_ = true;
    call([&] {
      if (events_.on_head) events_.on_head(status_, received_headers_);
    });
  }
  return !cancelled_;
}

bool Transfer::take_body(std::string_view bytes) {
  last_byte_ms_ = steady_ms();
  body_bytes_ += bytes.size();
  too_large_ = too_large_ || body_bytes_ > request_.response_bytes_max;
  if (too_large_ || !has_head_) return false;  // after 101 there would be bytes of another protocol
  call([&] {
    if (events_.on_body) events_.on_body(bytes);
  });
  return !cancelled_;
}

std::optional<Error> Transfer::outcome(CURLcode code) const {
  if (too_large_) return Error{Errc::too_large, "The answer of the server is too large."};
  if (code == CURLE_OK && has_head_) return std::nullopt;
  if (was_refused_ && code == CURLE_COULDNT_CONNECT)
    return Error{Errc::upstream_failed, "No connection is made to this kind of address."};
  if (code == CURLE_OK) return Error{Errc::upstream_failed, "The server gave no answer."};
  if (is_cut(code))
    return Error{Errc::upstream_failed, "The connection ended before the answer did."};
  return Error{Errc::upstream_failed,
               std::string("The request failed: ") + curl_easy_strerror(code) + "."};
}

std::optional<Error> Transfer::overdue(std::int64_t now_ms) const {
  if (!has_head_ && now_ms - started_ms_ >= request_.first_byte_timeout_ms) {
    return Error{Errc::upstream_failed, "The server did not answer in time."};
  }
  if (has_head_ && now_ms - last_byte_ms_ >= request_.idle_timeout_ms) {
    return Error{Errc::upstream_failed, "The server stopped in the middle of its answer."};
  }
  return std::nullopt;
}

void Transfer::finish(const std::optional<Error>& error) {
  call([&] {
    if (events_.on_done) events_.on_done(error ? &*error : nullptr);
  });
  events_ = {};
}

}  // namespace threadkeep::http
