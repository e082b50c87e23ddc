// simdjson as the judge of our reader.
#pragma once

#include <string>

#include "json/json.h"

namespace threadkeep::json {

// Reads `text` with both and answers what they disagree on; empty when they agree. Where we are
// stricter on purpose, our error must be of the kind that says so.
std::string disagreement(const std::string& text, Mode mode);

}  // namespace threadkeep::json
