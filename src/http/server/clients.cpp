#include "http/server/clients.h"

#include <algorithm>

namespace threadkeep::http {

Clients::Key Clients::key_of(const boost::asio::ip::address& address) {
  Key key{};
  if (address.is_v6() && !address.to_v6().is_v4_mapped()) {
    const auto bytes = address.to_v6().to_bytes();
    std::copy_n(bytes.begin(), key.size(), key.begin());
    return key;
  }
  // No network of IPv6 that is given to anybody begins with zeros.
  const auto v4 = address.is_v4() ? address.to_v4()
                                  : boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped,
                                                                     address.to_v6());
  const auto bytes = v4.to_bytes();
  std::copy_n(bytes.begin(), bytes.size(), key.begin() + 4);
  return key;
}

std::shared_ptr<ClientShare> Clients::at(const boost::asio::ip::address& address) {
  if (all_.size() >= sweep_at_) {
    std::erase_if(all_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max<std::size_t>(64, all_.size() * 2);
  }
  auto& known = all_[key_of(address)];
  auto share = known.lock();
  if (!share) {
    share =
        std::make_shared<ClientShare>(std::make_shared<MemoryAccount>(client_bytes_max_, memory_));
    known = share;
  }
  return share;
}

}  // namespace threadkeep::http
