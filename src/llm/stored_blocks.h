// Stored content blocks in the words that vendors are sent, whichever protocol they speak.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "json/json.h"

namespace threadkeep::llm {

// In the place of a result that is not there: a vendor refuses a call without one.
inline constexpr std::string_view no_result = "(This call was interrupted: there is no result.)";

// What a user says so that an answer that was cut off goes on.
inline constexpr std::string_view go_on =
    "Your last message was cut off. Go on with it exactly where it stops, in the middle of a word "
    "or a code block if need be. "
    "Do not repeat anything of it and do not comment on the interruption.";

// Of the call with this number in its request: nine letters and digits, which every vendor takes.
std::string counted_id(std::size_t number);

// Of a tool's result: a picture that is kept as a file; whether it is a list of texts and pictures.
bool is_picture(json::Value block);
bool is_list_of_blocks(json::Value content);

// The words of a tool's result, which is a string, a list of blocks, or any JSON. A picture is
// named.
std::string result_text(json::Value content);

// The words for a block of type image, file or source; empty for any other.
std::string words_for(json::Value block);

}  // namespace threadkeep::llm
