// What a message's content refers to outside of it.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace threadkeep {

// Adds every string that stands under the name "attachmentId" anywhere in a content array, at any
// depth: too many rather than too few, since what nothing refers to is removed one day.
void add_attachment_ids(std::string_view content, std::set<std::string>& ids);

}  // namespace threadkeep
