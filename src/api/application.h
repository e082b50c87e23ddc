// From a request to its handler: which surface, which route, who asks, what every reply carries.
#pragma once

#include <vector>

#include "api/services.h"
#include "api/surface.h"
#include "http/http.h"

namespace threadkeep::api {

// Safe from several threads; `services` and what the surfaces point to must outlive it.
class Application final : public http::Application {
 public:
  // One of the surfaces is the root (an empty prefix). A path belongs to the one with the longest
  // prefix that it lies under.
  Application(Services& services, std::vector<Surface> surfaces);

  http::HeadDecision decide(const http::RequestHead& head) override;
  // In the form of the root: there is no path yet that would name another surface.
  http::Response refusal(const http::Refusal& refusal, std::uint64_t request_number) override;

 private:
  const Surface& surface_of(std::string_view path) const;

  Services& services_;
  std::vector<Surface> surfaces_;  // longest prefix first
};

}  // namespace threadkeep::api
