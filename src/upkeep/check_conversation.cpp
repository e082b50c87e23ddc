#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "domain/entry_rules.h"
#include "json/json.h"
#include "store/sql/answer_parts.h"
#include "upkeep/checker.h"

namespace threadkeep::upkeep {
namespace {

constexpr std::int64_t messages_per_page = 200;
constexpr auto erased_state = static_cast<std::int64_t>(sql::State::erased);
constexpr auto live_message = static_cast<std::int64_t>(sql::MessageState::live);
constexpr auto erased_message = static_cast<std::int64_t>(sql::MessageState::erased);
constexpr auto erased_with_all = static_cast<std::int64_t>(sql::MessageState::erased_with_all);

std::vector<CheckedMessage> read_messages(sql::Connection& connection, std::int64_t conversation,
                                          std::int64_t after) {
  const std::int64_t base = sql::message_key(conversation, 0);
  sql::Query query(
      connection,
      "SELECT key, id, seq, role, status, created_at, deleted_at, token_count, usage, "
      "error, metadata, content, model, state FROM messages WHERE key > $1 AND key <= $2 ORDER BY "
      "key LIMIT $3",
      base + after, base + limits::messages_per_conversation_max, messages_per_page);
  std::vector<CheckedMessage> rows;
  while (query.next()) {
    CheckedMessage row;
    row.position = query.integer(0) - base;
    row.id = query.bytes(1);
    row.seq = query.integer(2);
    row.role = query.integer(3);
    row.status = query.integer(4);
    row.created_at = query.integer(5);
    row.deleted_at = query.optional_integer(6);
    row.token_count = query.optional_integer(7);
    row.usage = query.optional_text(8);
    row.error = query.optional_text(9);
    row.metadata = query.text(10);
    row.content = query.text(11);
    row.model = query.optional_text(12);
    row.state = query.integer(13);
    rows.push_back(std::move(row));
  }
  return rows;
}

// The tags of the column; none when it is no list of texts.
std::optional<std::vector<std::string>> read_tags(const std::string& text) {
  const auto parsed = json::Document::parse(text, json::Mode::foreign);
  if (!parsed || !parsed->root().is_array()) return std::nullopt;
  std::vector<std::string> tags;
  for (const json::Value tag : parsed->root().items()) {
    if (!tag.is_string()) return std::nullopt;
    tags.emplace_back(tag.string());
  }
  return tags;
}

std::string write_tags(const std::vector<std::string>& tags) {
  std::string text;
  json::Writer writer(text);
  writer.begin_array();
  for (const std::string& tag : tags) writer.string(tag);
  writer.end_array();
  return text;
}

// One conversation, looked at from its first message to its last.
class ConversationCheck {
 public:
  ConversationCheck(Checker& checker, const CheckedConversation& row,
                    std::vector<std::int64_t>& numbers)
      : checker_(checker),
        row_(row),
        numbers_(numbers),
        where_(row.where()),
        base_(sql::message_key(row.key, 0)) {}

  void check() {
    const std::uint64_t mended_before = checker_.report.mended;
    ++checker_.report.conversations;
    check_row();
    check_tags();
    read_jumps();
    walk();
    check_counts();
    check_head();
    check_large();
    std::int64_t seq = row_.seq;
    if (checker_.report.mended != mended_before) {
      seq = checker_.next_number(sql::user_of_conversation(row_.key));
      set("seq", seq);
    }
    numbers_.push_back(seq);
  }

 private:
  void find(const char* rule, std::string what) { checker_.find(rule, where_, std::move(what)); }
  void mend(const char* rule, std::string what, std::string done,
            const std::function<void()>& change) {
    checker_.find(rule, where_, std::move(what), std::move(done), change);
  }
  template <class Value>
  void set(const std::string& column, const Value& value) {
    sql::Query(checker_.connection, "UPDATE conversations SET " + column + " = $2 WHERE key = $1",
               row_.key, value)
        .run();
  }
  void mend_number(const char* rule, const char* column, std::int64_t is, std::int64_t must_be) {
    if (is == must_be) return;
    mend(rule, "it says " + std::to_string(is) + ", there are " + std::to_string(must_be),
         "set to " + std::to_string(must_be), [&] { set(column, must_be); });
  }

  void check_row();
  void check_erased();
  void check_tags();
  void read_jumps();
  void walk();
  void check_message(const CheckedMessage& message);
  void check_deletion(const CheckedMessage& message, const std::string& where);
  void check_parent(std::int64_t position);
  void mend_parent(std::int64_t position, std::string_view what);
  void check_counts();
  void check_head();
  void check_large();
  void set_head(std::int64_t position, const std::string& id) {
    set("head_position", position);
    set("head_id", sql::Bytes{id});
  }

  Checker& checker_;
  const CheckedConversation& row_;
  std::vector<std::int64_t>& numbers_;
  const std::string where_;
  const std::int64_t base_;

  std::map<std::int64_t, std::int64_t> jumps_;  // positions of child and parent, as they are now
  std::int64_t last_ = 0;                       // the latest position that was met
  std::int64_t live_ = 0;
  std::int64_t last_live_ = 0;  // the newest of them
  std::string last_live_id_;
  std::int64_t live_by_mending_ = 0;                          // fewer: negative
  std::vector<std::pair<std::int64_t, std::int64_t>> holes_;  // first and last
  std::vector<std::pair<std::int64_t, std::string>> large_;   // positions, and where that is
  std::optional<std::string> id_at_head_;
  bool is_head_live_ = false;
  std::int64_t position_of_head_ = 0;  // of the message with head_id; 0: none
};

void ConversationCheck::check_row() {
  if (row_.id.size() != 16) find("conversation-id", "its id has another size than an id");
  if (row_.state < 0 || row_.state > erased_state || row_.title_source < 0 ||
      row_.title_source > 3 || row_.rev < 1) {
    find("conversation-state", "its state, title source or revision is none that there is");
  }
  check_entry(checker_, row_);
  if (row_.state == 0 && row_.deleted_at) {
    mend("deleted-at", "it is live and has a time of deletion", "the time was removed",
         [&] { set("deleted_at", std::optional<std::int64_t>()); });
  }
  if (row_.state != 0 && !row_.deleted_at) {
    mend("deleted-at", "it is deleted and has no time of deletion", "set to now",
         [&] { set("deleted_at", checker_.now); });
  }
  if (row_.state == erased_state && !row_.erased_at) {
    mend("erased-at", "it is erased and has no time of that", "set to now",
         [&] { set("erased_at", checker_.now); });
  }
  if (row_.state != erased_state && row_.erased_at) {
    mend("erased-at", "it is not erased and has a time of that", "the time was removed",
         [&] { set("erased_at", std::optional<std::int64_t>()); });
  }
  if (row_.state == erased_state) check_erased();
}

void ConversationCheck::check_erased() {
  if (row_.title.empty() && !row_.folder && row_.tags == "[]" && row_.metadata == "{}" &&
      row_.settings == "{}") {
    return;
  }
  mend("erased", "it is erased and still has words", "they were removed", [&] {
    set("title", std::string());
    set("folder", std::optional<std::string>());
    set("tags", std::string("[]"));
    set("metadata", std::string("{}"));
    set("settings", std::string("{}"));
  });
}

void ConversationCheck::check_tags() {
  std::set<std::string> rows;
  {
    sql::Query query(checker_.connection,
                     "SELECT tag FROM conversation_tags WHERE conversation = $1", row_.key);
    while (query.next()) rows.emplace(query.text(0));
  }
  const auto tags = read_tags(row_.tags);
  if (!tags) {
    mend("tags", "its tags are no JSON array of texts", "made again from the rows of tags", [&] {
      set("tags", write_tags({rows.begin(), rows.end()}));
    });
    return;
  }
  const std::vector<std::string> right = entry::mended_tags(*tags);
  if (const auto wrong = entry::wrong_with_tags(*tags)) {
    mend("tags", "the list of its tags " + *wrong, "made a list of different lines",
         [&] { set("tags", write_tags(right)); });
  }
  const std::set<std::string> wanted(right.begin(), right.end());
  if (rows == wanted) return;
  mend("tag-rows", "the rows of tags are not those of the conversation", "made again", [&] {
    sql::Query(checker_.connection, "DELETE FROM conversation_tags WHERE conversation = $1",
               row_.key)
        .run();
    for (const std::string& tag : wanted) {
      sql::Query(checker_.connection,
                 "INSERT INTO conversation_tags (conversation, tag) VALUES ($1, $2)", row_.key, tag)
          .run();
    }
  });
}

void ConversationCheck::read_jumps() {
  sql::Query query(checker_.connection,
                   "SELECT child, parent FROM jumps WHERE child BETWEEN $1 AND $2 ORDER BY child",
                   base_, base_ + limits::messages_per_conversation_max);
  while (query.next()) jumps_.emplace(query.integer(0) - base_, query.integer(1) - base_);
}

void ConversationCheck::walk() {
  for (;;) {
    const auto page = read_messages(checker_.connection, row_.key, last_);
    if (page.empty()) return;
    for (const CheckedMessage& message : page) {
      if (message.position != last_ + 1) {
        holes_.emplace_back(last_ + 1, message.position - 1);
        find("positions", "the messages " + std::to_string(last_ + 1) + " to " +
                              std::to_string(message.position - 1) +
                              " are gone: only a backup can bring them back");
      }
      check_message(message);
      check_parent(message.position);
      last_ = message.position;
      if (message.is_live()) {
        ++live_;
        last_live_ = message.position;
        last_live_id_ = message.id;
      }
      if (message.position == row_.head_position) {
        id_at_head_ = message.id;
        is_head_live_ = message.is_live();
      }
      if (message.id == row_.head_id) position_of_head_ = message.position;
      numbers_.push_back(message.seq);
      ++checker_.report.messages;
      checker_.progress.advance();
    }
  }
}

void ConversationCheck::check_message(const CheckedMessage& message) {
  const std::string where = where_ + ", message " + show_id(message.id);
  if (message.id.size() != 16) checker_.find("message-id", where, "its id has another size");
  if (message.role < 0 || message.role > 3 || message.status < 0 || message.status > 5) {
    checker_.find("message-state", where, "its role or status is none that there is");
  }
  check_deletion(message, where);
  if (row_.state != erased_state && message.state < erased_message) {
    const CheckedEntry entry = check_entry(checker_, where, base_ + message.position, message);
    if (entry.seq != 0) numbers_.push_back(entry.seq);
    // The parts of one in the trash would be seen.
    if (entry.is_too_large && message.is_live()) large_.emplace_back(message.position, where);
  }
  if ((row_.state == erased_state || message.state >= erased_message) &&
      (message.content != "[]" || message.metadata != "{}" || message.usage || message.error)) {
    checker_.find("erased", where, "it is erased and still has words", "they were removed", [&] {
      sql::Query(checker_.connection,
                 "UPDATE messages SET content = '[]', metadata = '{}', usage = NULL, error = NULL "
                 "WHERE key = $1",
                 base_ + message.position)
          .run();
    });
  }
}

// Whoever can be seen is not made to vanish: a state and a time that do not fit are taken as live.
void ConversationCheck::check_deletion(const CheckedMessage& message, const std::string& where) {
  const auto set_in_row = [&](const std::string& values) {
    sql::Query(checker_.connection, "UPDATE messages SET " + values + " WHERE key = $1",
               base_ + message.position)
        .run();
  };
  if (row_.state == erased_state) {
    if (message.deleted_at && message.state == erased_with_all) return;
    checker_.find("message-deletion", where, "its conversation is erased and it is not",
                  "marked as erased with it", [&] {
                    set_in_row("state = " + std::to_string(erased_with_all) +
                               ", deleted_at = coalesce(deleted_at, " +
                               std::to_string(checker_.now) + ")");
                  });
    if (message.is_live()) --live_by_mending_;
    return;
  }
  const bool is_known = message.state >= live_message && message.state <= erased_message;
  if (is_known && (message.state == live_message) == message.is_live()) return;
  checker_.find("message-deletion", where, "whether it is deleted is said in two ways",
                "taken as live", [&] { set_in_row("state = 0, deleted_at = NULL"); });
  if (!message.is_live()) ++live_by_mending_;
}

void ConversationCheck::check_parent(std::int64_t position) {
  const auto jump = jumps_.find(position);
  if (jump == jumps_.end()) {
    if (last_ + 1 != position) mend_parent(position, "the message that it answers is gone");
    return;
  }
  const std::int64_t parent = jump->second;
  const bool is_in_hole = std::any_of(holes_.begin(), holes_.end(), [&](const auto& hole) {
    return parent >= hole.first && parent <= hole.second;
  });
  if (parent < 0 || parent >= position || is_in_hole) {
    mend_parent(position, "it answers no earlier message of its conversation");
  } else if (parent == position - 1) {
    mend_parent(position, "its place in the tree is noted without need");
  }
}

// The nearest message in front of it: nothing is hidden by that.
void ConversationCheck::mend_parent(std::int64_t position, std::string_view what) {
  mend("parent", "message " + std::to_string(position) + ": " + std::string(what),
       "it answers the one before it now", [&] {
         sql::Query(checker_.connection, "DELETE FROM jumps WHERE child = $1", base_ + position)
             .run();
         jumps_.erase(position);
         if (last_ == position - 1) return;
         sql::Query(checker_.connection, "INSERT INTO jumps (child, parent) VALUES ($1, $2)",
                    base_ + position, base_ + last_)
             .run();
         jumps_[position] = last_;
       });
}

void ConversationCheck::check_counts() {
  mend_number("last-position", "last_position", row_.last_position, last_);
  mend_number("message-count", "message_count", row_.message_count, live_ + live_by_mending_);
  mend_number("jump-count", "jump_count", row_.jump_count,
              static_cast<std::int64_t>(jumps_.size()));
}

void ConversationCheck::check_head() {
  const bool has_none = row_.head_position == 0 && !row_.head_id;
  if (has_none && (last_live_ == 0 || row_.state == erased_state)) return;
  if (id_at_head_ && row_.head_id == id_at_head_) {
    if (is_head_live_ || last_live_ == 0) return;
    mend("head", "it is a message that was deleted", "set to the newest message that was not",
         [&] { set_head(last_live_, last_live_id_); });
    return;
  }
  if (position_of_head_ != 0) {
    mend("head", "its place is not where it lies", "set to the place of that message",
         [&] { set_head(position_of_head_, *row_.head_id); });
  } else if (id_at_head_) {
    mend("head", "it names another message than its place", "set to the message at that place",
         [&] { set_head(row_.head_position, *id_at_head_); });
  } else if (last_live_ != 0) {
    mend("head", "it is no message of the conversation", "set to the newest message",
         [&] { set_head(last_live_, last_live_id_); });
  } else {
    mend("head", "it names a message, and there is none", "removed", [&] {
      set("head_position", std::int64_t{0});
      set("head_id", std::optional<Ulid>());
    });
  }
}

void ConversationCheck::check_large() {
  CheckedTree tree{row_.key, last_, live_ + live_by_mending_,
                   static_cast<std::int64_t>(jumps_.size())};
  for (const auto& [position, where] : large_)
    check_large_message(checker_, tree, where, position, numbers_);
}

}  // namespace

std::string CheckedConversation::where() const {
  return "conversation " + show_id(id) + " (key " + std::to_string(key) + ")";
}

void check_conversation(Checker& checker, const CheckedConversation& row,
                        std::vector<std::int64_t>& numbers) {
  ConversationCheck(checker, row, numbers).check();
}

}  // namespace threadkeep::upkeep
