// Which bytes of a file a request asks for (RFC 9110, section 14).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace threadkeep::api {

struct ByteRange {
  std::int64_t first = 0;
  std::int64_t size = 0;
};

enum class RangeKind {
  whole,          // none is asked for, or in a form that may be ignored
  part,           // the range
  unsatisfiable,  // nothing of it is there
};

struct WantedBytes {
  RangeKind kind = RangeKind::whole;
  ByteRange range;  // for `whole` all of them
};

// `range` is the header's value: one range at most, others were refused before.
WantedBytes wanted_bytes(std::optional<std::string_view> range, std::int64_t size);

}  // namespace threadkeep::api
