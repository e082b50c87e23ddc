// Characters that a stream cuts in two.
//
// Servers that count in UTF-16 cut between the halves of an emoji, so that they come as "\ud83d" at
// the end of one JSON string and "\ude3a" at the beginning of the next. Each alone is no character.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json/json.h"

namespace threadkeep::llm {

// Of one text that comes as JSON strings, each of a document of its own (Mode::foreign).
class HalfCharacters {
 public:
  // The text of a piece, with the half that waited before it. A half at its end is held back; one
  // whose other half does not come is U+FFFD.
  std::string join(json::Value piece);
  // What waits, when no piece of this text follows: U+FFFD or nothing.
  std::string_view take_rest();

 private:
  std::optional<unsigned> high_;  // 0xD800 to 0xDBFF
};

}  // namespace threadkeep::llm
