// What edits make of a conversation: the examples that the client reads too.
#include <gtest/gtest.h>

#include "domain/content.h"
#include "domain/conversation.h"
#include "domain/setting_rules.h"
#include "domain/title.h"
#include "vectors/vectors.h"

namespace threadkeep::test {
namespace {

std::optional<std::string> nullable(const json::Value& value) {
  return value.is_string() ? std::optional<std::string>(value.string()) : std::nullopt;
}

std::vector<std::string> texts(const json::Value& list) {
  std::vector<std::string> all;
  for (const json::Value item : list.items()) all.emplace_back(item.string());
  return all;
}

ConversationPatch patch_of(const json::Value& edit) {
  const json::Value fields = edit["fields"];
  const auto has = [&](const char* name) { return !fields[name].is_absent(); };
  ConversationPatch patch;
  patch.edited_at = edit["editedAt"].integer();
  if (has("title")) patch.title = std::string(fields["title"].string());
  patch.is_archived = fields["isArchived"].boolean();
  patch.is_pinned = fields["isPinned"].boolean();
  patch.is_unread = fields["isUnread"].boolean();
  if (has("folder")) patch.folder = nullable(fields["folder"]);
  if (has("tags")) patch.tags = texts(fields["tags"]);
  if (has("model")) patch.model = nullable(fields["model"]);
  if (has("headId")) patch.head_id = Ulid::parse(fields["headId"].string()).value();
  for (const entry::SettingRule& rule : entry::setting_rules()) {
    const json::Value setting = fields["settings"][rule.name];
    if (!setting.is_absent()) rule.take(setting, patch.settings);
  }
  return patch;
}

// The fields of `shown` alone.
void expect_shown(const Conversation& row, const json::Value& shown) {
  const auto has = [&](const char* name) { return !shown[name].is_absent(); };
  EXPECT_TRUE(!has("title") || row.title == shown["title"].string());
  EXPECT_TRUE(!has("titleSource") ||
              title_source_name(row.title_source) == shown["titleSource"].string());
  EXPECT_TRUE(!has("isArchived") || row.is_archived == shown["isArchived"].boolean());
  EXPECT_TRUE(!has("isPinned") || row.is_pinned == shown["isPinned"].boolean());
  EXPECT_TRUE(!has("isUnread") || row.is_unread == shown["isUnread"].boolean());
  EXPECT_TRUE(!has("folder") || row.folder == nullable(shown["folder"]));
  EXPECT_TRUE(!has("model") || row.model == nullable(shown["model"]));
  EXPECT_TRUE(!has("tags") || row.tags == texts(shown["tags"]));
  EXPECT_TRUE(!has("settings") || settings_json(row.settings) == shown["settings"].raw());
  EXPECT_TRUE(!has("headId") || row.head_id->text() == shown["headId"].string());
}

TEST(EditVectors, MakeWhatTheClientShows) {
  const json::Document document = open_vectors("edits.json");
  const json::Value vectors = document.root();
  const UnixMs now = vectors["now"].integer().value();
  for (const json::Value merge : rows(vectors["merges"])) {
    SCOPED_TRACE(std::string(merge["name"].string()));
    Conversation row;
    row.title = vectors["row"]["title"].string();
    row.title_source = parse_title_source(vectors["row"]["titleSource"].string()).value();
    row.folder = nullable(vectors["row"]["folder"]);
    row.tags = texts(vectors["row"]["tags"]);
    row.model = nullable(vectors["row"]["model"]);
    row.head_id = Ulid::parse(vectors["row"]["headId"].string()).value();
    row.settings = entry::mended_settings(vectors["row"]["settings"]);
    EditTimes times;
    for (const json::Value edit : rows(merge["edits"])) {
      ConversationPatch patch = patch_of(edit);
      keep_latest_edits(patch, times, now);
      apply(patch, row);
      title_by(row, {Role::user, text_content(vectors["question"].string())});
    }
    expect_shown(row, merge["shown"]);
  }
}

}  // namespace
}  // namespace threadkeep::test
