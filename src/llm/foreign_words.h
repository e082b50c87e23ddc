// Words of a vendor that a person is shown.
#pragma once

#include <string>
#include <string_view>

namespace threadkeep::llm {

// A foreign text as part of a sentence: on one line, valid UTF-8, without control characters, the
// key, things that look like keys and passwords in addresses, and cut at 240 bytes.
std::string clean_words(std::string_view text, const std::string& api_key);

}  // namespace threadkeep::llm
