// The answer of Gemini's streamGenerateContent.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "json/json.h"
#include "llm/answer_parser.h"
#include "llm/gemini/partial_call.h"
#include "llm/half_characters.h"
#include "llm/tool_names.h"

namespace threadkeep::llm {

// Says text, thoughts, and calls of functions, which come whole or, from Vertex, in pieces, and are
// said whole; the signature of a part is said as one of reasoning, before what it belongs to. What
// the vendor does by itself (code that it runs, searches) is not part of what is said here.
class GeminiParser : public AnswerParser {
 public:
  GeminiParser(AnswerParserOptions options, const std::function<void(Event)>& on_event);

 private:
  void on_chunk(json::Value chunk) override;
  void on_document(json::Value document) override;
  void say_held_back() override;
  void complete() override;

  void on_part(json::Value part);
  void on_call(json::Value call);
  void begin_call(json::Value call);
  void say_call(std::string_view name, std::string input);
  void end_open_call();
  void on_finish_reason(std::string_view name);
  void on_usage(json::Value told);
  void say_rest(HalfCharacters& halves);

  const std::string tool_id_prefix_;
  const ToolNames tool_names_;
  HalfCharacters text_halves_;
  HalfCharacters thought_halves_;
  std::size_t calls_ = 0;
  std::optional<PartialCall> open_call_;  // of which there is more to come
};

}  // namespace threadkeep::llm
