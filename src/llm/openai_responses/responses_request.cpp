#include "llm/openai_responses/responses_request.h"

#include <algorithm>
#include <vector>

#include "json/json.h"
#include "llm/alternating_turns.h"
#include "llm/openai/model_settings.h"
#include "llm/openai_responses/signatures.h"

namespace threadkeep::llm {
namespace {

bool is_encrypted_reasoning(const Part& part) { return reasoning_item(part.signature).has_value(); }

// Without what follows it in the same message.
void drop_unfollowed_reasoning(std::vector<Part>& parts) {
  while (!parts.empty() && parts.back().kind == Part::Kind::thinking) parts.pop_back();
}

void write_reasoning(json::Writer& writer, const Part& part) {
  const ReasoningItem item = *reasoning_item(part.signature);
  writer.begin_object().member("type", "reasoning");
  if (!item.id.empty()) writer.member("id", item.id);
  writer.key("summary").begin_array();
  if (!part.text.empty())
    writer.begin_object().member("type", "summary_text").member("text", part.text).end_object();
  writer.end_array().member("encrypted_content", item.encrypted).end_object();
}

void write_file(json::Writer& writer, const Part& part) {
  writer.begin_object().member("role", "user").key("content").begin_array().begin_object();
  const std::string data = data_url(part.media_type, *part.bytes);
  if (part.kind == Part::Kind::picture) {
    writer.member("type", "input_image").member("image_url", data);
  } else {
    writer.member("type", "input_file").member("filename", part.name).member("file_data", data);
  }
  writer.end_object().end_array().end_object();
}

void write_result(json::Writer& writer, const Part& part) {
  writer.begin_object().member("type", "function_call_output").member("call_id", part.id);
  const std::string words = part.is_error ? "Error: " + part.text : part.text;
  if (part.pictures.empty()) {
    writer.member("output", words);
  } else {
    writer.key("output").begin_array();
    if (!words.empty())
      writer.begin_object().member("type", "input_text").member("text", words).end_object();
    for (const Part& picture : part.pictures) {
      writer.begin_object().member("type", "input_image");
      writer.member("image_url", data_url(picture.media_type, *picture.bytes)).end_object();
    }
    writer.end_array();
  }
  writer.end_object();
}

void write_part(json::Writer& writer, const TurnMessage& message, const Part& part) {
  switch (part.kind) {
    case Part::Kind::thinking:
      write_reasoning(writer, part);
      break;
    case Part::Kind::picture:
    case Part::Kind::document:
      write_file(writer, part);
      break;
    case Part::Kind::text:
      writer.begin_object().member("role", message.is_assistant ? "assistant" : "user");
      writer.member("content", part.text).end_object();
      break;
    case Part::Kind::tool_use:
      writer.begin_object().member("type", "function_call").member("call_id", part.id);
      writer.member("name", part.name).member("arguments", part.text).end_object();
      break;
    case Part::Kind::tool_result:
      write_result(writer, part);
      break;
  }
}

void write_input(json::Writer& writer, std::vector<TurnMessage>& messages) {
  writer.key("input").begin_array();
  for (TurnMessage& message : messages) {
    drop_unfollowed_reasoning(message.parts);
    for (const Part& part : message.parts) write_part(writer, message, part);
  }
  writer.end_array();
}

// Strict schemas, which are what the protocol takes them for unless it is told, must name every
// property as required.
void write_tools(json::Writer& writer, const std::vector<Tool>& tools, ToolNames& names) {
  if (tools.empty()) return;
  writer.key("tools").begin_array();
  for (const Tool& tool : tools) {
    writer.begin_object().member("type", "function").member("name", names.sent(tool.name));
    writer.member("description", tool.description).key("parameters").raw(tool.input_schema);
    writer.member("strict", false).end_object();
  }
  writer.end_array();
}

void write_settings(json::Writer& writer, const Request& request, const ResponsesDialect& dialect) {
  const Settings& settings = request.settings;
  if (settings.output_tokens_max) writer.member("max_output_tokens", *settings.output_tokens_max);
  if (settings.temperature && dialect.takes_temperature)
    writer.key("temperature").number(*settings.temperature);
  if (settings.effort && dialect.takes_effort) {
    // A summary is asked for only by who asks for reasoning: some accounts must prove first who
    // they are, and are refused.
    writer.key("reasoning").begin_object();
    writer.member("effort", effort_name(request.model, *settings.effort));
    writer.member("summary", "auto").end_object();
  }
  if (dialect.reasoning == ResponsesDialect::Reasoning::encrypted)
    writer.key("include").begin_array().string("reasoning.encrypted_content").end_array();
}

}  // namespace

Takes takes_of(const Vendor& vendor) {
  Takes takes = responses_takes;
  if (has_models_of_openai(vendor)) takes.tool_pictures = Takes::ToolPictures::given;
  return takes;
}

ResponsesDialect responses_dialect(const Vendor& vendor, std::string_view model) {
  const bool encrypts = has_models_of_openai(vendor)
                            ? is_reasoning_model(model)
                            : vendor.base_url.starts_with("https://api.x.ai/");
  ResponsesDialect dialect;
  if (encrypts) dialect.reasoning = ResponsesDialect::Reasoning::encrypted;
  dialect.tool_pictures = takes_of(vendor).tool_pictures;
  dialect.takes_effort = takes_effort(vendor, model);
  dialect.takes_temperature = takes_temperature(vendor, model);
  return dialect;
}

std::string responses_request_body(const Request& request, const ResponsesDialect& dialect,
                                   ToolNames& names) {
  Takes takes = responses_takes;
  takes.tool_pictures = dialect.tool_pictures;
  AlternatingTurns turns = alternate(request, names, takes);
  const bool takes_reasoning_back = dialect.reasoning == ResponsesDialect::Reasoning::encrypted;
  const std::size_t from =
      takes_reasoning_back ? begin_of_answer(turns.messages) : turns.messages.size();
  keep_thinking(turns.messages, from, is_encrypted_reasoning);

  std::string body;
  json::Writer writer(body);
  writer.begin_object().member("model", request.model).member("stream", true);
  writer.member("store", false);
  write_settings(writer, request, dialect);
  if (!turns.system.empty()) writer.member("instructions", turns.system);
  write_input(writer, turns.messages);
  write_tools(writer, request.tools, names);
  writer.end_object();
  return body;
}

}  // namespace threadkeep::llm
