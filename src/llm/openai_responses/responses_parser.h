// The answer of the OpenAI Responses protocol.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"
#include "llm/answer_parser.h"
#include "llm/half_characters.h"
#include "llm/tool_names.h"

namespace threadkeep::llm {

// Says the words of messages and refusals, summaries of reasoning or the reasoning itself, with
// what the vendor wants back of it (signatures.h), and calls of functions. Parts of one kind that
// follow each other are paragraphs. What the vendor does by itself (its own tools and their
// results, citations) is not part of what is said here.
//
// Items may overlap: words are said as they come, and whatever comes while a call is open waits for
// its end. Servers that send no deltas, or not all, are read from what they say at the end of each
// part, item or answer.
class ResponsesParser : public AnswerParser {
 public:
  ResponsesParser(AnswerParserOptions options, const std::function<void(Event)>& on_event);

 private:
  enum class Kind { message, reasoning, call, other };
  struct Item {
    std::int64_t index = 0;
    Kind kind = Kind::other;
    bool is_done = false;
    // Of the part that grows.
    std::string_view part_name;  // of the array that it stands in
    std::int64_t part_index = -1;
    std::string said;
    HalfCharacters halves;
    // Of a call.
    std::string vendor_id;
    std::string name;
    bool is_begun = false;
    std::vector<Event> waiting;
  };

  void on_chunk(json::Value chunk) override;
  void on_document(json::Value document) override;
  bool is_end_mark(std::string_view data) const override { return data.starts_with("[DONE]"); }
  void say_held_back() override;
  void complete() override;

  bool on_item_event(std::string_view type, json::Value chunk);
  void on_part_event(std::string_view type, json::Value chunk);
  void on_response(json::Value response);
  void on_status(json::Value response);
  void on_usage(json::Value told);
  Item* item_of(json::Value chunk, Kind kind);
  Item* begin_item(std::int64_t index, json::Value told);
  void end_item(Item& item, json::Value told);
  void take_parts(Item& item, std::string_view name, json::Value parts);
  bool begin_part(Item& item, std::string_view name, std::int64_t index);
  void grow(Item& item, json::Value piece);
  void end_part(Item& item, json::Value whole);
  void say_rest(Item& item);
  void say_piece(Item& item, std::string text);
  void begin_call(Item& item, json::Value told);
  void end_call(Item& item);
  void say_of(Item& item, Event event);
  void say_what_waited();
  std::string unused_id(const std::string& vendor_id);

  const std::string tool_id_prefix_;
  const ToolNames tool_names_;
  std::deque<Item> items_;        // in the order of their begin
  Item* open_call_ = nullptr;     // whoever is not it waits
  Kind last_said_ = Kind::other;  // `other` after the end of reasoning, too
  std::set<std::string> used_ids_;
};

}  // namespace threadkeep::llm
