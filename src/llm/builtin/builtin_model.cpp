#include "llm/builtin/builtin_model.h"

#include <cstdio>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "json/json.h"
#include "llm/builtin/dialogue.h"
#include "llm/builtin/reply.h"
#include "llm/builtin/words.h"

namespace threadkeep::llm {
namespace {

constexpr std::string_view not_mine =
    "\n\n*(Another model began this answer. The built-in one cannot go on with it.)*";

// What is left of the reply after the part that was said already.
std::string rest_of(std::string reply, const std::string& said) {
  if (said.empty()) return reply;
  if (reply.compare(0, said.size(), said) == 0) return reply.substr(said.size());
  return std::string(not_mine);
}

std::string call_id(std::uint64_t seed) {
  std::string id(32, '\0');
  const int length =
      std::snprintf(id.data(), id.size(), "builtin_%016llx", static_cast<unsigned long long>(seed));
  id.resize(static_cast<std::size_t>(length));
  return id;
}

}  // namespace

Vendor builtin_vendor() {
  Vendor vendor;
  vendor.name = "builtin";
  vendor.label = "Built in";
  vendor.protocol = ProtocolId::builtin;
  return vendor;
}

std::unique_ptr<Call> BuiltinModel::list(const Vendor& vendor, std::chrono::milliseconds,
                                         std::function<void(VendorModels)> on_models) {
  ModelRow row;
  row.id = vendor.name;
  row.name = "Built-in";
  row.vendor = vendor.label;
  row.description =
      "A small program, not an AI model: needs no key and no network, and shows what Threadkeep "
      "does.";
  on_models({{std::move(row)}, std::nullopt});
  return std::make_unique<Call>();
}

Takes BuiltinModel::takes(const Vendor& /*vendor*/, std::string_view /*model*/) const {
  return {.texts = Takes::Texts::none};
}

std::unique_ptr<Call> BuiltinModel::start(const Vendor&, const Request& request,
                                          std::function<void(Event)> on_event) {
  const Dialogue dialogue = read_dialogue(request);
  Reply reply = reply_to(dialogue, request.tools);
  const std::string text = rest_of(std::move(reply.text), dialogue.said);

  std::vector<std::string_view> words = split_keeping_space(text);
  const auto words_max = static_cast<std::uint64_t>(
      request.settings.output_tokens_max.value_or(std::numeric_limits<std::int64_t>::max()));
  const bool is_cut = words.size() > words_max;
  if (is_cut) words.resize(words_max);

  std::vector<Event> events;
  events.reserve(words.size() + 5);
  for (const std::string_view word : words) events.emplace_back(TextDelta{std::string(word)});
  Usage usage;
  usage.input_tokens = static_cast<std::int64_t>(dialogue.words);
  usage.output_tokens = static_cast<std::int64_t>(is_cut ? words.size() : count_words(text));
  Finished finished;
  if (is_cut) {
    finished.reason = Finished::Reason::length;
  } else if (reply.search) {
    std::string input;
    json::Writer(input).begin_object().member("query", *reply.search).end_object();
    finished.reason = Finished::Reason::tool_use;
    events.emplace_back(ToolUseBegun{call_id(dialogue.seed), std::string(search_tool)});
    events.emplace_back(ToolInputDelta{std::move(input)});
    events.emplace_back(ToolUseEnded{});
  }
  events.emplace_back(usage);
  events.emplace_back(finished);
  return calls_.start(std::move(events), word_pause_, std::move(on_event));
}

}  // namespace threadkeep::llm
