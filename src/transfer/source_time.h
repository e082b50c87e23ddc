// The times of foreign exports.
#pragma once

#include <optional>

#include "base/clock.h"
#include "json/json.h"

namespace threadkeep {

// Unix seconds with a fraction, also as a string; milliseconds or microseconds, told by their size;
// ISO 8601 with or without a zone (none: UTC). Nothing for everything else, and for times before
// 2000 or from 2100 on: no chat was written then, so it is a broken clock or an empty field.
std::optional<UnixMs> parse_source_time(const json::Value& value);

}  // namespace threadkeep
