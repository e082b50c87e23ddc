#include "http/server/output.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace threadkeep::http {

namespace {

iovec slice(std::string_view bytes) { return {const_cast<char*>(bytes.data()), bytes.size()}; }

// How many bytes the socket took: 0 when it is full, -1 when it is broken.
ssize_t send_some(int socket, iovec* slices, std::size_t count) {
  msghdr message{};
  message.msg_iov = slices;
  message.msg_iovlen = count;
  for (;;) {
    const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return sent;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    if (errno != EINTR) return -1;
  }
}

}  // namespace

std::size_t Output::held_bytes() const {
  std::size_t bytes = 0;
  for (const Piece& piece : pieces_) bytes += piece.owned.capacity();
  return bytes;
}

Output::Outcome Output::send(int socket, std::string_view head, Piece body) {
  std::array<iovec, 2> slices{};
  std::size_t count = 0;
  if (!head.empty()) slices[count++] = slice(head);
  if (!body.rest().empty()) slices[count++] = slice(body.rest());
  if (count == 0) return Outcome::all_sent;
  const ssize_t sent = send_some(socket, slices.data(), count);
  if (sent < 0) return Outcome::broken;
  const std::size_t of_head = std::min(static_cast<std::size_t>(sent), head.size());
  if (of_head < head.size()) pieces_.push_back({std::string(head.substr(of_head)), {}, 0});
  body.offset += static_cast<std::size_t>(sent) - of_head;
  if (!body.rest().empty()) pieces_.push_back(std::move(body));
  return pieces_.empty() ? Outcome::all_sent : Outcome::blocked;
}

Output::Outcome Output::resume(int socket, std::size_t& sent) {
  sent = 0;
  while (!pieces_.empty()) {
    Piece& front = pieces_.front();
    iovec one = slice(front.rest());
    const ssize_t taken = send_some(socket, &one, 1);
    if (taken < 0) return Outcome::broken;
    if (taken == 0) return Outcome::blocked;
    sent += static_cast<std::size_t>(taken);
    front.offset += static_cast<std::size_t>(taken);
    if (front.rest().empty()) pieces_.erase(pieces_.begin());
  }
  pieces_ = {};
  return Outcome::all_sent;
}

}  // namespace threadkeep::http
