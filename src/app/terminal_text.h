// Text that came from elsewhere, as a terminal may show it.
#pragma once

#include <string>
#include <string_view>

namespace threadkeep {

// With U+FFFD in place of every character that a terminal would obey instead of showing it: the
// control characters (escape sequences begin with one), those that end a line, those that turn the
// direction of writing, and bytes that are no UTF-8.
std::string terminal_text(std::string_view text);

}  // namespace threadkeep
