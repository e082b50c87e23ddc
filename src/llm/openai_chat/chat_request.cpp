#include "llm/openai_chat/chat_request.h"

#include <string_view>
#include <utility>
#include <vector>

#include "json/json.h"
#include "llm/openai/model_settings.h"
#include "llm/stored_blocks.h"

namespace threadkeep::llm {
namespace {

struct ToolCall {
  std::string id;  // ours
  std::string stored_id;
  std::string name;
  std::string input;
};

struct File {
  std::string name;
  GivenFile given;
};

struct Message {
  Role role = Role::user;
  std::string text;
  std::vector<File> files;
  std::string reasoning;
  std::vector<ToolCall> calls;
  std::string call_id;  // Role::tool
};

class Conversation {
 public:
  Conversation(ToolNames& names, const Attachments* attachments, const Takes& takes)
      : names_(names), attachments_(attachments), takes_(takes) {}

  void add(const Turn& turn) {
    const auto content = json::Document::parse(turn.content, json::Mode::foreign);
    if (!content) return;
    is_fresh_turn_ = true;
    for (const json::Value block : content->root().items()) add_block(turn.role, block);
  }

  void ask_to_go_on() {
    answer_open_calls();
    const bool stops_in_text = !messages_.empty() && messages_.back().role == Role::assistant &&
                               !messages_.back().text.empty();
    if (stops_in_text) open(Role::user).text = go_on;
  }

  const std::vector<Message>& messages() {
    answer_open_calls();
    return messages_;
  }

 private:
  void add_block(Role role, json::Value block) {
    const std::string_view type = block["type"].string();
    if (type == "text") {
      add_text(role, block["text"].string());
    } else if (type == "reasoning" && role == Role::assistant) {
      reasoning_ += block["text"].string();
    } else if (type == "tool_use" && role == Role::assistant) {
      add_call(block);
    } else if (type == "tool_result") {
      add_result(role, block);
    } else if (role == Role::user && (type == "image" || type == "file")) {
      add_file(block);
    } else {
      add_text(role, words_for(block));
    }
  }

  void add_file(json::Value block) {
    GivenFile file = given_file(attachments_, block, takes_);
    if (file.form == GivenFile::Form::words) return add_text(Role::user, file.words);
    open(Role::user).files.push_back({std::string(block["name"].string()), std::move(file)});
    is_fresh_turn_ = false;
  }

  // The message of that role to write into: the last one or a new one.
  Message& open(Role role) {
    if (messages_.empty() || messages_.back().role != role) {
      answer_open_calls();
      Message message;
      message.role = role;
      messages_.push_back(std::move(message));
    }
    if (role == Role::assistant) messages_.back().reasoning += reasoning_;
    reasoning_.clear();
    return messages_.back();
  }

  void add_text(Role role, std::string_view text) {
    if (text.empty()) return;
    // What a tool said without a call that it belongs to: nothing but the user's side is left for
    // it.
    if (role == Role::tool) role = Role::user;
    Message& message = open(role);
    // An answer and its continuation are one text. Everything else that meets here was apart.
    const bool is_continuation = is_fresh_turn_ && role == Role::assistant;
    if (!message.text.empty() && !is_continuation) message.text += "\n\n";
    message.text += text;
    is_fresh_turn_ = false;
  }

  void add_call(json::Value block) {
    ToolCall call;
    call.id = counted_id(++calls_);
    call.stored_id = block["id"].string();
    call.name = names_.sent(block["name"].string());
    call.input = block["input"].is_object() ? std::string(block["input"].raw()) : "{}";
    Message& message = open(Role::assistant);
    message.calls.push_back(call);
    open_calls_.push_back(std::move(call));
    is_fresh_turn_ = false;
  }

  void add_result(Role role, json::Value block) {
    const std::string_view id = block["toolUseId"].string();
    std::string text = result_text(block["content"]);
    for (auto call = open_calls_.begin(); call != open_calls_.end(); ++call) {
      if (call->stored_id != id) continue;
      if (block["isError"].boolean().value_or(false)) text.insert(0, "Error: ");
      Message message;
      message.role = Role::tool;
      message.text = std::move(text);
      message.call_id = call->id;
      messages_.push_back(std::move(message));
      open_calls_.erase(call);
      is_fresh_turn_ = false;
      return;
    }
    add_text(role, text);
  }

  void answer_open_calls() {
    std::vector<ToolCall> unanswered;
    unanswered.swap(open_calls_);
    for (const ToolCall& call : unanswered) {
      Message message;
      message.role = Role::tool;
      message.text = no_result;
      message.call_id = call.id;
      messages_.push_back(std::move(message));
    }
  }

  ToolNames& names_;
  const Attachments* const attachments_;
  const Takes takes_;
  std::vector<Message> messages_;
  std::vector<ToolCall> open_calls_;
  std::size_t calls_ = 0;
  std::string reasoning_;  // belongs to the next assistant message; alone it makes none
  bool is_fresh_turn_ = true;
};

void write_file(json::Writer& writer, const File& file) {
  const std::string data = data_url(file.given.media_type, *file.given.bytes);
  writer.begin_object();
  if (file.given.form == GivenFile::Form::picture) {
    writer.member("type", "image_url").key("image_url").begin_object().member("url", data);
  } else {
    writer.member("type", "file").key("file").begin_object();
    writer.member("filename", file.name).member("file_data", data);
  }
  writer.end_object().end_object();
}

void write_parts(json::Writer& writer, const Message& message) {
  writer.key("content").begin_array();
  for (const File& file : message.files) write_file(writer, file);
  if (!message.text.empty())
    writer.begin_object().member("type", "text").member("text", message.text).end_object();
  writer.end_array();
}

void write_message(json::Writer& writer, const Message& message, Dialect::ReasoningBack reasoning) {
  writer.begin_object().member("role", role_name(message.role));
  if (!message.files.empty()) {
    write_parts(writer, message);
  } else if (message.calls.empty() || !message.text.empty()) {
    writer.member("content", message.text);
  } else {
    writer.key("content").null();
  }
  if (message.role == Role::tool) writer.member("tool_call_id", message.call_id);
  if (!message.calls.empty()) {
    if (reasoning == Dialect::ReasoningBack::with_tool_calls)
      writer.member("reasoning_content", message.reasoning);
    writer.key("tool_calls").begin_array();
    for (const ToolCall& call : message.calls) {
      writer.begin_object()
          .member("id", call.id)
          .member("type", "function")
          .key("function")
          .begin_object();
      writer.member("name", call.name).member("arguments", call.input).end_object().end_object();
    }
    writer.end_array();
  }
  writer.end_object();
}

void write_tools(json::Writer& writer, const std::vector<Tool>& tools, ToolNames& names) {
  if (tools.empty()) return;
  writer.key("tools").begin_array();
  for (const Tool& tool : tools) {
    writer.begin_object().member("type", "function").key("function").begin_object();
    writer.member("name", names.sent(tool.name))
        .member("description", tool.description)
        .key("parameters")
        .raw(tool.input_schema);
    writer.end_object().end_object();
  }
  writer.end_array();
}

void write_settings(json::Writer& writer, const Request& request, const Dialect& dialect) {
  const Settings& settings = request.settings;
  if (settings.output_tokens_max)
    writer.member(dialect.output_tokens_max, *settings.output_tokens_max);
  if (settings.temperature && dialect.takes_temperature)
    writer.key("temperature").number(*settings.temperature);
  if (!settings.effort) return;
  const std::string_view effort = effort_name(request.model, *settings.effort);
  if (dialect.effort == Dialect::EffortForm::member) writer.member("reasoning_effort", effort);
  if (dialect.effort == Dialect::EffortForm::object)
    writer.key("reasoning").begin_object().member("effort", effort).end_object();
}

}  // namespace

std::string chat_request_body(const Request& request, const Dialect& dialect, ToolNames& names) {
  Conversation conversation(names, request.attachments.get(), dialect.takes);
  for (const Turn& turn : request.turns) conversation.add(turn);
  if (request.continues) conversation.ask_to_go_on();

  std::string body;
  json::Writer writer(body);
  writer.begin_object().member("model", request.model).member("stream", true);
  if (dialect.usage != Dialect::UsageReport::always)
    writer.key("stream_options").begin_object().member("include_usage", true).end_object();
  if (dialect.usage == Dialect::UsageReport::with_cost)
    writer.key("usage").begin_object().member("include", true).end_object();
  write_settings(writer, request, dialect);
  writer.key("messages").begin_array();
  for (const Message& message : conversation.messages())
    write_message(writer, message, dialect.reasoning);
  writer.end_array();
  write_tools(writer, request.tools, names);
  writer.end_object();
  return body;
}

}  // namespace threadkeep::llm
