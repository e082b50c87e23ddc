#include "store/postgres_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <utility>

namespace threadkeep::test {
namespace {

sockaddr_un address_in(const std::string& folder) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = folder + "/.s.PGSQL.5432";
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("path too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

int connect_to(const std::string& folder) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = address_in(folder);
  if (connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("PostgreSQL cannot be reached");
  }
  return socket;
}

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::size_t length_at(std::string_view bytes, std::size_t offset) {
  std::size_t length = 0;
  for (std::size_t i = offset; i < offset + 4; ++i) {
    length = length << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return length;
}

}  // namespace

// One connection: what has come from either side and is no whole message yet.
struct PostgresProxy::Pair {
  int client = -1;
  int server = -1;
  std::string from_client;
  std::string from_server;
  bool has_started = false;  // the first message of a client has no type byte
};

PostgresProxy::PostgresProxy(std::string server_folder) : server_folder_(std::move(server_folder)) {
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = address_in(folder());
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener_, 16) != 0 || pipe(wake_) != 0) {
    throw std::runtime_error("the proxy does not start");
  }
  acceptor_ = std::thread([this] { accept_all(); });
}

PostgresProxy::~PostgresProxy() {
  close(wake_[1]);
  acceptor_.join();
  for (std::thread& carrier : carriers_) carrier.join();
  close(wake_[0]);
  close(listener_);
}

void PostgresProxy::plan(const Cut& cut) {
  const std::lock_guard lock(mutex_);
  cut_ = cut;
  was_cut_ = false;
}

bool PostgresProxy::allow() {
  const std::lock_guard lock(mutex_);
  cut_.reset();
  return was_cut_;
}

void PostgresProxy::accept_all() {
  for (;;) {
    pollfd wanted[] = {{listener_, POLLIN, 0}, {wake_[0], 0, 0}};
    poll(wanted, 2, -1);
    if (wanted[1].revents != 0) return;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    bool is_cut_off = false;
    {
      const std::lock_guard lock(mutex_);
      is_cut_off = was_cut_ && cut_ && cut_->lets_back_in == Cut::LetsBackIn::no;
    }
    if (is_cut_off) {
      close(client);
      continue;
    }
    carriers_.emplace_back([this, client] {
      Pair pair;
      pair.client = client;
      pair.server = connect_to(server_folder_);
      carry(pair);
      close(pair.client);
      close(pair.server);
    });
  }
}

void PostgresProxy::carry(Pair& pair) {
  for (;;) {
    pollfd wanted[] = {{pair.client, POLLIN, 0}, {pair.server, POLLIN, 0}, {wake_[0], 0, 0}};
    poll(wanted, 3, -1);
    if (wanted[2].revents != 0) return;
    // What a server said before it went must still arrive: its side first.
    if (wanted[1].revents != 0 && !pass_on(pair, Direction::to_client)) return;
    if (wanted[0].revents != 0 && !pass_on(pair, Direction::to_server)) return;
  }
}

bool PostgresProxy::pass_on(Pair& pair, Direction direction) {
  const bool is_to_server = direction == Direction::to_server;
  std::string& waiting = is_to_server ? pair.from_client : pair.from_server;
  char buffer[16 << 10];
  const ssize_t count = recv(is_to_server ? pair.client : pair.server, buffer, sizeof buffer, 0);
  if (count <= 0) return false;
  waiting.append(buffer, static_cast<std::size_t>(count));
  for (;;) {
    const bool is_first = is_to_server && !pair.has_started;
    const std::size_t type_bytes = is_first ? 0 : 1;
    if (waiting.size() < type_bytes + 4) return true;
    const std::size_t length = type_bytes + length_at(waiting, type_bytes);
    if (waiting.size() < length) return true;
    if (is_the_cut(direction)) return false;
    pair.has_started = pair.has_started || is_first;
    const std::string_view message = std::string_view(waiting).substr(0, length);
    if (!send_all(is_to_server ? pair.server : pair.client, message)) return false;
    waiting.erase(0, length);
  }
}

bool PostgresProxy::is_the_cut(Direction direction) {
  const std::lock_guard lock(mutex_);
  if (!cut_ || was_cut_ || cut_->direction != direction) return false;
  was_cut_ = --cut_->message == 0;
  return was_cut_;
}

}  // namespace threadkeep::test
