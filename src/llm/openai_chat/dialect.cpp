#include "llm/openai_chat/dialect.h"

#include <algorithm>
#include <array>

#include "llm/openai/model_settings.h"

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

constexpr std::string_view newer_name = "max_completion_tokens";
constexpr std::string_view older_name = "max_tokens";

constexpr auto rows = std::to_array<DialectRow>({
    {"https://openrouter.ai/", {Usage::with_cost, Back::never, Effort::object, older_name}},
    {"https://api.mistral.ai/", {Usage::always, Back::never, Effort::member, older_name}},
    {"https://api.deepseek.com/",
     {Usage::on_request, Back::with_tool_calls, Effort::member, older_name}},
    {"https://api.groq.com/", {Usage::on_request, Back::never, Effort::member, newer_name}},
    {"https://api.x.ai/", {Usage::on_request, Back::never, Effort::member, newer_name}},
});

}  // namespace

Dialect dialect_of(const Vendor& vendor, std::string_view model) {
  const auto row = std::find_if(rows.begin(), rows.end(), [&](const DialectRow& entry) {
    return vendor.base_url.starts_with(entry.address);
  });
  Dialect dialect = row == rows.end() ? Dialect{} : row->dialect;
  // OpenAI's reasoning models refuse the older name.
  if (has_models_of_openai(vendor)) dialect.output_tokens_max = newer_name;
  if (has_models_of_openai(vendor) || vendor.base_url.starts_with("https://openrouter.ai/"))
    dialect.takes.documents = Takes::Documents::pdf;
  // It refuses a message that is more than text.
  if (vendor.base_url.starts_with("https://api.deepseek.com/"))
    dialect.takes.pictures = Takes::Pictures::none;
  if (!takes_effort(vendor, model)) dialect.effort = Effort::none;
  dialect.takes_temperature = takes_temperature(vendor, model);
  return dialect;
}

}  // namespace threadkeep::llm
