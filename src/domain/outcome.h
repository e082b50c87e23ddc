// What an answer ended with beside its text, as it is stored: what it used, and what went wrong.
#pragma once

#include "json/json.h"

namespace threadkeep {

// {inputTokens, outputTokens, ...}: an object of nothing but counts, 0 to limits::count_max.
bool is_usage(const json::Value& value);

// {type, detail, ...}: an object in which these two are texts, which is what people are shown.
bool is_failure_note(const json::Value& value);

}  // namespace threadkeep
