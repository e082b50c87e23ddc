// The metadata of a message: a JSON object in which parts of the program keep what they know of it.
#pragma once

#include <string>
#include <string_view>

namespace threadkeep {

// With this member, in the place of one of its name; what else `metadata` has stays in it. `value`
// is JSON.
std::string metadata_with(std::string_view metadata, std::string_view name, std::string_view value);

}  // namespace threadkeep
