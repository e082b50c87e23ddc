// The simple reading of recorded streams.
#include <algorithm>
#include <map>
#include <utility>

#include "llm/recordings.h"

namespace threadkeep::llm {
namespace {

// The vendor thinks aloud in its text.
void take_out_thinking(Expected& expected) {
  const std::string space = " \r\n\t";
  const std::string begin = "<think>";
  const std::string end = "</think>";
  const std::size_t first = expected.text.find_first_not_of(space);
  if (first == std::string::npos || expected.text.compare(first, begin.size(), begin) != 0) return;
  const std::string rest = expected.text.substr(first + begin.size());
  const std::size_t stop = rest.find(end);
  const std::string thought = rest.substr(0, stop);
  const std::string said = stop == std::string::npos ? "" : rest.substr(stop + end.size());
  expected.reasoning = thought.substr(std::min(thought.find_first_not_of(space), thought.size()));
  expected.text = said.substr(std::min(said.find_first_not_of(space), said.size()));
}

class ChatOracle {
 public:
  void add(const json::Value& chunk) {
    const json::Value error = chunk["error"];
    add_usage(chunk["x_groq"]["usage"]);
    add_usage(chunk["usage"]);
    if (error.is_object()) expected.error = std::string(error["message"].string());
    if (expected.error) return;
    const json::Value choice = chunk["choices"].at(0);
    const json::Value message = choice["delta"].is_absent() ? choice["message"] : choice["delta"];
    add_words(choice, message);
    for (const json::Value call : message["tool_calls"].items()) add_call(call);
    if (choice["finish_reason"].is_string()) expected.reason = choice["finish_reason"].string();
  }

  Expected expected;

 private:
  void add_usage(const json::Value& usage) {
    if (usage.is_object())
      expected.usage = std::pair{usage["prompt_tokens"].integer().value(),
                                 usage["completion_tokens"].integer().value()};
  }

  void add_words(const json::Value& choice, const json::Value& message) {
    if (choice["text"].is_string()) expected.text += choice["text"].string();
    if (message["content"].is_string()) expected.text += message["content"].string();
    for (const json::Value part : message["content"].items()) {
      if (part["type"].string() == "text") expected.text += part["text"].string();
      if (part["type"].string() == "thinking")
        expected.reasoning += part["thinking"].at(0)["text"].string();
    }
    if (message["reasoning_content"].is_string()) {
      expected.reasoning += message["reasoning_content"].string();
    } else if (message["reasoning"].is_string()) {
      expected.reasoning += message["reasoning"].string();
    } else if (message["reasoning_details"].at(0)["type"].string() == "reasoning.text") {
      expected.reasoning += message["reasoning_details"].at(0)["text"].string();
    }
  }

  void add_call(const json::Value& call) {
    const std::int64_t index =
        call["index"].integer().value_or(static_cast<std::int64_t>(places_.size()));
    if (places_.count(index) == 0) {
      places_[index] = expected.tools.size();
      expected.tools.emplace_back();
    }
    Expected::Tool& tool = expected.tools[places_[index]];
    tool.id += call["id"].string();
    tool.name += call["function"]["name"].string();
    tool.input += call["function"]["arguments"].string();
  }

  std::map<std::int64_t, std::size_t> places_;
};

class MessagesOracle {
 public:
  void add(const json::Value& event) {
    // Some recordings hold the next answer as well.
    if (expected.error || has_ended_) return;
    const std::string_view type = event["type"].string();
    has_ended_ = type == "message_stop";
    if (type == "message") add_whole(event);
    if (type == "message_start") begin(event["message"]["usage"]);
    if (type == "content_block_start") add_block(event["content_block"]);
    if (type == "content_block_delta") grow(event["delta"]);
    if (type == "message_delta") {
      add_usage(event["usage"]);
      expected.reason = event["delta"]["stop_reason"].string();
    }
    if (type == "error") expected.error = std::string(event["error"]["message"].string());
  }

  Expected expected;

 private:
  void add_whole(const json::Value& message) {
    for (const json::Value block : message["content"].items()) add_block(block);
    add_usage(message["usage"]);
    expected.reason = message["stop_reason"].string();
  }

  void begin(const json::Value& usage) {
    if (has_blocks_) expected.error = "began another";
    if (!has_blocks_) add_usage(usage);
  }

  void add_block(const json::Value& block) {
    has_blocks_ = true;
    kind_ = block["type"].string();
    if (kind_ == "text") expected.text += block["text"].string();
    if (kind_ == "thinking") expected.reasoning += block["thinking"].string();
    if (kind_ == "tool_use")
      expected.tools.push_back({std::string(block["id"].string()),
                                std::string(block["name"].string()),
                                std::string(block["input"].raw())});
    is_first_piece_ = true;
  }

  void grow(const json::Value& delta) {
    if (kind_ == "text") expected.text += delta["text"].string();
    if (kind_ == "thinking") expected.reasoning += delta["thinking"].string();
    if (kind_ != "tool_use" || delta["partial_json"].string().empty()) return;
    std::string& input = expected.tools.back().input;
    if (std::exchange(is_first_piece_, false)) input.clear();
    input += delta["partial_json"].string();
  }

  void add_usage(const json::Value& usage) {
    if (!usage["output_tokens"].integer()) return;
    const std::int64_t before = expected.usage ? expected.usage->first : 0;
    const std::int64_t input = usage["input_tokens"].integer()
                                   ? *usage["input_tokens"].integer() +
                                         usage["cache_read_input_tokens"].integer().value_or(0) +
                                         usage["cache_creation_input_tokens"].integer().value_or(0)
                                   : before;
    expected.usage = std::pair{input, *usage["output_tokens"].integer()};
  }

  bool has_blocks_ = false;
  bool has_ended_ = false;
  bool is_first_piece_ = true;
  std::string kind_;
};

// From what items are at their end, not from their pieces.
class ResponsesOracle {
 public:
  void add(const json::Value& event) {
    // Some recordings hold the next answer as well.
    if (expected_.error || has_ended_) return;
    const std::string_view type = event["type"].string();
    if (type == "error") expected_.error = std::string(event["error"]["message"].string());
    if (type == "response.output_text.delta")
      pieces_[event["output_index"].integer().value()] += event["delta"].string();
    if (type == "response.output_item.done") {
      items_[event["output_index"].integer().value()] = std::string(event["item"].raw());
    } else if (event["object"].string() == "response") {
      std::int64_t index = 0;
      for (const json::Value item : event["output"].items())
        items_[index++] = std::string(item.raw());
      add_end(event);
    } else if (type == "response.completed" || type == "response.incomplete") {
      add_end(event["response"]);
      has_ended_ = true;
    }
  }

  Expected expected() {
    for (const auto& [index, text] : items_) {
      const auto item = json::Document::parse(text, json::Mode::foreign);
      if (!item) continue;
      // One recording was shortened in its pieces alone: what was said cannot be taken back.
      const std::string& said = pieces_[index];
      const std::string_view whole = item->root()["content"].at(0)["text"].string();
      if (whole.starts_with(said)) {
        add_item(item->root());
      } else {
        expected_.text += said;
      }
    }
    return expected_;
  }

 private:
  void add_end(const json::Value& response) {
    expected_.reason = response["incomplete_details"]["reason"].string();
    const json::Value usage = response["usage"];
    if (usage.is_object())
      expected_.usage = std::pair{usage["input_tokens"].integer().value(),
                                  usage["output_tokens"].integer().value()};
  }

  void add_item(const json::Value& item) {
    const std::string_view type = item["type"].string();
    if (type == "message") {
      for (const json::Value part : item["content"].items()) add_part('t', part);
    } else if (type == "reasoning") {
      for (const json::Value part : item["summary"].items()) add_part('r', part);
      if (item["summary"].size() == 0)
        for (const json::Value part : item["content"].items()) add_part('r', part);
      if (!item["encrypted_content"].string().empty()) last_ = ' ';
    } else if (type == "function_call") {
      const std::string_view input = item["arguments"].string();
      expected_.tools.push_back({std::string(item["call_id"].string()),
                                 std::string(item["name"].string()),
                                 input.empty() ? "{}" : std::string(input)});
      last_ = ' ';
    }
  }

  void add_part(char kind, const json::Value& part) {
    const std::string_view words = part["text"].string();
    if (words.empty()) return;
    std::string& all = kind == 't' ? expected_.text : expected_.reasoning;
    if (last_ == kind) all += "\n\n";
    all += words;
    last_ = kind;
  }

  Expected expected_;
  std::map<std::int64_t, std::string> items_;
  std::map<std::int64_t, std::string> pieces_;
  char last_ = ' ';
  bool has_ended_ = false;
};

// The value of a path, as JSON: pieces of text are put together first.
using PathValues = std::vector<std::pair<std::string, std::string>>;

// An object or a list out of what begins with the same step, in the order in which it came.
std::string nested(const PathValues& values) {
  if (values.size() == 1 && values[0].first.empty()) return values[0].second;
  std::vector<std::pair<std::string, PathValues>> groups;
  for (const auto& [path, value] : values) {
    const std::size_t end = std::min(path.find_first_of(".[", 1), path.size());
    const std::string step = path.substr(0, end);
    if (groups.empty() || groups.back().first != step) groups.emplace_back(step, PathValues{});
    groups.back().second.emplace_back(path.substr(end), value);
  }
  const bool is_list = !groups.empty() && groups[0].first.front() == '[';
  std::string all;
  for (const auto& [step, inner] : groups) {
    if (!all.empty()) all += ",";
    all += (is_list ? "" : json::quoted(step.substr(1)) + ":") + nested(inner);
  }
  return is_list ? "[" + all + "]" : "{" + all + "}";
}

class GeminiOracle {
 public:
  void add(const json::Value& chunk) {
    const json::Value candidate = chunk["candidates"].at(0);
    for (const json::Value part : candidate["content"]["parts"].items()) {
      (part["thought"].boolean() == true ? expected.reasoning : expected.text) +=
          part["text"].string();
      const json::Value call = part["functionCall"];
      if (call.is_object()) add_call(call);
    }
    if (candidate["finishReason"].is_string()) expected.reason = candidate["finishReason"].string();
    const json::Value usage = chunk["usageMetadata"];
    const auto count = [&](const char* name) { return usage[name].integer().value_or(0); };
    if (usage["promptTokenCount"].integer() || usage["candidatesTokenCount"].integer())
      expected.usage = std::pair{count("promptTokenCount") + count("toolUsePromptTokenCount"),
                                 count("candidatesTokenCount") + count("thoughtsTokenCount")};
  }

  Expected expected;

 private:
  void add_call(const json::Value& call) {
    if (call["name"].is_string()) {
      expected.tools.push_back({"", std::string(call["name"].string()), "{}"});
      texts_.clear();
      values_.clear();
    }
    if (call["args"].is_object()) expected.tools.back().input = call["args"].raw();
    for (const json::Value piece : call["partialArgs"].items()) {
      const std::string path(piece["jsonPath"].string().substr(1));
      std::string value(piece["numberValue"].raw());
      if (piece["stringValue"].is_string())
        value = json::quoted(texts_[path] += piece["stringValue"].string());
      if (values_.empty() || values_.back().first != path) values_.emplace_back(path, "");
      values_.back().second = value;
      expected.tools.back().input = nested(values_);
    }
  }

  std::map<std::string, std::string> texts_;
  PathValues values_;
};

template <class Oracle>
Expected ask(const Recording& recording) {
  Oracle oracle;
  for (const std::string& text : recording.chunks) {
    const auto document = json::Document::parse(text, json::Mode::foreign);
    if (document) oracle.add(document->root());
  }
  return oracle.expected;
}

}  // namespace

Expected expected_of(const Recording& recording) {
  if (recording.protocol == Recording::Wire::anthropic_messages) {
    return ask<MessagesOracle>(recording);
  }
  if (recording.protocol == Recording::Wire::openai_responses) {
    ResponsesOracle oracle;
    for (const std::string& text : recording.chunks) {
      const auto document = json::Document::parse(text, json::Mode::foreign);
      if (document) oracle.add(document->root());
    }
    return oracle.expected();
  }
  if (recording.protocol == Recording::Wire::gemini) return ask<GeminiOracle>(recording);
  Expected expected = ask<ChatOracle>(recording);
  take_out_thinking(expected);
  return expected;
}

}  // namespace threadkeep::llm
