// What a model said, put together again, with every breach of the order that llm/provider.h
// promises.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "llm/provider.h"

namespace threadkeep::llm {

struct HeardTool {
  std::string id;
  std::string name;
  std::string input;
  bool is_ended = false;
  bool operator==(const HeardTool&) const = default;
};

struct Heard {
  std::string text;
  std::string reasoning;
  std::vector<std::string> signatures;
  std::vector<HeardTool> tools;
  std::string blocks;  // one letter for each block, in order: t, r, c(all)
  std::optional<Usage> usage;
  std::optional<Finished::Reason> finished;
  std::optional<std::string> failed;
  std::optional<Failure> failure;
  std::vector<std::string> breaches;

  void add(const Event& event) {
    if (finished || failed) breaches.push_back("an event after the end");
    std::visit([this](const auto& e) { on(e); }, event);
  }
  bool is_ended() const { return finished || failed; }

 private:
  bool tool_is_open() const { return !tools.empty() && !tools.back().is_ended; }
  void begin_block(char kind) {
    if (blocks.empty() || blocks.back() != kind) blocks += kind;
  }
  void words(char kind, std::string& all, const std::string& piece) {
    if (piece.empty()) breaches.push_back("an empty piece");
    if (tool_is_open()) breaches.push_back("words inside a tool use");
    if (usage) breaches.push_back("words after the usage");
    begin_block(kind);
    all += piece;
  }
  void on(const TextDelta& e) { words('t', text, e.text); }
  void on(const ReasoningDelta& e) { words('r', reasoning, e.text); }
  void on(const ReasoningEnded& e) {
    if (tool_is_open()) breaches.push_back("the end of reasoning inside a tool use");
    begin_block('r');
    signatures.push_back(e.signature);
  }
  // No protocol says it after anything but text.
  void on(const TextWasReasoning&) {
    if (blocks != "t") breaches.push_back("no text that could have been reasoning");
    reasoning.swap(text);
    blocks = "r";
  }
  void on(const ToolUseBegun& e) {
    if (tool_is_open()) breaches.push_back("a tool use inside another");
    if (e.id.empty() || e.name.empty()) breaches.push_back("a tool use without id or name");
    for (const HeardTool& tool : tools) {
      if (tool.id == e.id) breaches.push_back("a tool id twice");
    }
    blocks += 'c';
    tools.push_back({e.id, e.name, "", false});
  }
  void on(const ToolInputDelta& e) {
    if (!tool_is_open()) breaches.push_back("tool input outside of a tool use");
    if (!tools.empty()) tools.back().input += e.json;
  }
  void on(const ToolUseEnded&) {
    if (!tool_is_open()) breaches.push_back("the end of no tool use");
    if (!tools.empty()) tools.back().is_ended = true;
  }
  void on(const Usage& e) {
    if (usage) breaches.push_back("usage twice");
    usage = e;
  }
  void on(const Finished& e) {
    if (tool_is_open()) breaches.push_back("finished inside a tool use");
    finished = e.reason;
  }
  void on(const Failed& e) {
    failed = e.failure.sentence;
    failure = e.failure;
  }
};

inline std::ostream& operator<<(std::ostream& out, const HeardTool& tool) {
  return out << tool.id << " " << tool.name << "(" << tool.input << ")"
             << (tool.is_ended ? "" : " open");
}

}  // namespace threadkeep::llm
