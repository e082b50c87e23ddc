// An answer over the OpenAI chat completions protocol.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/outbound.h"
#include "llm/provider.h"
#include "llm/vendors.h"

namespace threadkeep::llm {

// Asks the vendor for Request::model. Events as in provider.h, from the outbound thread. `outbound`
// must outlive the call.
std::unique_ptr<Call> start_openai_chat(http::Outbound& outbound, const Vendor& vendor,
                                        const Request& request,
                                        std::function<void(Event)> on_event);

// The headers of every request to the vendor, without those of a body.
std::vector<http::Header> vendor_headers(const Vendor& vendor);

}  // namespace threadkeep::llm
