// The words of a web page, without what draws it.
#pragma once

#include <string>
#include <string_view>

namespace threadkeep::tools {

struct PageText {
  std::string title;
  std::string text;  // valid UTF-8; paragraphs on lines of their own
};

// Of HTML, whatever is wrong with it: takes time in proportion to its length and runs nothing of
// it. Scripts, styles and comments are left out, links keep their words.
PageText text_of_html(std::string_view html);

// Bytes of this charset ("utf-8", "iso-8859-1", ...) as valid UTF-8. What cannot be read becomes
// U+FFFD; an unknown charset is taken for UTF-8.
std::string utf8_of(std::string_view bytes, std::string_view charset);

}  // namespace threadkeep::tools
