#include "http/outbound.h"
namespace threadkeep::http {
std::unique_ptr<Outbound> Outbound::create() { return nullptr; }
}  // namespace threadkeep::http
