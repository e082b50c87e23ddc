// What is looked at in whole tables, not conversation by conversation.
#include <limits>
#include <set>
#include <utility>

#include "upkeep/all_tables.h"
#include "upkeep/blobs.h"
#include "upkeep/checker.h"

namespace threadkeep::upkeep {
namespace {

constexpr std::int64_t clock_slack_ms = 24 * std::int64_t{3'600'000};

// Rows that hang in the air.
struct OwnerRule {
  const char* rule;
  const char* what;
  const char* sql;     // their keys
  const char* remove;  // what makes them go, where they can be derived anew; or nothing
};

constexpr OwnerRule owner_rules[] = {
    {"conversation-owner", "a conversation of no user",
     "SELECT key FROM conversations c WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.number = "
     "c.key >> 20)",
     nullptr},
    {"preset-owner", "a preset of no user",
     "SELECT key FROM presets p WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.number = "
     "p.key >> 20)",
     "DELETE FROM presets WHERE key = $1"},
    {"message-owner", "a message of no conversation",
     "SELECT key FROM messages m WHERE NOT EXISTS (SELECT 1 FROM conversations c WHERE c.key = "
     "m.key >> 23)",
     nullptr},
    {"jump-owner", "a place in the tree of no message",
     "SELECT child FROM jumps j WHERE NOT EXISTS (SELECT 1 FROM messages m WHERE m.key = j.child)",
     "DELETE FROM jumps WHERE child = $1"},
    {"tag-owner", "a tag of no conversation",
     "SELECT DISTINCT conversation FROM conversation_tags t WHERE NOT EXISTS (SELECT 1 FROM "
     "conversations c WHERE c.key = t.conversation)",
     "DELETE FROM conversation_tags WHERE conversation = $1"},
    {"blob-owner", "a file of no user",
     "SELECT DISTINCT owner FROM blobs b WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.number = "
     "b.owner)",
     "DELETE FROM blobs WHERE owner = $1"},
    {"answer-part-owner", "a part of an answer that does not lie in parts",
     "SELECT DISTINCT message FROM answer_parts p WHERE NOT EXISTS (SELECT 1 FROM messages m WHERE "
     "m.key = p.message AND (m.status IN (1, 2) OR m.content = ''))",  // sql::may_have_parts
     "DELETE FROM answer_parts WHERE message = $1"},
    {"answer-part", "an answer with a part missing",
     "SELECT message FROM answer_parts GROUP BY message HAVING min(part) <> 1 OR count(*) <> "
     "max(part) UNION "
     // The end of one that stays in its parts ends with nothing more.
     "SELECT p.message FROM answer_parts p JOIN messages m ON m.key = p.message WHERE m.content = "
     "'' AND p.closing <> '' AND NOT EXISTS (SELECT 1 FROM answer_parts o WHERE o.message = "
     "p.message AND o.part > p.part)",
     nullptr},
    {"vendor-owner", "a vendor of no user",
     "SELECT DISTINCT owner FROM vendors v WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.number "
     "= "
     "v.owner)",
     "DELETE FROM vendors WHERE owner = $1"},
    // A key that cannot be opened is none of these: only the server has the secret.
    {"vendor", "an entered vendor that nobody can have entered",
     "SELECT DISTINCT owner FROM vendors WHERE name = '' OR address = '' OR rev < 1 OR changed_at "
     "< "
     "0",
     nullptr},
    {"operation-owner", "a pushed operation of no user",
     "SELECT DISTINCT owner FROM operations o WHERE NOT EXISTS (SELECT 1 FROM users u WHERE "
     "u.number = o.owner)",
     "DELETE FROM operations WHERE owner = $1"},
    // Without it devices offer again whatever they have: more than needed, and never less.
    {"epoch-start", "an epoch of no user, or that began after the end of the user's sequence",
     "SELECT DISTINCT owner FROM epoch_starts s WHERE NOT EXISTS (SELECT 1 FROM users u WHERE "
     "u.number = s.owner AND u.seq >= s.seq)",
     "DELETE FROM epoch_starts WHERE owner = $1"},
};

}  // namespace

void check_owners(Checker& checker) {
  for (const OwnerRule& rule : owner_rules) {
    std::vector<std::int64_t> keys;
    {
      sql::Query query(checker.connection, rule.sql);
      while (query.next()) keys.push_back(query.integer(0));
    }
    for (const std::int64_t key : keys) {
      const std::string where = "key " + std::to_string(key);
      if (rule.remove == nullptr) {
        checker.find(rule.rule, where, rule.what);
      } else {
        checker.find(rule.rule, where, rule.what, "removed",
                     [&] { sql::Query(checker.connection, rule.remove, key).run(); });
      }
    }
  }
}

void check_meta(Checker& checker) {
  const auto check_size = [&](const char* name, std::size_t size, bool is_needed) {
    sql::Query query(checker.connection, "SELECT value FROM meta WHERE name = $1",
                     std::string_view(name));
    const bool is_there = query.next();
    if (is_there ? query.bytes(0).size() != size : is_needed) {
      checker.find("meta", name, is_there ? "it has another size than it must" : "it is missing");
    }
  };
  sql::Query epochs(checker.connection, "SELECT count(*) FROM epochs WHERE number >= 1");
  if (!epochs.next() || epochs.integer(0) == 0) {
    checker.find("epoch", "database", "it has no epoch");
  }
  epochs.run();
  check_size("cursor_key", 32, true);
  check_size("local_user", 16, false);
}

// Times of edits by hand, whichever fields have one: none lies before 1970 or ahead of the clock.
void check_edit_times(Checker& checker) {
  constexpr std::string_view ending = "_edited_at";
  for (const tables::Table& table : all_tables()) {
    for (const tables::Column& column : table.columns) {
      const std::string& name = column.name;
      if (name.size() < ending.size() || name.substr(name.size() - ending.size()) != ending) {
        continue;
      }
      const UnixMs latest = checker.now + clock_slack_ms;
      const bool is_of_presets = table.name == "presets";
      std::vector<std::pair<std::int64_t, std::string>> rows;
      {
        std::string select = is_of_presets ? "SELECT key FROM " : "SELECT key, id FROM ";
        select.append(table.name).append(" WHERE ").append(name).append(" < 0 OR ");
        select.append(name).append(" > $1");
        sql::Query query(checker.connection, select, latest);
        while (query.next()) {
          const std::int64_t key = query.integer(0);
          rows.emplace_back(
              key, is_of_presets ? show_preset(key) : "conversation " + show_id(query.bytes(1)));
        }
      }
      for (const auto& [key, where] : rows) {
        checker.find("edit-time", where,
                     name + " is no time, or in the future: it would win over every later edit",
                     "set to now", [&, at = key] {
                       sql::Query(checker.connection,
                                  "UPDATE " + table.name + " SET " + name + " = $2 WHERE key = $1",
                                  at, checker.now)
                           .run();
                     });
      }
    }
  }
}

// The engine's own check, where it has one in SQL.
void check_engine(Checker& checker) {
  const std::string_view sql = checker.connection.word("integrity");
  if (sql.empty()) return;
  sql::Query query(checker.connection, sql);
  while (query.next()) {
    if (query.text(0) != "ok") checker.find("engine", "database", std::string(query.text(0)));
  }
}

// How far the derived tables have come: never further than their users.
void check_positions(Checker& checker) {
  std::vector<std::pair<std::int64_t, std::string>> wrong;
  {
    sql::Query query(checker.connection,
                     "SELECT owner, name FROM derived_positions p WHERE NOT EXISTS (SELECT 1 FROM "
                     "users u WHERE u.number = p.owner AND u.seq >= p.seq)");
    while (query.next()) wrong.emplace_back(query.integer(0), query.text(1));
  }
  for (const auto& [owner, name] : wrong) {
    checker.find("derived-position", "user number " + std::to_string(owner),
                 name + " is ahead of the user's sequence, or of no user", "it will be made anew",
                 [&, user = owner, table = name] {
                   sql::Query(checker.connection,
                              "DELETE FROM derived_positions WHERE owner = $1 AND name = $2", user,
                              table)
                       .run();
                 });
  }
}

void check_derived(Checker& checker, const sql::Derived& derived,
                   const std::vector<CheckedUser>& users) {
  const auto tell = [&](std::int64_t key, const std::string& what) {
    checker.find("derived-row", "message key " + std::to_string(key),
                 std::string(derived.name()) + ": " + what, "made anew",
                 [&] { sql::make_anew(checker.connection, derived, key); });
  };
  const auto on_rows = [&](std::size_t) { checker.progress.advance(0); };
  std::int64_t last = -1;
  for (const CheckedUser& user : users) {
    const sql::KeyRange range = sql::keys_of_user(user.number);
    // Between the users there is nobody whose rows could be there.
    derived.compare(checker.connection, {last + 1, range.first - 1}, {}, tell);
    sql::compare_all(checker.connection, derived, user.number, on_rows, tell);
    last = range.last;
  }
  derived.compare(checker.connection, {last + 1, std::numeric_limits<std::int64_t>::max()}, {},
                  tell);
}

void check_blobs(Checker& checker, sql::BlobContents& contents) {
  std::set<BlobHash> named;
  for (const NamedBlob& blob : named_blobs(checker.connection)) {
    named.insert(blob.hash);
    const BlobState state = look_at_blob(contents, blob);
    if (state == BlobState::missing) {
      checker.find("blob-missing", "file " + blob.hash.text(), "its bytes are not there");
    } else if (state == BlobState::damaged) {
      checker.find("blob-damaged", "file " + blob.hash.text(), "its bytes are others");
    }
    checker.progress.advance(0);
  }
  std::vector<BlobHash> ownerless;
  contents.each([&](const BlobHash& hash) {
    if (named.count(hash) == 0) ownerless.push_back(hash);
  });
  for (const BlobHash& hash : ownerless) {
    checker.find("blob-ownerless", "file " + hash.text(), "it belongs to nobody", "removed",
                 [&, lost = hash] { contents.remove_unless(lost, [] { return false; }); });
  }
}

}  // namespace threadkeep::upkeep
