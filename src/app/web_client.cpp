#include "app/web_client.h"

#include <utility>

#include "api/problem.h"
#include "app/web_assets/web_asset_response.h"

namespace threadkeep {

http::Response web_client_response(const http::RequestHead& head) {
  auto response = web_asset_response(head);
  if (!response) {
    return api::problem({Errc::not_found, "There is nothing at this address."},
                        head.request_number);
  }
  return std::move(*response);
}

}  // namespace threadkeep
