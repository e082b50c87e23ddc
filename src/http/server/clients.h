// The clients that have connections, known by their addresses.
#pragma once

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <map>
#include <memory>

#include "http/server/memory_account.h"

namespace threadkeep::http {

// What the connections from one address share.
struct ClientShare {
  explicit ClientShare(std::shared_ptr<MemoryAccount> client_memory)
      : memory(std::move(client_memory)) {}
  const std::shared_ptr<MemoryAccount> memory;
  int connections = 0;  // listener's thread
};

// Listener's thread. An address of IPv4 is a client; of IPv6 the network of 64 bits is, which one
// household has.
class Clients {
 public:
  // `memory` is what all clients share; each may hold `client_bytes_max` of it.
  Clients(std::shared_ptr<MemoryAccount> memory, std::size_t client_bytes_max)
      : memory_(std::move(memory)), client_bytes_max_(client_bytes_max) {}

  // The one at this address; kept here only as long as somebody else has it too.
  std::shared_ptr<ClientShare> at(const boost::asio::ip::address& address);

 private:
  using Key = std::array<std::uint8_t, 8>;
  static Key key_of(const boost::asio::ip::address& address);

  const std::shared_ptr<MemoryAccount> memory_;
  const std::size_t client_bytes_max_;
  std::map<Key, std::weak_ptr<ClientShare>> all_;
  std::size_t sweep_at_ = 64;  // how many are known when those that have gone are forgotten
};

}  // namespace threadkeep::http
