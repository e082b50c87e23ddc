#include "llm/anthropic_messages/anthropic_messages.h"

#include <utility>

#include "json/json.h"
#include "llm/anthropic_messages/messages_parser.h"
#include "llm/anthropic_messages/messages_request.h"
#include "llm/foreign_words.h"
#include "llm/streamed_call.h"

namespace threadkeep::llm {
namespace {

// All of them, in one page.
constexpr std::string_view models_path = "/models?limit=1000";

http::OutboundRequest signed_request(const Vendor& vendor, std::string_view path) {
  http::OutboundRequest request = request_to(vendor.base_url, path);
  request.headers.push_back({"anthropic-version", "2023-06-01"});
  if (!vendor.api_key.empty()) request.headers.push_back({"x-api-key", vendor.api_key});
  return request;
}

}  // namespace

std::unique_ptr<Call> AnthropicMessages::list(const Vendor& vendor,
                                              std::chrono::milliseconds wait_max,
                                              std::function<void(VendorModels)> on_models) {
  return fetch_models(outbound_, signed_request(vendor, models_path), vendor, wait_max,
                      read_anthropic_models, std::move(on_models));
}

Takes AnthropicMessages::takes(const Vendor& /*vendor*/, std::string_view /*model*/) const {
  return messages_takes;
}

std::unique_ptr<Call> AnthropicMessages::start(const Vendor& vendor, const Request& request,
                                               std::function<void(Event)> on_event) {
  AnswerParserOptions options;
  options.asked = asked_of(vendor, request.model);
  options.tool_id_prefix = random_tool_id_prefix();
  options.tool_names = ToolNames(request.tools);
  std::string body = messages_request_body(request, options.tool_names);
  const auto make_parser = [&options](const std::function<void(Event)>& listener) {
    return std::make_unique<AnthropicMessagesParser>(std::move(options), listener);
  };
  return start_streamed(outbound_, signed_request(vendor, "/messages"), std::move(body),
                        make_parser, std::move(on_event));
}

ModelRows read_anthropic_models(const Vendor& vendor, std::string_view body) {
  const auto document = json::Document::parse(std::string(body), json::Mode::foreign);
  if (!document || !document->root()["data"].is_array()) return std::nullopt;
  std::vector<ModelRow> rows;
  for (const json::Value row : document->root()["data"].items()) {
    const std::string id(row["id"].string());
    if (id.empty()) continue;
    const std::string_view name = row["display_name"].string();
    ModelRow model;
    model.id = vendor.name + "/" + id;
    model.name = clean_words(name.empty() ? id : name, vendor.api_key);
    model.vendor = vendor.label;
    rows.push_back(std::move(model));
  }
  return rows;
}

}  // namespace threadkeep::llm
