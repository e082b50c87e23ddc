#include "llm/openai/openai.h"

#include <utility>

#include "llm/openai/model_rows.h"
#include "llm/openai/model_settings.h"
#include "llm/path_step.h"
#include "llm/streamed_call.h"

namespace threadkeep::llm {

namespace {

http::OutboundRequest signed_request(const Vendor& vendor, std::string_view path) {
  http::OutboundRequest request = request_to(vendor.base_url, path);
  if (vendor.api_key.empty()) return request;
  if (vendor.key_header == Vendor::KeyHeader::api_key) {
    request.headers.push_back({"api-key", vendor.api_key});
  } else {
    request.headers.push_back({"Authorization", "Bearer " + vendor.api_key});
  }
  return request;
}

std::vector<ModelRow> named_models(const Vendor& vendor) {
  std::vector<ModelRow> rows;
  for (const std::string& name : vendor.models) {
    ModelRow row;
    row.id = vendor.name + "/" + name;
    row.name = name;
    row.vendor = vendor.label;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

http::OutboundRequest signed_request(const Vendor& vendor, Endpoint endpoint,
                                     std::string_view model) {
  const bool is_chat = endpoint == Endpoint::chat_completions;
  std::string path = is_chat ? "/chat/completions" : "/responses";
  if (!vendor.api_version.empty()) {
    if (is_chat) path.insert(0, "/deployments/" + path_step(model));
    path += "?api-version=" + path_step(vendor.api_version);
  }
  return signed_request(vendor, path);
}

std::unique_ptr<Call> list_models(http::Outbound& outbound, const Vendor& vendor,
                                  std::chrono::milliseconds wait_max,
                                  std::function<void(VendorModels)> on_models) {
  if (!vendor.models.empty()) {
    on_models({named_models(vendor), std::nullopt});
    return std::make_unique<Call>();
  }
  return fetch_models(outbound, signed_request(vendor, "/models"), vendor, wait_max,
                      read_model_list, std::move(on_models));
}

std::unique_ptr<Call> OpenAi::list(const Vendor& vendor, std::chrono::milliseconds wait_max,
                                   std::function<void(VendorModels)> on_models) {
  return chat_->list(vendor, wait_max, std::move(on_models));
}

Takes OpenAi::takes(const Vendor& vendor, std::string_view model) const {
  return protocol_for(model).takes(vendor, model);
}

std::unique_ptr<Call> OpenAi::start(const Vendor& vendor, const Request& request,
                                    std::function<void(Event)> on_event) {
  return protocol_for(request.model).start(vendor, request, std::move(on_event));
}

Protocol& OpenAi::protocol_for(std::string_view model) const {
  return is_reasoning_model(model) ? *responses_ : *chat_;
}

}  // namespace threadkeep::llm
