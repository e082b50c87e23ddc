#include "llm/anthropic_messages/messages_request.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "json/json.h"
#include "llm/anthropic_messages/signatures.h"
#include "llm/stored_blocks.h"

namespace threadkeep::llm {
namespace {

constexpr std::string_view beginning = "(The conversation begins with your message.)";
constexpr std::string_view proceed = "Go on.";
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

struct Part {
  enum class Kind { text, thinking, hidden, tool_use, tool_result };
  Kind kind = Kind::text;
  std::string text;       // the input of a tool use, as JSON
  std::string id;         // of a tool use, and of the one that a result is of
  std::string name;       // of a tool
  std::string signature;  // of thinking; of hidden thinking, the thinking
  bool is_error = false;
};

bool is_thought(const Part& part) {
  return part.kind == Part::Kind::thinking || part.kind == Part::Kind::hidden;
}

struct Message {
  bool is_assistant = false;
  std::vector<Part> parts;
};

class Conversation {
 public:
  explicit Conversation(ToolNames& names) : names_(names) {}

  void add(const Turn& turn) {
    const auto content = json::Document::parse(turn.content, json::Mode::foreign);
    if (!content) return;
    is_fresh_turn_ = true;
    for (const json::Value block : content->root().items()) add_block(turn.role, block);
  }

  void add_user_line(std::string_view text) { add_text(Role::user, text); }

  bool ends_with_text_of_assistant() const {
    return !messages_.empty() && messages_.back().is_assistant && calls_.empty() &&
           messages_.back().parts.back().kind == Part::Kind::text;
  }

  // With the results that are missing, and with lines of a user where the vendor insists on one.
  std::vector<Message>& finish() {
    answer_calls();
    if (messages_.empty() || messages_.back().is_assistant) add_text(Role::user, proceed);
    if (messages_.front().is_assistant) {
      Message first;
      first.parts.push_back({Part::Kind::text, std::string(beginning), {}, {}, {}, false});
      messages_.insert(messages_.begin(), std::move(first));
    }
    return messages_;
  }

  const std::string& system() const { return system_; }

 private:
  struct OpenCall {
    std::string stored_id;
    std::string id;
    std::optional<Part> result;
  };

  void add_block(Role role, json::Value block) {
    const std::string_view type = block["type"].string();
    if (type == "text") {
      add_text(role, block["text"].string());
    } else if (type == "reasoning") {
      if (role == Role::assistant) add_thinking(block);
    } else if (type == "tool_use") {
      if (role == Role::assistant) add_call(block);
    } else if (type == "tool_result") {
      add_result(role, block);
    } else {
      add_text(role, words_for(block));
    }
  }

  std::vector<Part>& open(Role role) {
    const bool is_assistant = role == Role::assistant;
    const bool has_results =
        std::any_of(calls_.begin(), calls_.end(), [](const OpenCall& call) { return call.result; });
    if (!is_assistant || has_results) answer_calls();
    if (messages_.empty() || messages_.back().is_assistant != is_assistant)
      messages_.push_back({is_assistant, {}});
    return messages_.back().parts;
  }

  void add_text(Role role, std::string_view text) {
    if (trimmed(text).empty()) return;
    if (role == Role::system) {
      if (!system_.empty()) system_ += "\n\n";
      system_ += text;
      return;
    }
    std::vector<Part>& parts = open(role);
    // An answer and its continuation are one text.
    const bool is_continuation = is_fresh_turn_ && role == Role::assistant && !parts.empty() &&
                                 parts.back().kind == Part::Kind::text;
    is_fresh_turn_ = false;
    if (is_continuation) {
      parts.back().text += text;
    } else {
      parts.push_back({Part::Kind::text, std::string(text), {}, {}, {}, false});
    }
  }

  void add_thinking(json::Value block) {
    Part part;
    const std::string_view stored = block["signature"].string();
    if (const auto hidden = after_name(stored, hidden_signature)) {
      part.kind = Part::Kind::hidden;
      part.signature = *hidden;
    } else if (const auto signature = after_name(stored, thinking_signature)) {
      part.kind = Part::Kind::thinking;
      part.text = block["text"].string();
      part.signature = *signature;
    } else {
      return;
    }
    open(Role::assistant).push_back(std::move(part));
    is_fresh_turn_ = false;
  }

  void add_call(json::Value block) {
    Part part;
    part.kind = Part::Kind::tool_use;
    part.id = counted_id(++count_);
    part.name = names_.sent(block["name"].string());
    part.text = block["input"].is_object() ? std::string(block["input"].raw()) : "{}";
    std::vector<Part>& parts = open(Role::assistant);
    calls_.push_back({std::string(block["id"].string()), part.id, std::nullopt});
    parts.push_back(std::move(part));
    is_fresh_turn_ = false;
  }

  void add_result(Role role, json::Value block) {
    const std::string_view id = block["toolUseId"].string();
    const auto call = std::find_if(calls_.begin(), calls_.end(), [&](const OpenCall& one) {
      return one.stored_id == id && !one.result;
    });
    if (call == calls_.end()) {
      // A result that belongs to no call: nothing but the user's side is left for it.
      return add_text(role == Role::assistant ? role : Role::user, result_text(block["content"]));
    }
    call->result = Part{Part::Kind::tool_result,
                        result_text(block["content"]),
                        call->id,
                        {},
                        {},
                        block["isError"].boolean().value_or(false)};
    is_fresh_turn_ = false;
  }

  // One message with the results of all calls, before anything else is said.
  void answer_calls() {
    if (calls_.empty()) return;
    Message message;
    for (OpenCall& call : calls_) {
      if (!call.result)
        call.result = Part{Part::Kind::tool_result, std::string(no_result), call.id, {}, {}, true};
      message.parts.push_back(std::move(*call.result));
    }
    calls_.clear();
    messages_.push_back(std::move(message));
  }

  ToolNames& names_;
  std::string system_;
  std::vector<Message> messages_;
  std::vector<OpenCall> calls_;  // of the last message
  std::size_t count_ = 0;
  bool is_fresh_turn_ = true;
};

// Where the answer that is being written begins: after the last words of the user.
std::size_t begin_of_answer(const std::vector<Message>& messages) {
  for (std::size_t i = messages.size(); i > 0; --i) {
    const Message& message = messages[i - 1];
    const bool has_words =
        !message.is_assistant &&
        std::any_of(message.parts.begin(), message.parts.end(),
                    [](const Part& part) { return part.kind == Part::Kind::text; });
    if (has_words) return i;
  }
  return 0;
}

// The thinking of earlier answers is of no use to the vendor. Without any of it a message may be
// left without a word, and its neighbours become one.
void remove_thinking(std::vector<Message>& messages, std::size_t before) {
  std::vector<Message> kept;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    Message& message = messages[i];
    if (i < before) std::erase_if(message.parts, is_thought);
    if (message.parts.empty()) continue;
    if (kept.empty() || kept.back().is_assistant != message.is_assistant) {
      kept.push_back(std::move(message));
    } else {
      std::move(message.parts.begin(), message.parts.end(), std::back_inserter(kept.back().parts));
    }
  }
  messages = std::move(kept);
}

struct Thinking {
  bool by_effort = false;
  std::int64_t budget = 0;  // 0 and not by effort: none is asked for
};

std::int64_t budget_of(Settings::Effort effort) {
  switch (effort) {
    case Settings::Effort::minimal:
      return 0;
    case Settings::Effort::low:
      return 2'048;
    case Settings::Effort::medium:
      return 8'192;
    case Settings::Effort::high:
      break;
  }
  return 24'576;
}

// Within an answer whose earlier rounds came without thinking none can be asked for.
Thinking thinking_for(const Request& request, const std::vector<Message>& messages,
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
  const std::int64_t budget = std::min(budget_of(*request.settings.effort), output_tokens_max / 2);
  if (!began_without && budget >= budget_min) thinking.budget = budget;
  return thinking;
}

std::string_view effort_name(Settings::Effort effort) {
  if (effort == Settings::Effort::medium) return "medium";
  return effort == Settings::Effort::high ? "high" : "low";
}

void write_thinking(json::Writer& writer, const Request& request, const Thinking& thinking) {
  if (thinking.by_effort) {
    // Newer models hide their thinking unless it is asked for.
    writer.key("thinking").begin_object().member("type", "adaptive");
    writer.member("display", "summarized").end_object();
    writer.key("output_config").begin_object();
    writer.member("effort", effort_name(*request.settings.effort)).end_object();
  } else if (thinking.budget > 0) {
    writer.key("thinking").begin_object().member("type", "enabled");
    writer.member("budget_tokens", thinking.budget).end_object();
  } else if (request.settings.temperature && takes_temperature(request.model)) {
    writer.key("temperature").number(std::min(*request.settings.temperature, 1.0));
  }
}

void write_part(json::Writer& writer, const Part& part) {
  writer.begin_object();
  switch (part.kind) {
    case Part::Kind::text:
      writer.member("type", "text").member("text", part.text);
      break;
    case Part::Kind::thinking:
      writer.member("type", "thinking").member("thinking", part.text);
      writer.member("signature", part.signature);
      break;
    case Part::Kind::hidden:
      writer.member("type", "redacted_thinking").member("data", part.signature);
      break;
    case Part::Kind::tool_use:
      writer.member("type", "tool_use").member("id", part.id).member("name", part.name);
      writer.key("input").raw(part.text);
      break;
    case Part::Kind::tool_result:
      writer.member("type", "tool_result").member("tool_use_id", part.id);
      writer.member("content", part.text);
      if (part.is_error) writer.member("is_error", true);
      break;
  }
  writer.end_object();
}

void write_messages(json::Writer& writer, const std::vector<Message>& messages) {
  writer.key("messages").begin_array();
  for (const Message& message : messages) {
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
  Conversation conversation(names);
  for (const Turn& turn : request.turns) conversation.add(turn);
  if (request.continues && conversation.ends_with_text_of_assistant())
    conversation.add_user_line(go_on);
  std::vector<Message>& messages = conversation.finish();

  const std::int64_t output_tokens_max =
      request.settings.output_tokens_max.value_or(output_tokens_of(request.model));
  const Thinking thinking = thinking_for(request, messages, output_tokens_max);
  const bool takes_thinking_back = thinks_by_effort(request.model) || thinking.budget > 0;
  remove_thinking(messages, takes_thinking_back ? begin_of_answer(messages) : messages.size());

  std::string body;
  json::Writer writer(body);
  writer.begin_object().member("model", request.model).member("stream", true);
  writer.member("max_tokens", output_tokens_max);
  write_thinking(writer, request, thinking);
  if (!conversation.system().empty()) writer.member("system", conversation.system());
  write_messages(writer, messages);
  write_tools(writer, request.tools, names);
  writer.end_object();
  return body;
}

}  // namespace threadkeep::llm
