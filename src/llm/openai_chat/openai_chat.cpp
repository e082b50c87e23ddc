#include "llm/openai_chat/openai_chat.h"

#include <utility>

#include "llm/openai/openai.h"
#include "llm/openai_chat/chat_parser.h"
#include "llm/openai_chat/chat_request.h"
#include "llm/openai_chat/dialect.h"
#include "llm/streamed_call.h"

namespace threadkeep::llm {
std::unique_ptr<Call> OpenAiChat::list(const Vendor& vendor, std::chrono::milliseconds wait_max,
                                       std::function<void(VendorModels)> on_models) {
  return list_models(outbound_, vendor, wait_max, std::move(on_models));
}

Takes OpenAiChat::takes(const Vendor& vendor, std::string_view model) const {
  return dialect_of(vendor, model).takes;
}

std::unique_ptr<Call> OpenAiChat::start(const Vendor& vendor, const Request& request,
                                        std::function<void(Event)> on_event) {
  AnswerParserOptions options;
  options.asked = asked_of(vendor, request.model);
  options.tool_id_prefix = random_tool_id_prefix();
  options.tool_names = ToolNames(request.tools);
  const Dialect dialect = dialect_of(vendor, request.model);
  options.tells_dollars = dialect.usage == Dialect::UsageReport::with_cost;
  std::string body = chat_request_body(request, dialect, options.tool_names);
  const auto make_parser = [&options](const std::function<void(Event)>& listener) {
    return std::make_unique<OpenAiChatParser>(std::move(options), listener);
  };
  return start_streamed(outbound_,
                        signed_request(vendor, Endpoint::chat_completions, request.model),
                        std::move(body), make_parser, std::move(on_event));
}

}  // namespace threadkeep::llm
