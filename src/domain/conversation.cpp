#include "domain/conversation.h"

#include <algorithm>
#include <array>

namespace threadkeep {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 4> source_names{"default", "excerpt", "model", "user"};

template <class Field>
void keep_latest(std::optional<Field>& field, UnixMs& edited_at, UnixMs when) {
  if (!field) return;
  if (when < edited_at) {
    field.reset();
  } else {
    edited_at = when;
  }
}

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

void keep_latest_edits(ConversationPatch& patch, EditTimes& times, UnixMs now) {
  // A clock that was set back must not make an edit of this moment lose.
  const auto when = [&](UnixMs before) {
    return patch.edited_at ? std::min(*patch.edited_at, now) : std::max(before, now);
  };
  keep_latest(patch.title, times.title, when(times.title));
  keep_latest(patch.is_archived, times.is_archived, when(times.is_archived));
  keep_latest(patch.is_pinned, times.is_pinned, when(times.is_pinned));
  keep_latest(patch.is_unread, times.is_unread, when(times.is_unread));
  keep_latest(patch.folder, times.folder, when(times.folder));
  keep_latest(patch.tags, times.tags, when(times.tags));
  keep_latest(patch.model, times.model, when(times.model));
  keep_latest(patch.head_id, times.head, when(times.head));
}

}  // namespace threadkeep
