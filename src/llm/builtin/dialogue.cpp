#include "llm/builtin/dialogue.h"

#include <utility>

#include "base/ascii.h"
#include "json/json.h"
#include "llm/builtin/words.h"

namespace threadkeep::llm {
namespace {

// FNV-1a.
void mix(std::uint64_t& seed, std::string_view text) {
  for (const char c : text) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
}

void read_system_turn(json::Value blocks, Dialogue& dialogue) {
  for (const json::Value block : blocks.items()) {
    if (block["type"].string() != "text") continue;
    const std::string_view text = trimmed(block["text"].string());
    if (!text.empty()) dialogue.systems.emplace_back(text.substr(0, text.find('\n')));
    dialogue.words += count_words(text);
    return;
  }
}

void read_user_turn(json::Value blocks, Dialogue& dialogue) {
  std::string text;
  for (const json::Value block : blocks.items()) {
    if (block["type"].string() != "text") continue;
    if (!text.empty()) text += "\n\n";
    text += block["text"].string();
  }
  dialogue.question_before = std::exchange(dialogue.question, std::move(text));
  ++dialogue.questions;
  dialogue.tool_answer.reset();
  dialogue.said.clear();
  mix(dialogue.seed, dialogue.question);
  dialogue.words += count_words(dialogue.question);
}

void read_assistant_turn(json::Value blocks, Dialogue& dialogue) {
  for (const json::Value block : blocks.items()) {
    const std::string_view type = block["type"].string();
    if (type == "text") {
      dialogue.said += block["text"].string();
      dialogue.words += count_words(block["text"].string());
    } else if (type == "tool_result") {
      dialogue.tool_answer = ToolAnswer{std::string(block["content"].raw()),
                                        block["isError"].boolean().value_or(false)};
      dialogue.said.clear();
      dialogue.words += count_words(dialogue.tool_answer->content);
    }
  }
}

}  // namespace

Dialogue read_dialogue(const Request& request) {
  Dialogue dialogue;
  dialogue.seed = 0xCBF29CE484222325ULL;
  for (const Turn& turn : request.turns) {
    const auto content = json::Document::parse(turn.content, json::Mode::foreign);
    if (!content) continue;
    if (turn.role == Role::system) read_system_turn(content->root(), dialogue);
    if (turn.role == Role::user) read_user_turn(content->root(), dialogue);
    if (turn.role == Role::assistant || turn.role == Role::tool)
      read_assistant_turn(content->root(), dialogue);
  }
  return dialogue;
}

}  // namespace threadkeep::llm
