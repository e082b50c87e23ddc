#include "llm/openai_chat/tool_calls.h"

#include <algorithm>

namespace threadkeep::llm {

std::size_t JsonBalance::take(std::string_view piece) {
  std::size_t taken = 0;
  while (taken < piece.size() && !is_whole_) {
    const char c = piece[taken++];
    if (in_string_) {
      if (is_escaped_) {
        is_escaped_ = false;
      } else if (c == '\\') {
        is_escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if ((c == '}' || c == ']') && --depth_ <= 0) {
      is_whole_ = true;
    }
  }
  return taken;
}

bool ToolCalls::add(std::optional<std::int64_t> index, std::string_view id, json::Value function) {
  const std::string_view name = function["name"].string();
  ToolCall* const found = find_or_begin(index, id, name);
  if (found == nullptr) return false;
  ToolCall& call = *found;
  if (call.vendor_id.empty()) call.vendor_id = id;
  if (call.name.empty()) call.name = name;
  const json::Value arguments = function["arguments"];
  // Written as JSON in a string, or (Ollama's own habit) as the object itself.
  take_input(call,
             arguments.is_object() ? std::string(arguments.raw()) : call.halves.join(arguments));
  advance();
  return true;
}

void ToolCalls::take_input(ToolCall& call, std::string_view input) {
  const std::size_t taken = call.balance.take(input);
  call.waiting += input.substr(0, taken);
  if (taken > 0) call.has_input = true;
}

ToolCalls::ToolCall* ToolCalls::find_or_begin(std::optional<std::int64_t> index,
                                              std::string_view id, std::string_view name) {
  if (calls_.empty()) return begin(index, id);
  if (!index && id.empty()) return name.empty() ? &calls_.back() : begin(index, id);
  const auto found = std::find_if(calls_.rbegin(), calls_.rend(), [&](const ToolCall& call) {
    return index ? call.index == index : call.vendor_id == id;
  });
  if (found == calls_.rend()) return begin(index, id);
  // Some count every call as 0. A repeated name alone says nothing: some send it with every piece.
  const bool is_other_id = !id.empty() && !found->vendor_id.empty() && id != found->vendor_id;
  const bool is_new_call =
      !name.empty() && (is_other_id || ((id.empty() || !index) && found->balance.is_whole()));
  return is_new_call ? begin(index, id) : &*found;
}

ToolCalls::ToolCall* ToolCalls::begin(std::optional<std::int64_t> index, std::string_view id) {
  if (calls_.size() == tool_calls_max) return nullptr;
  ToolCall call;
  call.index = index;
  call.vendor_id = id;
  calls_.push_back(std::move(call));
  return &calls_.back();
}

std::string ToolCalls::unused_id(const std::string& vendor_id) {
  const bool is_usable = !vendor_id.empty() && std::find(used_ids_.begin(), used_ids_.end(),
                                                         vendor_id) == used_ids_.end();
  used_ids_.push_back(is_usable ? vendor_id : unique_ + std::to_string(used_ids_.size() + 1));
  return used_ids_.back();
}

void ToolCalls::say(ToolCall& call) {
  if (!call.is_begun) {
    call.is_begun = true;
    emit_(ToolUseBegun{unused_id(call.vendor_id), std::string(names_.meant(call.name))});
  }
  if (call.waiting.empty()) return;
  emit_(ToolInputDelta{std::move(call.waiting)});
  call.waiting.clear();
}

void ToolCalls::end(ToolCall& call) {
  take_input(call, call.halves.take_rest());
  if (!call.has_input) {
    call.has_input = true;
    call.waiting = "{}";
  }
  say(call);
  emit_(ToolUseEnded{});
  ++said_;
}

void ToolCalls::advance() {
  while (said_ < calls_.size()) {
    ToolCall& call = calls_[said_];
    if (call.name.empty()) return;
    say(call);
    if (!call.balance.is_whole() || said_ + 1 == calls_.size()) return;
    end(call);
  }
}

bool ToolCalls::make_room_for_text() {
  for (std::size_t i = said_; i < calls_.size(); ++i) {
    if (!calls_[i].balance.is_whole() || calls_[i].name.empty()) return false;
  }
  while (said_ < calls_.size()) end(calls_[said_]);
  return true;
}

bool ToolCalls::finish() {
  while (said_ < calls_.size()) {
    ToolCall& call = calls_[said_];
    if (!call.name.empty()) {
      end(call);
    } else if (call.has_input) {
      return false;
    } else {
      ++said_;
    }
  }
  return true;
}

}  // namespace threadkeep::llm
