// The answer of an OpenAI-style chat completion, of every vendor that was recorded for the tests.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"
#include "llm/answer_parser.h"
#include "llm/half_characters.h"
#include "llm/openai_chat/think_tags.h"
#include "llm/openai_chat/tool_calls.h"
#include "llm/tool_names.h"

namespace threadkeep::llm {

class OpenAiChatParser : public AnswerParser {
 public:
  OpenAiChatParser(AnswerParserOptions options, const std::function<void(Event)>& on_event);

 private:
  void on_chunk(json::Value chunk) override;
  void on_document(json::Value document) override;
  bool is_end_mark(std::string_view data) const override { return data.starts_with("[DONE]"); }
  void say_held_back() override;
  void complete() override;

  void on_message(json::Value message);
  void on_content(json::Value content);
  void on_reasoning(json::Value message);
  void on_tool_calls(json::Value message);
  void on_finish_reason(std::string_view reason_name);
  void on_usage(json::Value told);
  void say_text(json::Value piece);
  void say_reasoning(json::Value piece);
  void say_rest_of_text();
  void say_rest_of_reasoning();
  void say_words(Event event);  // text or reasoning: waits while a tool call is not whole
  void say_what_waited();

  HalfCharacters text_halves_;
  HalfCharacters reasoning_halves_;
  const bool tells_dollars_;
  ThinkTags think_tags_;
  ToolCalls tool_calls_;
  std::vector<Event> waiting_;  // text that came in the middle of a tool call
};

}  // namespace threadkeep::llm
