// From a request to its handler: hosts, origins, routes, bodies, headers that every answer carries.
#pragma once

#include <string_view>

#include "api/services.h"
#include "http/http.h"

namespace threadkeep::api {

// Safe from several threads; `services` must outlive it.
class Application final : public http::Application {
 public:
  explicit Application(Services& services) : services_(services) {}

  http::BodyPlan plan_body(const http::RequestHead& head) override;
  http::Reply handle(http::Request request, const http::Responder& responder) override;
  http::Response refusal(int status, std::string_view name, std::string_view detail,
                         std::uint64_t request_number) override;

 private:
  Services& services_;
};

}  // namespace threadkeep::api
