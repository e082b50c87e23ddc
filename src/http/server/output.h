// Bytes that a socket would not take yet.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace threadkeep::http {

// A piece of an answer: its own bytes, or bytes that live for ever.
struct Piece {
  std::string owned;
  std::string_view fixed;  // counts when `owned` is empty
  std::size_t offset = 0;

  std::string_view rest() const {
    return (owned.empty() ? fixed : std::string_view(owned)).substr(offset);
  }
};

// Writes without blocking and keeps the rest. One thread.
class Output {
 public:
  enum class Outcome { all_sent, blocked, broken };

  bool empty() const { return pieces_.empty(); }
  // What the pieces hold in memory: the whole of each as long as a byte of it is left.
  std::size_t held_bytes() const;
  // Only when empty(): sends `head` and then `body`, and keeps what the socket did not take.
  Outcome send(int socket, std::string_view head, Piece body);
  // Sends more of what is kept. `sent` is what the socket took.
  Outcome resume(int socket, std::size_t& sent);

 private:
  std::vector<Piece> pieces_;
};

}  // namespace threadkeep::http
