// Calls over HTTP, whatever protocol they speak.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/outbound.h"
#include "llm/answer_parser.h"
#include "llm/protocol.h"
#include "llm/provider.h"

namespace threadkeep::llm {

// For sentences about the vendor: whoever entered it looks for its key in the page, not in the
// server's settings.
Asked asked_of(const Vendor& vendor, std::string model);

// A request to the vendor that names this program. Headers that authenticate are the protocol's.
http::OutboundRequest request_to(std::string_view base_url, std::string_view path);

// Sends the body with POST and hands what comes back to the parser that `make_parser` makes for the
// listener it is given. `on_event` as in Models::start, from the thread of `outbound`, which must
// outlive the call.
using MakeParser =
    std::function<std::unique_ptr<AnswerParser>(const std::function<void(Event)>& on_event)>;
std::unique_ptr<Call> start_streamed(http::Outbound& outbound, http::OutboundRequest request,
                                     std::string body, const MakeParser& make_parser,
                                     std::function<void(Event)> on_event);

// Asks for the vendor's list of models with GET, as in Protocol::list, and has it read by `read`.
using ReadModels = ModelRows (*)(const Vendor& vendor, std::string_view body);
std::unique_ptr<Call> fetch_models(http::Outbound& outbound, http::OutboundRequest request,
                                   const Vendor& vendor, std::chrono::milliseconds wait_max,
                                   ReadModels read, std::function<void(VendorModels)> on_models);

// The beginning of ids that are made up for tool uses of one answer. Must differ between answers;
// what vendors are sent is counted anew anyway.
std::string random_tool_id_prefix();

}  // namespace threadkeep::llm
