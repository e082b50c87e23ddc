// Foreign JSON, written again so that our own strict reader takes it.
#pragma once

#include "json/json.h"

namespace threadkeep {

// Writes `value` of a document in Mode::foreign as JSON that Mode::strict accepts, compact and in
// the source's order. What cannot stay as it is: a number that strict refuses becomes the string of
// its digits, and what lies deeper than `depth_max` levels becomes the string of its JSON text.
void write_strict(json::Writer& writer, const json::Value& value, int depth_max = 40);

}  // namespace threadkeep
