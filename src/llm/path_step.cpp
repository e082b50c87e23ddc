#include "llm/path_step.h"

#include <cctype>
#include <cstddef>

namespace threadkeep::llm {
namespace {

bool is_alphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

}  // namespace

std::string path_step(std::string_view text, Slash slash) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string path;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain =
        is_alphanumeric(c) || c == '-' || c == '_' || (c == '/' && slash == Slash::kept);
    // A dot is plain where it cannot be part of a step to another folder.
    const bool is_dot_of_name = c == '.' && i > 0 && is_alphanumeric(text[i - 1]) &&
                                i + 1 < text.size() && is_alphanumeric(text[i + 1]);
    if (is_plain || is_dot_of_name) {
      path += c;
    } else {
      path.append({'%', digits[byte >> 4], digits[byte & 0xf]});
    }
  }
  return path;
}

}  // namespace threadkeep::llm
