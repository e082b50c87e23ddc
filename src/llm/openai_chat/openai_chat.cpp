#include "llm/openai_chat/openai_chat.h"

#include <utility>

#include "llm/openai_chat/chat_parser.h"
#include "llm/openai_chat/chat_request.h"
#include "llm/openai_chat/dialect.h"
#include "llm/openai_chat/model_rows.h"
#include "llm/streamed_call.h"

namespace threadkeep::llm {
namespace {

http::OutboundRequest signed_request(const Vendor& vendor, std::string_view path) {
  http::OutboundRequest request = request_to(vendor.base_url, path);
  if (!vendor.api_key.empty())
    request.headers.push_back({"Authorization", "Bearer " + vendor.api_key});
  return request;
}

}  // namespace

std::unique_ptr<Call> OpenAiChat::list(const Vendor& vendor, std::chrono::milliseconds wait_max,
                                       std::function<void(ModelRows)> on_rows) {
  return fetch_document(outbound_, signed_request(vendor, "/models"), wait_max,
                        [vendor, on_rows = std::move(on_rows)](const auto& body) {
                          on_rows(body ? read_model_list(vendor, *body) : std::nullopt);
                        });
}

std::unique_ptr<Call> OpenAiChat::start(const Vendor& vendor, const Request& request,
                                        std::function<void(Event)> on_event) {
  AnswerParserOptions options;
  options.asked = Asked{vendor.label, request.model, vendor.api_key};
  options.tool_id_prefix = random_tool_id_prefix();
  options.tool_names = ToolNames(request.tools);
  std::string body = chat_request_body(request, dialect_of(vendor), options.tool_names);
  const auto make_parser = [&options](const std::function<void(Event)>& listener) {
    return std::make_unique<OpenAiChatParser>(std::move(options), listener);
  };
  return start_streamed(outbound_, signed_request(vendor, "/chat/completions"), std::move(body),
                        make_parser, std::move(on_event));
}

}  // namespace threadkeep::llm
