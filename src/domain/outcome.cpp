#include "domain/outcome.h"

namespace threadkeep {

bool is_usage(const json::Value& value) {
  if (!value.is_object()) return false;
  for (const json::Member& member : value.members()) {
    if (member.value.integer().value_or(-1) < 0) return false;
  }
  return true;
}

bool is_failure_note(const json::Value& value) {
  return value["type"].is_string() && value["detail"].is_string();
}

}  // namespace threadkeep
