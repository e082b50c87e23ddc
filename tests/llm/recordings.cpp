#include "llm/recordings.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>

namespace threadkeep::llm {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

bool has_partial_arguments(const std::vector<std::string>& documents) {
  return std::any_of(documents.begin(), documents.end(), [](const std::string& text) {
    return text.find("\"partialArgs\"") != std::string::npos;
  });
}

bool has_broken_json(const std::vector<std::string>& documents) {
  return std::any_of(documents.begin(), documents.end(), [](const std::string& text) {
    return !json::Document::parse(text, json::Mode::foreign);
  });
}

std::optional<Recording::Wire> protocol_of(const std::vector<std::string>& documents) {
  if (has_broken_json(documents)) return std::nullopt;
  for (const std::string& text : documents) {
    const auto document = json::Document::parse(text, json::Mode::foreign);
    const json::Value root = document->root();
    if (root["choices"].is_array()) return Recording::Wire::openai_chat;
    const std::string_view type = root["type"].string();
    if (type == "message_start" || (type == "message" && root["stop_reason"].is_string()))
      return Recording::Wire::anthropic_messages;
    if (type.starts_with("response.") || root["object"].string() == "response")
      return Recording::Wire::openai_responses;
    if (root["candidates"].is_array() && root["usageMetadata"].is_object())
      return has_partial_arguments(documents) ? std::nullopt
                                              : std::optional(Recording::Wire::gemini);
  }
  return std::nullopt;
}

std::vector<std::string> sse_documents(const std::string& text) {
  std::vector<std::string> documents;
  for (const std::string& line : lines_of(text)) {
    if (line.rfind("data:", 0) == 0 && line.find("[DONE]") == std::string::npos)
      documents.push_back(line.substr(5));
  }
  return documents;
}

std::vector<std::string> line_documents(const std::string& text) {
  std::vector<std::string> documents;
  for (const std::string& line : lines_of(text)) {
    if (!line.empty()) documents.push_back(line);
  }
  return documents;
}

Recording read_recording(const fs::path& path) {
  Recording recording;
  recording.path = path.string();
  const std::string name = path.filename().string();
  const std::string text = read_file(path);
  if (path.extension() == ".sse") {
    recording.wire = text;
    recording.chunks = sse_documents(text);
  } else if (path.extension() == ".txt") {
    recording.chunks = line_documents(text);
    for (const std::string& chunk : recording.chunks) recording.wire += "data: " + chunk + "\n\n";
  } else if (path.extension() == ".json" && name.find(".request.") == std::string::npos) {
    recording.wire = text;
    recording.chunks = {text};
    recording.is_document = true;
  }
  return recording;
}

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

class GeminiOracle {
 public:
  void add(const json::Value& chunk) {
    const json::Value candidate = chunk["candidates"].at(0);
    for (const json::Value part : candidate["content"]["parts"].items()) {
      (part["thought"].boolean() == true ? expected.reasoning : expected.text) +=
          part["text"].string();
      const json::Value call = part["functionCall"];
      if (call.is_object())
        expected.tools.push_back(
            {"", std::string(call["name"].string()),
             call["args"].is_object() ? std::string(call["args"].raw()) : "{}"});
    }
    if (candidate["finishReason"].is_string()) expected.reason = candidate["finishReason"].string();
    const json::Value usage = chunk["usageMetadata"];
    const auto count = [&](const char* name) { return usage[name].integer().value_or(0); };
    if (usage["promptTokenCount"].integer() || usage["candidatesTokenCount"].integer())
      expected.usage = std::pair{count("promptTokenCount") + count("toolUsePromptTokenCount"),
                                 count("candidatesTokenCount") + count("thoughtsTokenCount")};
  }

  Expected expected;
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

std::optional<std::string> recordings_folder() {
  const char* root = std::getenv("THREADKEEP_SHARED");
  const fs::path folder = fs::path(root == nullptr ? "../shared" : root) / "data" / "streams";
  if (!fs::is_directory(folder)) return std::nullopt;
  return folder.string();
}

std::vector<Recording> read_recordings(const std::string& folder) {
  std::vector<Recording> recordings;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    Recording recording = read_recording(entry.path());
    const auto protocol = protocol_of(recording.chunks);
    if (!protocol) continue;
    recording.protocol = *protocol;
    recordings.push_back(std::move(recording));
  }
  std::sort(recordings.begin(), recordings.end(),
            [](const Recording& a, const Recording& b) { return a.path < b.path; });
  return recordings;
}

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
