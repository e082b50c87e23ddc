// Bytes as text (RFC 4648, section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace threadkeep {

// With padding, without line ends.
std::string base64(std::string_view bytes);

// Nothing: it is no such text. Padding may be missing.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace threadkeep
