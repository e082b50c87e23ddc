#include <sodium.h>

#include <algorithm>
#include <array>
#include <string>

#include "domain/refusals.h"
#include "domain/setting_rules.h"
#include "json/json.h"
#include "store/sql/rows.h"
#include "store/sql/terms.h"

namespace threadkeep::sql {
namespace {

static_assert(static_cast<int>(TitleSource::none) == 0 &&
                  static_cast<int>(TitleSource::excerpt) == 1 &&
                  static_cast<int>(TitleSource::model) == 2 &&
                  static_cast<int>(TitleSource::user) == 3,
              "title_source is stored as this number");

std::string tags_as_json(const std::vector<std::string>& tags) {
  std::string text;
  json::Writer writer(text);
  writer.begin_array();
  for (const std::string& tag : tags) writer.string(tag);
  writer.end_array();
  return text;
}

std::vector<std::string> tags_of_json(std::string_view text) {
  std::vector<std::string> tags;
  if (text == "[]") return tags;
  const auto parsed = json::Document::parse(std::string(text), json::Mode::foreign);
  if (!parsed) throw StorageFailure(StorageFailure::Kind::unavailable, "tags are not JSON");
  for (const json::Value tag : parsed->root().items()) tags.emplace_back(tag.string());
  return tags;
}

// What every reader relies on.
void check_before_writing(const ConversationRow& row) {
  ensure(row.head >= 0 && row.head <= row.last, "the head is one of the messages");
  ensure(row.value.is_erased == (row.state == State::erased), "what is erased is told as such");
}

constexpr std::size_t users_met_max = 10'000;

using Hash = std::array<unsigned char, 16>;

// Tells a retry from another conversation under the same id, without a second copy of its words.
Hash hash_of(const NewConversation& conversation) {
  const std::string parts = creation_text(conversation);
  Hash hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(parts.data()),
                     parts.size(), nullptr, 0);
  return hash;
}

Bytes bytes_of(const Hash& hash) {
  return {std::string_view(reinterpret_cast<const char*>(hash.data()), hash.size())};
}

const std::string find_conversation_sql = "SELECT " + std::string(conversation_columns) +
                                          " FROM conversations WHERE id = $1 AND " +
                                          term::user_of_conversation + " = $2";

const std::string load_conversation_sql =
    "SELECT " + std::string(conversation_columns) + " FROM conversations WHERE key = $1";

}  // namespace

std::optional<std::int64_t> find_user(Transaction& transaction, const UserId& user) {
  UserNumbers& met = transaction.users;
  if (const auto found = met.find(user); found != met.end()) return found->second;
  Query query(transaction.connection, "SELECT number FROM users WHERE id = $1", user);
  if (!query.next()) return std::nullopt;
  // A number never changes, so all may be forgotten: those who are active are soon met again.
  if (met.size() >= users_met_max) met.clear();
  met[user] = query.integer(0);
  return query.integer(0);
}

Result<std::int64_t> find_or_make_user(Transaction& transaction, const UserId& user) {
  if (const auto number = find_user(transaction, user)) return *number;
  std::int64_t number = 0;
  {
    // Two processes that do this at once take the same number: the second one's row is refused as a
    // conflict, and its whole transaction is tried again.
    Query query(transaction.connection, "SELECT coalesce(max(number), 0) + 1 FROM users");
    query.next();
    number = query.integer(0);
  }
  if (number > users_max) {
    return fail(Errc::storage_full, "There is no room for another user.");
  }
  Query(transaction.connection,
        "INSERT INTO users (number, id, seq, conversations, min_seq) VALUES ($1, $2, 0, 0, 0)",
        number, user)
      .run();
  return number;
}

// An update that changes nothing: where several processes write it takes the lock of the row, and
// what is read after it is as the one before left it. With one writer it costs a page that the
// transaction writes anyway.
void lock_user(Transaction& transaction, std::int64_t user) {
  Query(transaction.connection, "UPDATE users SET seq = seq WHERE number = $1", user).run();
}

bool lock_user_if_free(Transaction& transaction, std::int64_t user) {
  const std::string sql = "SELECT 1 FROM users WHERE number = $1" +
                          std::string(transaction.connection.word("lock if free"));
  Query query(transaction.connection, sql, user);
  return query.next();
}

SeqRange take_seq(Transaction& transaction, std::int64_t user, std::int64_t count) {
  // One statement takes the lock and the numbers: nobody else's transaction of this user can
  // commit numbers between these and their rows.
  Query query(transaction.connection,
              "UPDATE users SET seq = seq + $2 WHERE number = $1 RETURNING seq, id", user, count);
  ensure(query.next(), "whose rows are written is known");
  const std::int64_t last = query.integer(0);
  transaction.moved.push_back(Moved{query.ulid(1), last});
  query.run();
  return {last - count + 1, last};
}

ConversationRow read_conversation(const Query& query) {
  ConversationRow row;
  Conversation& value = row.value;
  row.key = query.integer(0);
  value.id = query.ulid(1);
  value.seq = query.integer(2);
  value.rev = query.integer(3);
  row.state = static_cast<State>(query.integer(4));
  value.is_erased = row.state == State::erased;
  value.is_archived = query.integer(5) != 0;
  value.is_pinned = query.integer(6) != 0;
  value.title_source = static_cast<TitleSource>(query.integer(7));
  value.created_at = query.integer(8);
  value.updated_at = query.integer(9);
  value.deleted_at = query.optional_integer(10);
  row.last = query.integer(11);
  value.message_count = query.integer(12);
  row.head = query.integer(13);
  value.head_id = query.optional_ulid(14);
  value.title = query.text(15);
  value.model = query.optional_text(16);
  value.folder = query.optional_text(17);
  value.tags = tags_of_json(query.text(18));
  value.metadata = query.text(19);
  row.jumps = query.integer(20);
  value.is_unread = query.integer(21) != 0;
  value.settings = parse_settings(query.text(22));
  return row;
}

std::optional<ConversationRow> find_conversation_row(Transaction& transaction, const UserId& user,
                                                     const ConversationId& id) {
  const auto number = find_user(transaction, user);
  if (!number) return std::nullopt;
  Query query(transaction.connection, find_conversation_sql, id, *number);
  if (!query.next()) return std::nullopt;
  return read_conversation(query);
}

ConversationRow load_conversation(Transaction& transaction, std::int64_t key) {
  Query query(transaction.connection, load_conversation_sql, key);
  query.next();
  return read_conversation(query);
}

Result<ConversationRow> find_live_conversation(Transaction& transaction, const UserId& user,
                                               const ConversationId& id) {
  auto row = find_conversation_row(transaction, user, id);
  if (!row) return refusal::no_conversation();
  if (row->state != State::live) return refusal::deleted(row->value);
  return std::move(*row);
}

Result<ConversationRow> make_conversation(Transaction& transaction, const UserId& user,
                                          const NewConversation& created_as) {
  {
    // Whose it is stays unknown here: only that the id is no longer free.
    Query taken(transaction.connection, "SELECT 1 FROM conversations WHERE id = $1", created_as.id);
    if (taken.next()) return refusal::no_conversation();
  }
  const auto number = find_or_make_user(transaction, user);
  if (!number) return tl::unexpected(number.error());
  // A count of all that were ever made: the key of one that was forgotten is never given again.
  Query query(transaction.connection, "SELECT conversations FROM users WHERE number = $1", *number);
  query.next();
  const std::int64_t ordinal = query.integer(0) + 1;
  if (ordinal > transaction.limits.conversations_per_user_max) {
    return refusal::no_room_for_conversation();
  }
  ConversationRow row;
  row.key = conversation_key(*number, ordinal);
  row.value = row_of(created_as, transaction.now);
  return row;
}

void insert_conversation(Transaction& transaction, const ConversationRow& row,
                         const NewConversation& created_as) {
  check_before_writing(row);
  Query(transaction.connection,
        "UPDATE users SET conversations = conversations + 1 WHERE number = $1", row.user())
      .run();
  const Conversation& value = row.value;
  const std::string tags = tags_as_json(value.tags);
  const std::string settings = settings_json(value.settings);
  const Hash hash = hash_of(created_as);
  Query(transaction.connection,
        "INSERT INTO conversations (key, id, seq, rev, state, is_archived, is_pinned, "
        "title_source, created_at, updated_at, deleted_at, last_position, message_count, "
        "head_position, head_id, title, model, folder, tags, metadata, created_as, jump_count, "
        "is_unread, settings) VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $8, $9, NULL, $10, $11, $12, "
        "$13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
        row.key, value.id, value.seq, value.rev, int{value.is_archived}, int{value.is_pinned},
        static_cast<int>(value.title_source), value.created_at, value.updated_at, row.last,
        value.message_count, row.head, value.head_id, value.title, value.model, value.folder, tags,
        value.metadata, bytes_of(hash), row.jumps, int{value.is_unread}, settings)
      .run();
  if (!value.tags.empty()) replace_tags(transaction, row);
}

bool is_created_as(Transaction& transaction, const ConversationRow& row,
                   const NewConversation& conversation) {
  const Hash hash = hash_of(conversation);
  Query query(transaction.connection,
              "SELECT 1 FROM conversations WHERE key = $1 AND created_as = $2", row.key,
              bytes_of(hash));
  return query.next();
}

void update_conversation_row(Transaction& transaction, const ConversationRow& row) {
  check_before_writing(row);
  const Conversation& value = row.value;
  const std::string tags = tags_as_json(value.tags);
  const std::string settings = settings_json(value.settings);
  Query(transaction.connection,
        "UPDATE conversations SET seq = $2, rev = $3, state = $4, is_archived = $5, is_pinned = "
        "$6, title_source = $7, updated_at = $8, deleted_at = $9, last_position = $10, "
        "message_count = $11, head_position = $12, head_id = $13, title = $14, model = $15, folder "
        "= $16, tags = $17, metadata = $18, jump_count = $19, is_unread = $20, settings = $21 "
        "WHERE key = $1",
        row.key, value.seq, value.rev, static_cast<int>(row.state), int{value.is_archived},
        int{value.is_pinned}, static_cast<int>(value.title_source), value.updated_at,
        value.deleted_at, row.last, value.message_count, row.head, value.head_id, value.title,
        value.model, value.folder, tags, value.metadata, row.jumps, int{value.is_unread}, settings)
      .run();
}

// Appending moves the head, at the time of the server: an edit of the head that another device made
// before, and sends later, does not move it back.
void update_conversation_head(Transaction& transaction, const ConversationRow& row) {
  check_before_writing(row);
  const Conversation& value = row.value;
  Query(transaction.connection,
        "UPDATE conversations SET seq = $2, updated_at = $3, last_position = $4, message_count = "
        "$5, head_position = $6, head_id = $7, title = $8, title_source = $9, model = $10, "
        "jump_count = $11, head_edited_at = $12 WHERE key = $1",
        row.key, value.seq, value.updated_at, row.last, value.message_count, row.head,
        value.head_id, value.title, static_cast<int>(value.title_source), value.model, row.jumps,
        transaction.now)
      .run();
}

void replace_tags(Transaction& transaction, const ConversationRow& row) {
  Query(transaction.connection, "DELETE FROM conversation_tags WHERE conversation = $1", row.key)
      .run();
  for (const std::string& tag : row.value.tags) {
    Query(transaction.connection,
          "INSERT INTO conversation_tags (conversation, tag) VALUES ($1, $2) ON CONFLICT DO "
          "NOTHING",
          row.key, tag)
        .run();
  }
}

EditTimes load_edit_times(Transaction& transaction, std::int64_t key) {
  Query query(transaction.connection,
              "SELECT title_edited_at, is_archived_edited_at, is_pinned_edited_at, "
              "is_unread_edited_at, folder_edited_at, tags_edited_at, model_edited_at, "
              "head_edited_at, system_edited_at, temperature_edited_at, max_tokens_edited_at, "
              "effort_edited_at, tools_edited_at, allowed_tools_edited_at FROM conversations WHERE "
              "key = $1",
              key);
  query.next();
  const SettingTimes settings{query.integer(8),  query.integer(9),  query.integer(10),
                              query.integer(11), query.integer(12), query.integer(13)};
  return EditTimes{query.integer(0), query.integer(1), query.integer(2),
                   query.integer(3), query.integer(4), query.integer(5),
                   query.integer(6), query.integer(7), settings};
}

void save_edit_times(Transaction& transaction, std::int64_t key, const EditTimes& times) {
  Query(transaction.connection,
        "UPDATE conversations SET title_edited_at = $2, is_archived_edited_at = $3, "
        "is_pinned_edited_at = $4, is_unread_edited_at = $5, folder_edited_at = $6, "
        "tags_edited_at = $7, model_edited_at = $8, head_edited_at = $9, system_edited_at = $10, "
        "temperature_edited_at = $11, max_tokens_edited_at = $12, effort_edited_at = $13, "
        "tools_edited_at = $14, allowed_tools_edited_at = $15 WHERE key = $1",
        key, times.title, times.is_archived, times.is_pinned, times.is_unread, times.folder,
        times.tags, times.model, times.head, times.settings.system, times.settings.temperature,
        times.settings.max_tokens, times.settings.effort, times.settings.tools,
        times.settings.allowed_tools)
      .run();
}

}  // namespace threadkeep::sql
