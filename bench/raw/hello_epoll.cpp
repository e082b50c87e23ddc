// The HTTP ceiling: one thread, epoll, a constant answer. Usage: bench_hello PORT
// It looks only for the end of the header block, so it answers GET requests, pipelined or cut
// anywhere, and nothing else.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>

namespace {

constexpr std::string_view answer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 27\r\n\r\n"
    "{\"message\":\"Hello, World!\"}";

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

int listen_on(std::uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) fail("socket");
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("bind");
  if (listen(listener, SOMAXCONN) != 0) fail("listen");
  return listener;
}

void watch(int poller, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  if (epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event) != 0) fail("epoll_ctl");
}

// Appends one answer for each complete request in `input` and removes those requests from it.
void answer_requests(std::string& input, std::string& output) {
  constexpr std::string_view end_of_head = "\r\n\r\n";
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = input.find(end_of_head, begin)) != std::string::npos;) {
    output += answer;
    begin = end + end_of_head.size();
  }
  input.erase(0, begin);
}

// False when the connection is over.
bool serve_connection(int connection, std::string& input) {
  static std::array<char, 65536> buffer;
  const ssize_t received = recv(connection, buffer.data(), buffer.size(), 0);
  if (received < 0) return errno == EAGAIN;
  if (received == 0) return false;
  input.append(buffer.data(), static_cast<std::size_t>(received));
  std::string output;
  answer_requests(input, output);
  // A client that does not read its answers is cut off: this is a ceiling, not a server.
  return send(connection, output.data(), output.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(output.size());
}

void serve(std::uint16_t port) {
  const int listener = listen_on(port);
  const int poller = epoll_create1(EPOLL_CLOEXEC);
  if (poller < 0) fail("epoll_create1");
  watch(poller, listener);
  std::unordered_map<int, std::string> inputs;
  std::array<epoll_event, 256> events;
  for (;;) {
    const int ready = epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == listener) {
        const int connection = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (connection < 0) continue;
        const int on = 1;
        setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(poller, connection);
      } else if (!serve_connection(descriptor, inputs[descriptor])) {
        inputs.erase(descriptor);
        close(descriptor);
      }
    }
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fputs("usage: bench_hello PORT\n", stderr);
    return 64;
  }
  serve(static_cast<std::uint16_t>(std::atoi(arguments[1])));
}
