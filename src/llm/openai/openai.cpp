#include "llm/openai/openai.h"

#include <utility>

#include "llm/openai/model_rows.h"
#include "llm/openai/model_settings.h"
#include "llm/streamed_call.h"

namespace threadkeep::llm {

http::OutboundRequest signed_request(const Vendor& vendor, std::string_view path) {
  http::OutboundRequest request = request_to(vendor.base_url, path);
  if (!vendor.api_key.empty())
    request.headers.push_back({"Authorization", "Bearer " + vendor.api_key});
  return request;
}

std::unique_ptr<Call> list_models(http::Outbound& outbound, const Vendor& vendor,
                                  std::chrono::milliseconds wait_max,
                                  std::function<void(ModelRows)> on_rows) {
  return fetch_document(outbound, signed_request(vendor, "/models"), wait_max,
                        [vendor, on_rows = std::move(on_rows)](const auto& body) {
                          on_rows(body ? read_model_list(vendor, *body) : std::nullopt);
                        });
}

std::unique_ptr<Call> OpenAi::list(const Vendor& vendor, std::chrono::milliseconds wait_max,
                                   std::function<void(ModelRows)> on_rows) {
  return chat_->list(vendor, wait_max, std::move(on_rows));
}

std::unique_ptr<Call> OpenAi::start(const Vendor& vendor, const Request& request,
                                    std::function<void(Event)> on_event) {
  Protocol& protocol = is_reasoning_model(request.model) ? *responses_ : *chat_;
  return protocol.start(vendor, request, std::move(on_event));
}

}  // namespace threadkeep::llm
