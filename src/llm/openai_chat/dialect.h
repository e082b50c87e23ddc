// How vendors that speak OpenAI's chat completions differ from OpenAI.
#pragma once

#include <string_view>

#include "llm/protocol.h"

namespace threadkeep::llm {

struct Dialect {
  enum class UsageReport {
    on_request,  // stream_options.include_usage
    with_cost,   // and usage.include: then it tells what the answer cost, in US dollars
    always,      // comes by itself, and asking for it is refused (Mistral)
  };
  enum class ReasoningBack {
    never,            // a model does not get its reasoning back (Mistral refuses it)
    with_tool_calls,  // as reasoning_content, without which DeepSeek refuses a message with calls
  };
  enum class EffortForm {
    none,    // there is no such setting, or naming it is refused
    member,  // "reasoning_effort": "high"
    object,  // "reasoning": {"effort": "high"}
  };
  UsageReport usage = UsageReport::on_request;
  ReasoningBack reasoning = ReasoningBack::never;
  EffortForm effort = EffortForm::member;
  std::string_view output_tokens_max = "max_tokens";  // the name of the setting
  bool takes_temperature = true;
  Takes takes = {Takes::Pictures::all, Takes::Documents::none, 20U << 20};
};

// Of the vendor, for this model of it. A vendor without an entry has the plain dialect.
Dialect dialect_of(const Vendor& vendor, std::string_view model);

}  // namespace threadkeep::llm
