// Tool calls out of the pieces in which vendors stream them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"
#include "llm/answer_parser.h"
#include "llm/half_characters.h"
#include "llm/provider.h"
#include "llm/tool_names.h"

namespace threadkeep::llm {

// Finds out whether a text that comes in pieces holds a whole JSON object or array already.
class JsonBalance {
 public:
  // Takes what belongs to the value and returns how much of the piece that is. After the value:
  // nothing.
  std::size_t take(std::string_view piece);
  bool is_whole() const { return is_whole_; }

 private:
  int depth_ = 0;
  bool in_string_ = false;
  bool is_escaped_ = false;
  bool is_whole_ = false;
};

// Puts pieces together by index, by id or, where a vendor sends neither, by order, and says them as
// events one call after the other: a call that begins while another is not whole waits for it.
class ToolCalls {
 public:
  // `unique` is the beginning of ids that are made up, and must differ between answers. `names` are
  // those of the request.
  ToolCalls(std::string unique, ToolNames names, std::function<void(Event)> emit)
      : unique_(std::move(unique)), names_(std::move(names)), emit_(std::move(emit)) {}

  // One piece, which looks for its call among them. `function` is {name?, arguments?}. False: there
  // are tool_calls_max calls already, and this would be another one.
  [[nodiscard]] bool add(std::optional<std::int64_t> index, std::string_view id,
                         json::Value function);
  // True when text can be said now: no call is open, or only whole ones, which are ended by this.
  bool make_room_for_text();
  // Ends all calls. False: one has an input and no name, so that nobody can run it. A call with
  // neither is left out.
  bool finish();
  bool any() const { return !used_ids_.empty(); }

 private:
  struct ToolCall {
    std::optional<std::int64_t> index;
    std::string vendor_id;
    std::string name;
    HalfCharacters halves;
    std::string waiting;  // input that was not said yet
    bool has_input = false;
    bool is_begun = false;
    JsonBalance balance;
  };
  // None: there is no room for another one.
  ToolCall* find_or_begin(std::optional<std::int64_t> index, std::string_view id,
                          std::string_view name);
  ToolCall* begin(std::optional<std::int64_t> index, std::string_view id);
  void take_input(ToolCall& call, std::string_view input);
  void say(ToolCall& call);
  void end(ToolCall& call);
  void advance();
  std::string unused_id(const std::string& vendor_id);

  std::string unique_;
  ToolNames names_;
  std::function<void(Event)> emit_;
  std::vector<ToolCall> calls_;
  std::size_t said_ = 0;  // calls before this one are ended
  std::vector<std::string> used_ids_;
};

}  // namespace threadkeep::llm
