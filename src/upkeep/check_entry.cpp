// Whether what is stored could have come in: the rules that every way into a store asks for.
#include <utility>

#include "domain/content.h"
#include "domain/entry_rules.h"
#include "domain/setting_rules.h"
#include "store/sql/answer_parts.h"
#include "upkeep/checker.h"

namespace threadkeep::upkeep {
namespace {

constexpr const char* outside_of_years = "a time lies outside of the years that there are";
constexpr const char* nearest_time = "set to the nearest that there is";
constexpr const char* wrong_content = "its content is no list of blocks as there may be";
constexpr const char* made_one_line = "brought onto one line";

// One row, whose wrong columns are mended one by one.
class RowCheck {
 public:
  RowCheck(Checker& checker, std::string table, std::string where, std::int64_t key)
      : checker_(checker), table_(std::move(table)), where_(std::move(where)), key_(key) {}

  void find(const char* rule, std::string what) { checker_.find(rule, where_, std::move(what)); }

  template <class Value>
  void mend(const char* rule, const char* column, std::string what, const char* done,
            const Value& value) {
    checker_.find(rule, where_, std::move(what), done, [&] {
      sql::Query(checker_.connection,
                 "UPDATE " + table_ + " SET " + column + " = $2 WHERE key = $1", key_, value)
          .run();
    });
  }

  // Of a message; from now on it stands in its row.
  void mend_content(const std::string& content) {
    checker_.find("content", where_, wrong_content, "what is wrong was kept as a text", [&] {
      sql::Query(checker_.connection, "UPDATE messages SET content = $2 WHERE key = $1", key_,
                 content)
          .run();
      sql::Query(checker_.connection, "DELETE FROM answer_parts WHERE message = $1", key_).run();
    });
  }

  void check_time(const char* rule, const char* column, std::int64_t ms) {
    if (!entry::is_time(ms))
      mend(rule, column, outside_of_years, nearest_time, entry::mended_time(ms));
  }

  void check_name(const char* column, const entry::Line& rule,
                  const std::optional<std::string>& name) {
    const auto wrong = name ? entry::wrong_with(rule, *name) : std::nullopt;
    if (!wrong) return;
    mend(column, column, "its " + std::string(column) + " " + *wrong, made_one_line,
         entry::mended_name(rule, *name));
  }

  void check_object(const char* rule, const char* column, entry::Kept kind,
                    const std::optional<std::string>& text) {
    const auto object = text ? entry::mended_object(kind, *text) : std::nullopt;
    if (object == text) return;
    mend(rule, column, "its " + std::string(column) + " is no JSON object as there may be",
         object ? "kept as a text in one" : "removed", object);
  }

 private:
  Checker& checker_;
  const std::string table_;
  const std::string where_;
  const std::int64_t key_;
};

// Whether it is too large for one message.
bool check_content_of(RowCheck& row, const std::string& text) {
  // Empty text is what an answer may hold, and what only check_erased looks for.
  const auto content = entry::mended_content(text, EmptyText::allowed);
  if (content && *content != text) {
    row.mend_content(*content);
  }
  return !content;
}

}  // namespace

void check_entry(Checker& checker, const CheckedConversation& conversation) {
  RowCheck row(checker, "conversations", conversation.where(), conversation.key);
  row.check_time("conversation-time", "created_at", conversation.created_at);
  row.check_time("conversation-time", "updated_at", conversation.updated_at);
  row.check_time("conversation-time", "deleted_at", conversation.deleted_at.value_or(0));
  if (const auto wrong = entry::wrong_with(entry::title, conversation.title)) {
    row.mend("title", "title", "its title " + *wrong, made_one_line,
             entry::mended(entry::title, conversation.title));
  }
  row.check_name("folder", entry::folder, conversation.folder);
  row.check_name("model", entry::model, conversation.model);
  row.check_object("conversation-json", "metadata", entry::Kept::metadata, conversation.metadata);
  const std::string settings = settings_json(parse_settings(conversation.settings));
  if (settings != conversation.settings) {
    row.mend("settings", "settings", "its settings are not as they may be",
             "what can be read was kept", settings);
  }
}

CheckedEntry check_entry(Checker& checker, const std::string& where, std::int64_t key,
                         const CheckedMessage& message) {
  const std::uint64_t mended_before = checker.report.mended;
  RowCheck row(checker, "messages", where, key);
  row.check_time("message-number", "created_at", message.created_at);
  if (message.token_count && !entry::is_count(*message.token_count)) {
    row.mend("message-number", "token_count", "the number of its tokens is none", "removed",
             std::optional<std::int64_t>());
  }
  row.check_name("model", entry::model, message.model);
  const auto status = static_cast<MessageStatus>(message.status);
  const auto parts = sql::may_have_parts(status, message.content)
                         ? sql::load_answer_content(checker.connection, key)
                         : std::nullopt;
  CheckedEntry entry;
  if (!parts) {
    entry.is_too_large = check_content_of(row, message.content);
  } else if (const auto content = entry::mended_content(*parts, EmptyText::allowed);
             content != parts) {
    // The end of an answer that is being written takes the place of its parts.
    if (content && is_final(status)) {
      row.mend_content(*content);
    } else {
      row.find("content", wrong_content);
    }
  }
  row.check_object("message-json", "metadata", entry::Kept::metadata, message.metadata);
  row.check_object("message-json", "usage", entry::Kept::usage, message.usage);
  row.check_object("message-json", "error", entry::Kept::error, message.error);
  if (checker.report.mended == mended_before) return entry;
  entry.seq = checker.next_number(sql::user_of_conversation(sql::conversation_of_message(key)));
  sql::Query(checker.connection, "UPDATE messages SET seq = $2, seq_rest = 0 WHERE key = $1", key,
             entry.seq)
      .run();
  return entry;
}

}  // namespace threadkeep::upkeep
