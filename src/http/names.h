// Names and paths, as HTTP compares and writes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace threadkeep::http {

// The path of a target, percent-decoded once. Nothing when it does not begin with '/', holds a bad
// escape, a NUL, a backslash, a '#', a byte outside ASCII, a "." or ".." segment, or when what it
// decodes to is not UTF-8.
std::optional<std::string> decode_path(std::string_view encoded);

}  // namespace threadkeep::http
