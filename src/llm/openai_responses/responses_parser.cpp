#include "llm/openai_responses/responses_parser.h"

#include <algorithm>
#include <array>
#include <utility>

#include "llm/openai_responses/signatures.h"

namespace threadkeep::llm {
namespace {

constexpr std::size_t items_max = 4'096;  // of one answer
constexpr std::string_view paragraph = "\n\n";
constexpr std::string_view content = "content";
constexpr std::string_view summary = "summary";

// What grows: "response.output_text.delta", and is told whole at its end ("…done").
struct PartName {
  std::string_view name;
  bool is_reasoning;
  std::string_view place;  // the array of the item that holds the part
  std::string_view index;
  std::string_view whole;  // where its end tells it
};
constexpr auto part_names = std::to_array<PartName>({
    {"response.output_text", false, content, "content_index", "text"},
    {"response.refusal", false, content, "content_index", "refusal"},
    {"response.reasoning_text", true, content, "content_index", "text"},
    {"response.reasoning_summary_text", true, summary, "summary_index", "text"},
});

// "output_text", "refusal", "summary_text", "reasoning_text": whatever a part calls its words.
json::Value words_of(json::Value part) {
  return part["text"].is_string() ? part["text"] : part["refusal"];
}

}  // namespace

ResponsesParser::ResponsesParser(AnswerParserOptions options,
                                 const std::function<void(Event)>& on_event)
    : AnswerParser(std::move(options.asked), options.limits, on_event),
      tool_id_prefix_(std::move(options.tool_id_prefix)),
      tool_names_(std::move(options.tool_names)) {}

void ResponsesParser::on_chunk(json::Value chunk) {
  const std::string_view type = chunk["type"].string();
  if (type == "error" || chunk["error"].is_object() || chunk["error"].is_string())
    return fail(reported_error(asked(), chunk));
  if (type == "response.completed" || type == "response.incomplete" || type == "response.failed" ||
      type == "response.cancelled") {
    on_response(chunk["response"]);
    if (reason) complete();
    return;
  }
  if (!on_item_event(type, chunk)) on_part_event(type, chunk);
}

bool ResponsesParser::on_item_event(std::string_view type, json::Value chunk) {
  const bool is_begin = type == "response.output_item.added";
  if (!is_begin && type != "response.output_item.done") return false;
  const json::Value told = chunk["item"];
  Item* item = begin_item(
      chunk["output_index"].integer().value_or(static_cast<std::int64_t>(items_.size())), told);
  if (item != nullptr && !is_begin) end_item(*item, told);
  return true;
}

void ResponsesParser::on_part_event(std::string_view type, json::Value chunk) {
  const std::size_t dot = type.rfind('.');
  if (dot == std::string_view::npos) return;
  const std::string_view name = type.substr(0, dot);
  const bool is_piece = type.substr(dot) == ".delta";
  if (!is_piece && type.substr(dot) != ".done") return;
  if (name == "response.function_call_arguments") {
    Item* call = item_of(chunk, Kind::call);
    if (call == nullptr) return;
    if (is_piece) {
      grow(*call, chunk["delta"]);
    } else {
      end_part(*call, chunk["arguments"]);
    }
    return;
  }
  const auto part = std::find_if(part_names.begin(), part_names.end(),
                                 [&](const PartName& row) { return row.name == name; });
  if (part == part_names.end()) return;
  Item* item = item_of(chunk, part->is_reasoning ? Kind::reasoning : Kind::message);
  if (item == nullptr) return;
  if (!begin_part(*item, part->place, chunk[part->index].integer().value_or(0))) return;
  if (is_piece) {
    grow(*item, chunk["delta"]);
  } else {
    end_part(*item, chunk[part->whole]);
  }
}

void ResponsesParser::on_document(json::Value document) {
  if (document.is_array()) document = document.at(0);
  on_response(document);
  if (!is_ended() && !document["output"].is_array() && !error_words(document).empty())
    fail(reported_error(asked(), document));
}

// The answer as a whole. What was not heard of it in events is taken from here.
void ResponsesParser::on_response(json::Value response) {
  on_usage(response["usage"]);
  std::int64_t index = 0;
  const bool was_heard = has_said_something;
  for (const json::Value told : response["output"].items()) {
    if (was_heard) break;
    Item* item = begin_item(index++, told);
    if (item != nullptr) end_item(*item, told);
    if (is_ended()) return;
  }
  on_status(response);
}

void ResponsesParser::on_status(json::Value response) {
  const std::string_view status = response["status"].string();
  if (response["error"].is_object()) return fail(reported_error(asked(), response));
  if (status == "failed" || status == "cancelled")
    return fail(Failure::Kind::overloaded, "gave up in the middle of its answer");
  if (status == "incomplete") {
    const std::string_view why = response["incomplete_details"]["reason"].string();
    reason = Finished::Reason::other;
    // Servers that give no reason know only this one.
    if (why.empty() || why == "max_output_tokens" || why == "max_tokens")
      reason = Finished::Reason::length;
    if (why == "content_filter") reason = Finished::Reason::content_filter;
  } else if (status == "completed" || (status.empty() && has_said_something)) {
    reason = Finished::Reason::stop;
  }
}

void ResponsesParser::on_usage(json::Value told) {
  const auto input = token_count({told["input_tokens"]});
  const auto output = token_count({told["output_tokens"]});
  if (!input && !output) return;
  usage = Usage{input.value_or(0), output.value_or(0), std::nullopt, std::nullopt};
  usage->cached_input_tokens = token_count({told["input_tokens_details"]["cached_tokens"]});
  usage->reasoning_tokens = token_count({told["output_tokens_details"]["reasoning_tokens"]});
}

// The item of an event. One that was never begun is begun by this: servers leave that out.
ResponsesParser::Item* ResponsesParser::item_of(json::Value chunk, Kind kind) {
  const std::int64_t index = chunk["output_index"].integer().value_or(0);
  Item* item = begin_item(index, {});
  if (item == nullptr) return nullptr;
  if (item->kind == Kind::other && !item->is_done) item->kind = kind;
  return item->kind == kind && !item->is_done ? item : nullptr;
}

// The item with that index, which may be there already.
ResponsesParser::Item* ResponsesParser::begin_item(std::int64_t index, json::Value told) {
  if (is_ended()) return nullptr;
  has_said_something = true;
  auto item = std::find_if(items_.rbegin(), items_.rend(),
                           [&](const Item& one) { return one.index == index; });
  if (item == items_.rend()) {
    if (items_.size() == items_max) {
      fail(Failure::Kind::malformed, "sent an answer of too many parts");
      return nullptr;
    }
    items_.emplace_back().index = index;
    item = items_.rbegin();
  }
  const std::string_view type = told["type"].string();
  if (type == "message") item->kind = Kind::message;
  if (type == "reasoning") item->kind = Kind::reasoning;
  if (type == "function_call") {
    item->kind = Kind::call;
    begin_call(*item, told);
  }
  return is_ended() ? nullptr : &*item;
}

void ResponsesParser::end_item(Item& item, json::Value told) {
  if (item.is_done) return;
  if (item.kind == Kind::call) {
    if (!item.is_begun) return fail(Failure::Kind::malformed, "called a tool without naming it");
    end_part(item, told["arguments"]);
    return end_call(item);
  }
  // What was said of one of the two is not said again as the other.
  take_parts(item, summary, told["summary"]);
  take_parts(item, content, told["content"]);
  say_rest(item);
  item.is_done = true;
  const std::string_view encrypted = told["encrypted_content"].string();
  if (item.kind != Kind::reasoning || encrypted.empty()) return;
  say_of(item, ReasoningEnded{signature_of({told["id"].string(), encrypted})});
  last_said_ = Kind::other;
}

void ResponsesParser::take_parts(Item& item, std::string_view name, json::Value parts) {
  if (item.kind != Kind::message && item.kind != Kind::reasoning) return;
  std::int64_t index = 0;
  for (const json::Value part : parts.items()) {
    if (begin_part(item, name, index++)) end_part(item, words_of(part));
  }
}

// False: that part is over, or of the kind that is not shown.
bool ResponsesParser::begin_part(Item& item, std::string_view name, std::int64_t index) {
  if (item.part_index >= 0 && item.part_name != name) return false;
  if (index < item.part_index) return false;
  if (index == item.part_index) return true;
  say_rest(item);
  item.part_name = name;
  item.part_index = index;
  item.said.clear();
  return true;
}

void ResponsesParser::grow(Item& item, json::Value piece) {
  say_piece(item, item.halves.join(piece));
}

// Says what was not told in pieces.
void ResponsesParser::end_part(Item& item, json::Value whole) {
  const std::string_view words = whole.string();
  if (!words.starts_with(item.said)) return say_rest(item);
  item.halves.take_rest();  // whole in there
  say_piece(item, std::string(words.substr(item.said.size())));
}

void ResponsesParser::say_rest(Item& item) {
  say_piece(item, std::string(item.halves.take_rest()));
}

void ResponsesParser::say_piece(Item& item, std::string text) {
  if (text.empty() || is_ended()) return;
  const bool is_first = item.said.empty();
  item.said += text;
  if (item.kind == Kind::call) return say_of(item, ToolInputDelta{std::move(text)});
  if (is_first && last_said_ == item.kind) text.insert(0, paragraph);
  last_said_ = item.kind;
  if (item.kind == Kind::reasoning) {
    say_of(item, ReasoningDelta{std::move(text)});
  } else {
    say_of(item, TextDelta{std::move(text)});
  }
}

void ResponsesParser::begin_call(Item& item, json::Value told) {
  if (item.is_begun || told["name"].string().empty()) return;
  if (used_ids_.size() == tool_calls_max) {
    return fail(Failure::Kind::malformed,
                "asked for more than " + std::to_string(tool_calls_max) + " tools at once");
  }
  item.is_begun = true;
  if (open_call_ == nullptr) open_call_ = &item;
  last_said_ = Kind::call;
  // Its input may have come before its name.
  item.waiting.insert(item.waiting.begin(),
                      ToolUseBegun{unused_id(std::string(told["call_id"].string())),
                                   std::string(tool_names_.meant(told["name"].string()))});
  if (open_call_ == &item) say_what_waited();
}

void ResponsesParser::end_call(Item& item) {
  if (item.said.empty()) say_of(item, ToolInputDelta{"{}"});
  say_of(item, ToolUseEnded{});
  item.is_done = true;
  if (open_call_ != &item) return;
  open_call_ = nullptr;
  say_what_waited();
}

void ResponsesParser::say_of(Item& item, Event event) {
  const bool is_unnamed = item.kind == Kind::call && !item.is_begun;
  if (is_unnamed || (open_call_ != nullptr && open_call_ != &item)) {
    item.waiting.push_back(std::move(event));
  } else {
    say(std::move(event));
  }
}

// In the order of the items, up to the next call that is open.
void ResponsesParser::say_what_waited() {
  for (Item& item : items_) {
    if (open_call_ != nullptr && open_call_ != &item) continue;
    if (item.kind == Kind::call && !item.is_begun) continue;
    if (item.kind == Kind::call && !item.is_done) open_call_ = &item;
    std::vector<Event> waiting;
    waiting.swap(item.waiting);
    for (Event& event : waiting) say(std::move(event));
  }
}

std::string ResponsesParser::unused_id(const std::string& vendor_id) {
  std::string id = vendor_id;
  if (id.empty() || used_ids_.contains(id))
    id = tool_id_prefix_ + std::to_string(used_ids_.size() + 1);
  used_ids_.insert(id);
  return id;
}

void ResponsesParser::complete() {
  for (Item& item : items_) {
    say_rest(item);
    if (item.kind != Kind::call || item.is_done) continue;
    if (!item.is_begun) return fail(Failure::Kind::malformed, "called a tool without naming it");
    end_call(item);
  }
  const Finished::Reason told = reason.value_or(Finished::Reason::stop);
  const bool is_for_tools = told == Finished::Reason::stop && !used_ids_.empty();
  end(Finished{is_for_tools ? Finished::Reason::tool_use : told});
}

// An open call stays open, unless words wait for its end.
void ResponsesParser::say_held_back() {
  for (Item& item : items_) say_rest(item);
  while (open_call_ != nullptr && std::any_of(items_.begin(), items_.end(), [](const Item& item) {
           return !item.waiting.empty() && (item.is_done || item.kind != Kind::call);
         }))
    end_call(*open_call_);
}

}  // namespace threadkeep::llm
