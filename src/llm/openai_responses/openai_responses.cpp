#include "llm/openai_responses/openai_responses.h"

#include <utility>

#include "llm/openai/openai.h"
#include "llm/openai_responses/responses_parser.h"
#include "llm/openai_responses/responses_request.h"
#include "llm/streamed_call.h"

namespace threadkeep::llm {

std::unique_ptr<Call> OpenAiResponses::list(const Vendor& vendor,
                                            std::chrono::milliseconds wait_max,
                                            std::function<void(VendorModels)> on_models) {
  return list_models(outbound_, vendor, wait_max, std::move(on_models));
}

Takes OpenAiResponses::takes(const Vendor& vendor, std::string_view /*model*/) const {
  return takes_of(vendor);
}

std::unique_ptr<Call> OpenAiResponses::start(const Vendor& vendor, const Request& request,
                                             std::function<void(Event)> on_event) {
  AnswerParserOptions options;
  options.asked = asked_of(vendor, request.model);
  options.tool_id_prefix = random_tool_id_prefix();
  options.tool_names = ToolNames(request.tools);
  std::string body =
      responses_request_body(request, responses_dialect(vendor, request.model), options.tool_names);
  const auto make_parser = [&options](const std::function<void(Event)>& listener) {
    return std::make_unique<ResponsesParser>(std::move(options), listener);
  };
  return start_streamed(outbound_, signed_request(vendor, Endpoint::responses, request.model),
                        std::move(body), make_parser, std::move(on_event));
}

}  // namespace threadkeep::llm
