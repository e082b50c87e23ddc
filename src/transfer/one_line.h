// Names and titles of elsewhere in the form that every way into the store asks for.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace threadkeep {

// Line breaks, tabs and other control characters become single spaces, at the ends nothing. At most
// `bytes_max` bytes, no code point cut. A text that is one line already stays as it is.
std::string one_line(std::string_view text, std::size_t bytes_max);

}  // namespace threadkeep
