#include "llm/anthropic_messages/messages_request.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "json/json.h"
#include "llm/alternating_turns.h"
#include "llm/anthropic_messages/signatures.h"
#include "llm/protocol.h"

namespace threadkeep::llm {
namespace {

constexpr std::int64_t budget_min = 1'024;  // a smaller one is refused

// A model of the vendor by the version in its name: 35 for "claude-3-5-haiku-20241022", 46 for
// "claude-opus-4-6". None: the name says nothing, as with other vendors that speak the protocol.
std::optional<int> version_of(std::string_view model) {
  if (!model.starts_with("claude-")) return std::nullopt;
  std::vector<int> numbers;
  for (std::size_t at = model.find('-'); at != std::string_view::npos; at = model.find('-', at)) {
    ++at;
    const std::string_view part = model.substr(at, model.find('-', at) - at);
    int number = 0;
    const auto [end, problem] = std::from_chars(part.data(), part.data() + part.size(), number);
    const bool is_version =
        problem == std::errc() && end == part.data() + part.size() && part.size() <= 2;
    if (is_version) {
      numbers.push_back(number);
    } else if (!numbers.empty()) {
      break;
    }
  }
  if (numbers.empty()) return std::nullopt;
  return numbers[0] * 10 + (numbers.size() > 1 ? std::min(numbers[1], 9) : 0);
}

// From 4.6 on the model decides by itself how much it thinks, by the effort; before, and at other
// vendors, it gets a budget of tokens.
bool thinks_by_effort(std::string_view model) { return version_of(model).value_or(0) >= 46; }

// From 4.7 on a request that names a temperature is refused.
bool takes_temperature(std::string_view model) { return version_of(model).value_or(0) < 47; }

bool is_thought(const Part& part) {
  return part.kind == Part::Kind::thinking && (after_name(part.signature, thinking_signature) ||
                                               after_name(part.signature, hidden_signature));
}

struct Thinking {
  bool by_effort = false;
  std::int64_t budget = 0;  // 0 and not by effort: none is asked for
};

// Within an answer whose earlier rounds came without thinking none can be asked for.
Thinking thinking_for(const Request& request, const std::vector<TurnMessage>& messages,
                      std::int64_t output_tokens_max) {
  Thinking thinking;
  if (!request.settings.effort) return thinking;
  if (thinks_by_effort(request.model)) {
    thinking.by_effort = true;
    return thinking;
  }
  const std::size_t begin = begin_of_answer(messages);
  const bool began_without = begin < messages.size() && messages[begin].is_assistant &&
                             !is_thought(messages[begin].parts.front());
  const std::int64_t budget =
      std::min(reasoning_budget(*request.settings.effort), output_tokens_max / 2);
  if (!began_without && budget >= budget_min) thinking.budget = budget;
  return thinking;
}

std::string_view effort_sent(Settings::Effort effort) {
  if (effort == Settings::Effort::medium) return "medium";
  return effort == Settings::Effort::high ? "high" : "low";
}

void write_thinking(json::Writer& writer, const Request& request, const Thinking& thinking) {
  if (thinking.by_effort) {
    // Newer models hide their thinking unless it is asked for.
    writer.key("thinking").begin_object().member("type", "adaptive");
    writer.member("display", "summarized").end_object();
    writer.key("output_config").begin_object();
    writer.member("effort", effort_sent(*request.settings.effort)).end_object();
  } else if (thinking.budget > 0) {
    writer.key("thinking").begin_object().member("type", "enabled");
    writer.member("budget_tokens", thinking.budget).end_object();
  } else if (request.settings.temperature && takes_temperature(request.model)) {
    writer.key("temperature").number(std::min(*request.settings.temperature, 1.0));
  }
}

void write_file(json::Writer& writer, const Part& part) {
  const bool is_picture = part.kind == Part::Kind::picture;
  writer.member("type", is_picture ? "image" : "document").key("source").begin_object();
  writer.member("type", "base64").member("media_type", part.media_type);
  writer.member("data", base64(*part.bytes)).end_object();
  if (!is_picture && !part.name.empty()) writer.member("title", part.name);
}

void write_result(json::Writer& writer, const Part& part) {
  writer.member("type", "tool_result").member("tool_use_id", part.id);
  if (part.pictures.empty()) {
    writer.member("content", part.text);
  } else {
    writer.key("content").begin_array();
    // A text without a letter is refused.
    if (!part.text.empty())
      writer.begin_object().member("type", "text").member("text", part.text).end_object();
    for (const Part& picture : part.pictures) {
      writer.begin_object();
      write_file(writer, picture);
      writer.end_object();
    }
    writer.end_array();
  }
  if (part.is_error) writer.member("is_error", true);
}

void write_part(json::Writer& writer, const Part& part) {
  writer.begin_object();
  switch (part.kind) {
    case Part::Kind::text:
      writer.member("type", "text").member("text", part.text);
      break;
    case Part::Kind::picture:
    case Part::Kind::document:
      write_file(writer, part);
      break;
    case Part::Kind::thinking:
      if (const auto hidden = after_name(part.signature, hidden_signature)) {
        writer.member("type", "redacted_thinking").member("data", *hidden);
      } else {
        writer.member("type", "thinking").member("thinking", part.text);
        writer.member("signature", part.signature.substr(thinking_signature.size()));
      }
      break;
    case Part::Kind::tool_use:
      writer.member("type", "tool_use").member("id", part.id).member("name", part.name);
      writer.key("input").raw(part.text);
      break;
    case Part::Kind::tool_result:
      write_result(writer, part);
      break;
  }
  writer.end_object();
}

void write_messages(json::Writer& writer, const std::vector<TurnMessage>& messages) {
  writer.key("messages").begin_array();
  for (const TurnMessage& message : messages) {
    writer.begin_object().member("role", message.is_assistant ? "assistant" : "user");
    writer.key("content").begin_array();
    for (const Part& part : message.parts) write_part(writer, part);
    writer.end_array().end_object();
  }
  writer.end_array();
}

void write_tools(json::Writer& writer, const std::vector<Tool>& tools, ToolNames& names) {
  if (tools.empty()) return;
  writer.key("tools").begin_array();
  for (const Tool& tool : tools) {
    writer.begin_object().member("name", names.sent(tool.name));
    writer.member("description", tool.description).key("input_schema").raw(tool.input_schema);
    writer.end_object();
  }
  writer.end_array();
}

}  // namespace

std::int64_t output_tokens_of(std::string_view model) {
  const auto version = version_of(model);
  if (!version) return 8'192;
  if (*version < 35) return 4'096;
  if (*version < 37) return 8'192;
  return *version < 46 ? 32'000 : 64'000;
}

std::string messages_request_body(const Request& request, ToolNames& names) {
  AlternatingTurns turns = alternate(request, names, messages_takes);
  const std::int64_t output_tokens_max =
      request.settings.output_tokens_max.value_or(output_tokens_of(request.model));
  const Thinking thinking = thinking_for(request, turns.messages, output_tokens_max);
  const bool takes_thinking_back = thinks_by_effort(request.model) || thinking.budget > 0;
  // That of earlier answers is of no use to the vendor.
  const std::size_t from =
      takes_thinking_back ? begin_of_answer(turns.messages) : turns.messages.size();
  keep_thinking(turns.messages, from, is_thought);

  std::string body;
  json::Writer writer(body);
  writer.begin_object().member("model", request.model).member("stream", true);
  writer.member("max_tokens", output_tokens_max);
  write_thinking(writer, request, thinking);
  if (!turns.system.empty()) writer.member("system", turns.system);
  write_messages(writer, turns.messages);
  write_tools(writer, request.tools, names);
  writer.end_object();
  return body;
}

}  // namespace threadkeep::llm
