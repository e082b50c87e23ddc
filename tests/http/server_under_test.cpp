#include "http/server_under_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <iterator>
#include <stdexcept>

#include "base/ascii.h"
#include "http/names.h"

namespace threadkeep::http {

Response text_response(std::string body) {
  return Response{
      .status = 200, .headers = {{"Content-Type", "text/plain"}}, .body = std::move(body)};
}

namespace {

class TestRequest final : public AdmittedRequest {
 public:
  TestRequest(TestApplication& application, const BodyPlan& plan, Lane lane)
      : application_(application), plan_(plan), lane_(lane) {}

  BodyPlan body_plan() const override { return plan_; }
  Lane lane() const override { return lane_; }
  Reply handle(Request request, const Responder& responder) const override {
    if (application_.handler) return application_.handler(std::move(request), responder);
    return text_response(std::string(method_name(request.method)) + "\n" + request.path + "\n" +
                         request.query + "\n" + request.body);
  }
  Response refusal(const Refusal& refusal, std::uint64_t request_number) const override {
    return application_.refuse_admitted ? application_.refuse_admitted(refusal)
                                        : application_.refusal(refusal, request_number);
  }

 private:
  TestApplication& application_;
  const BodyPlan plan_;
  const Lane lane_;
};

}  // namespace

HeadDecision TestApplication::decide(const RequestHead& head) {
  Plan planned = plan(head);
  if (auto* response = std::get_if<Response>(&planned)) return std::move(*response);
  return std::make_unique<TestRequest>(*this, std::get<BodyPlan>(planned), lane(head));
}

Response TestApplication::refusal(const Refusal& refusal, std::uint64_t) {
  return Response{.status = refusal.status,
                  .headers = {{"Content-Type", "application/problem+json"}},
                  .body = std::string(refusal.problem)};
}

void Server::start() {
  auto opened = Listener::open(options, application);
  if (!opened) throw std::runtime_error(opened.error().detail);
  listener = std::move(*opened);
  listener->start();
}

std::string Received::header(std::string_view name) const {
  std::string_view rest = head;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(rest.size(), line.size() + 2));
    const std::size_t colon = line.find(": ");
    if (colon != line.npos && equals_ignoring_case(line.substr(0, colon), name)) {
      return std::string(line.substr(colon + 2));
    }
  }
  return {};
}

Client::Client(std::uint16_t port, int receive_buffer, const char* own_address)
    : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (receive_buffer > 0) {
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  const timeval limit{20, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (own_address != nullptr) {
    sockaddr_in own{};
    own.sin_family = AF_INET;
    ::inet_pton(AF_INET, own_address, &own.sin_addr);
    if (::bind(descriptor_, reinterpret_cast<sockaddr*>(&own), sizeof own) != 0) {
      throw std::runtime_error("cannot bind");
    }
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("cannot connect");
  }
}

Client::~Client() { ::close(descriptor_); }

bool Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    was_reset_ = was_reset_ || (sent < 0 && (errno == ECONNRESET || errno == EPIPE));
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Client::fill() {
  std::array<char, 65536> bytes{};
  const ssize_t size = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
  was_reset_ = was_reset_ || (size < 0 && errno == ECONNRESET);
  if (size <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(size));
  return true;
}

std::optional<std::string> Client::decode_chunks() {
  std::string body;
  for (;;) {
    std::size_t line_end = 0;
    while ((line_end = buffer_.find("\r\n")) == std::string::npos) {
      if (!fill()) return std::nullopt;
    }
    std::size_t size = 0;
    std::from_chars(buffer_.data(), buffer_.data() + line_end, size, 16);
    while (buffer_.size() < line_end + 2 + size + 2) {
      if (!fill()) return std::nullopt;
    }
    body += buffer_.substr(line_end + 2, size);
    buffer_.erase(0, line_end + 2 + size + 2);
    if (size == 0) return body;
  }
}

std::optional<Received> Client::receive(Expect expect) {
  std::size_t head_end = 0;
  while ((head_end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return std::nullopt;
  }
  Received received;
  received.head = buffer_.substr(0, head_end + 4);
  buffer_.erase(0, head_end + 4);
  std::from_chars(received.head.data() + 9, received.head.data() + 12, received.status);
  if (expect == Expect::head_only || received.status == 100) return received;
  if (received.header("Transfer-Encoding") == "chunked") {
    auto body = decode_chunks();
    if (!body) return std::nullopt;
    received.body = std::move(*body);
    return received;
  }
  const std::string length = received.header("Content-Length");
  std::size_t size = 0;
  std::from_chars(length.data(), length.data() + length.size(), size);
  while (buffer_.size() < size) {
    if (!fill()) return std::nullopt;
  }
  received.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return received;
}

std::string Client::receive_rest() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

std::string Client::receive_some() {
  if (buffer_.empty()) fill();
  return std::exchange(buffer_, {});
}

bool Client::wait_for_end(std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    pollfd poll_for{descriptor_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&poll_for, 1, static_cast<int>(left.count())) <= 0)
      return false;
    if (!fill()) return true;
  }
}

void Client::close_sending_side() { ::shutdown(descriptor_, SHUT_WR); }

void Client::reset() {
  const linger now{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(descriptor_);
  descriptor_ = -1;
}

std::size_t open_files() {
  const std::filesystem::directory_iterator entries("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

std::string get(std::string_view path, std::string_view headers) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a.example\r\n" + std::string(headers) +
         "\r\n";
}

std::string post(std::string_view path, std::string_view body, std::string_view headers) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: a.example\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(headers) + "\r\n" + std::string(body);
}

}  // namespace threadkeep::http
