#include "domain/outcome.h"

#include "base/limits.h"

namespace threadkeep {

bool is_usage(const json::Value& value) {
  if (!value.is_object()) return false;
  for (const json::Member& member : value.members()) {
    const std::int64_t count = member.value.integer().value_or(-1);
    if (count < 0 || count > limits::count_max) return false;
  }
  return true;
}

bool is_failure_note(const json::Value& value) {
  return value["type"].is_string() && value["detail"].is_string();
}

}  // namespace threadkeep
