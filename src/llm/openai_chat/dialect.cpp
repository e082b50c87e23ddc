#include "llm/openai_chat/dialect.h"

#include <algorithm>
#include <array>

namespace threadkeep::llm {
namespace {

struct DialectRow {
  std::string_view
      address;  // a beginning of the base URL: a name alone says nothing of who is there
  Dialect dialect;
};

using Usage = Dialect::UsageReport;
using Back = Dialect::ReasoningBack;
using Effort = Dialect::EffortForm;

constexpr auto rows = std::to_array<DialectRow>({
    // Its reasoning models refuse the older name.
    {"https://api.openai.com/",
     {Usage::on_request, Back::never, Effort::member, "max_completion_tokens"}},
    {"https://openrouter.ai/", {Usage::on_request, Back::never, Effort::object, "max_tokens"}},
    {"https://api.mistral.ai/", {Usage::always, Back::never, Effort::none, "max_tokens"}},
    {"https://api.deepseek.com/",
     {Usage::on_request, Back::with_tool_calls, Effort::none, "max_tokens"}},
});

}  // namespace

Dialect dialect_of(const Vendor& vendor) {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const DialectRow& entry) {
    return vendor.base_url.rfind(entry.address, 0) == 0;
  });
  return row == rows.end() ? Dialect{} : row->dialect;
}

}  // namespace threadkeep::llm
