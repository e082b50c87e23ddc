// The answer of the Anthropic messages protocol.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "json/json.h"
#include "llm/answer_parser.h"
#include "llm/half_characters.h"
#include "llm/tool_names.h"

namespace threadkeep::llm {

// Says text, thinking with its signature (messages_request.h knows its form), thinking that is
// hidden as a signature without words, and uses of tools. What the vendor does by itself (its own
// tools and their results, summaries of its own, citations) is not part of what is said here.
class AnthropicMessagesParser : public AnswerParser {
 public:
  AnthropicMessagesParser(AnswerParserOptions options, const std::function<void(Event)>& on_event);

 private:
  enum class Block { none, text, thinking, tool_use, other };

  void on_chunk(json::Value chunk) override;
  void on_document(json::Value document) override;
  void say_held_back() override;
  void complete() override;

  void begin_message(json::Value message);
  void begin_block(json::Value block);
  void begin_tool_use(json::Value block);
  void grow_block(json::Value delta);
  void end_block();
  void say_text(json::Value piece);
  void say_thinking(json::Value piece);
  void say_input(std::string json);
  void on_stop_reason(std::string_view name);
  void on_usage(json::Value told);
  std::string unused_id(std::string_view vendor_id);

  const std::string tool_id_prefix_;
  const ToolNames tool_names_;
  Block open_ = Block::none;
  HalfCharacters halves_;    // of the open block
  std::string signature_;    // of the open block
  bool has_input_ = false;   // the open block
  std::string first_input_;  // of the open block, unless it comes in pieces
  std::set<std::string> used_ids_;
};

}  // namespace threadkeep::llm
