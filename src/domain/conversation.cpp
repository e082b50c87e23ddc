#include "domain/conversation.h"

#include <array>

namespace threadkeep {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 4> source_names{"default", "excerpt", "model", "user"};

}  // namespace

std::string_view title_source_name(TitleSource source) {
  return source_names[static_cast<std::size_t>(source)];
}

std::optional<TitleSource> parse_title_source(std::string_view name) {
  for (std::size_t i = 0; i < source_names.size(); ++i) {
    if (source_names[i] == name) return static_cast<TitleSource>(i);
  }
  return std::nullopt;
}

}  // namespace threadkeep
