// "What did I say about tomatoes?" in five languages.
#pragma once

#include <string>
#include <string_view>

namespace threadkeep::llm {

// The words to look for in past conversations, when the message asks for that; otherwise empty.
std::string search_wish(std::string_view message);

}  // namespace threadkeep::llm
