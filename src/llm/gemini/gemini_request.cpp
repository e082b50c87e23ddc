#include "llm/gemini/gemini_request.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/base64.h"
#include "json/json.h"
#include "llm/alternating_turns.h"
#include "llm/gemini/signatures.h"
#include "llm/protocol.h"

namespace threadkeep::llm {
namespace {

// Documented for calls that were made elsewhere.
constexpr std::string_view made_elsewhere = "skip_thought_signature_validator";

bool is_own(const Part& part) { return part.signature.starts_with(gemini_signature); }

enum class Generation { before_thinking, by_budget, by_level };

// Of "gemini-2.5-pro", "models/gemini-3-flash-preview".
Generation generation_of(std::string_view model) {
  constexpr std::string_view prefix = "gemini-";
  const std::size_t at = model.find(prefix);
  if (at == std::string_view::npos) return Generation::before_thinking;
  const std::string_view version = model.substr(at + prefix.size());
  if (version.starts_with("2.5")) return Generation::by_budget;
  const bool is_new = !version.empty() && version.front() >= '3' && version.front() <= '9';
  return is_new ? Generation::by_level : Generation::before_thinking;
}

// The first call of each message must be signed, where the vendor insists on it.
enum class FirstCall { as_it_is, signed_for };

void write_signature(json::Writer& writer, std::string_view signature) {
  if (!signature.empty()) writer.member("thoughtSignature", signature);
}

void write_result(json::Writer& writer, const Part& part) {
  writer.key("functionResponse").begin_object().member("name", part.name);
  writer.key("response").begin_object().member(part.is_error ? "error" : "output", part.text);
  writer.end_object().end_object();
}

void write_parts(json::Writer& writer, const TurnMessage& message, FirstCall first_call) {
  std::string_view signature;
  bool has_call = false;
  for (const Part& part : message.parts) {
    if (part.kind == Part::Kind::thinking) {
      signature = std::string_view(part.signature).substr(gemini_signature.size());
      continue;
    }
    writer.begin_object();
    if (part.kind == Part::Kind::text) {
      writer.member("text", part.text);
    } else if (part.bytes != nullptr) {
      writer.key("inlineData").begin_object().member("mimeType", part.media_type);
      writer.member("data", base64(*part.bytes)).end_object();
    } else if (part.kind == Part::Kind::tool_result) {
      write_result(writer, part);
    } else {
      writer.key("functionCall").begin_object().member("name", part.name);
      writer.key("args").raw(part.text).end_object();
      if (signature.empty() && !has_call && first_call == FirstCall::signed_for)
        signature = made_elsewhere;
      has_call = true;
    }
    write_signature(writer, signature);
    signature = {};
    writer.end_object();
  }
}

// A signature at the end belongs to a part without words.
void write_last_signature(json::Writer& writer, const TurnMessage& message) {
  const Part& last = message.parts.back();
  if (last.kind != Part::Kind::thinking) return;
  writer.begin_object().member("text", "");
  write_signature(writer, std::string_view(last.signature).substr(gemini_signature.size()));
  writer.end_object();
}

void write_contents(json::Writer& writer, const std::vector<TurnMessage>& messages,
                    Generation generation) {
  const std::size_t begin = begin_of_answer(messages);
  writer.key("contents").begin_array();
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const bool is_checked = generation == Generation::by_level && i >= begin;
    writer.begin_object().member("role", messages[i].is_assistant ? "model" : "user");
    writer.key("parts").begin_array();
    write_parts(writer, messages[i], is_checked ? FirstCall::signed_for : FirstCall::as_it_is);
    write_last_signature(writer, messages[i]);
    writer.end_array().end_object();
  }
  writer.end_array();
}

void write_settings(json::Writer& writer, const Settings& settings, Generation generation) {
  writer.key("generationConfig").begin_object();
  if (settings.output_tokens_max) writer.member("maxOutputTokens", *settings.output_tokens_max);
  if (settings.temperature) writer.key("temperature").number(*settings.temperature);
  if (settings.effort && generation != Generation::before_thinking) {
    writer.key("thinkingConfig").begin_object().member("includeThoughts", true);
    if (generation == Generation::by_budget) {
      writer.member("thinkingBudget", reasoning_budget(*settings.effort));
    } else {
      const bool is_low = *settings.effort == Settings::Effort::minimal ||
                          *settings.effort == Settings::Effort::low;
      // The two that every model of this kind has.
      writer.member("thinkingLevel", is_low ? "low" : "high");
    }
    writer.end_object();
  }
  writer.end_object();
}

void write_tools(json::Writer& writer, const std::vector<Tool>& tools, ToolNames& names) {
  if (tools.empty()) return;
  writer.key("tools").begin_array().begin_object().key("functionDeclarations").begin_array();
  for (const Tool& tool : tools) {
    writer.begin_object().member("name", names.sent(tool.name));
    writer.member("description", tool.description)
        .key("parametersJsonSchema")
        .raw(tool.input_schema);
    writer.end_object();
  }
  writer.end_array().end_object().end_array();
}

}  // namespace

std::string gemini_request_body(const Request& request, ToolNames& names) {
  AlternatingTurns turns = alternate(request, names, gemini_takes);
  keep_thinking(turns.messages, begin_of_answer(turns.messages), is_own);
  const Generation generation = generation_of(request.model);

  std::string body;
  json::Writer writer(body);
  writer.begin_object();
  if (!turns.system.empty()) {
    writer.key("systemInstruction").begin_object().key("parts").begin_array();
    writer.begin_object().member("text", turns.system).end_object().end_array().end_object();
  }
  write_contents(writer, turns.messages, generation);
  write_settings(writer, request.settings, generation);
  write_tools(writer, request.tools, names);
  writer.end_object();
  return body;
}

}  // namespace threadkeep::llm
