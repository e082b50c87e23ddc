// What the parts of check_store share. Inside src/upkeep.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ulid.h"
#include "store/sql/query.h"
#include "store/sql/rows.h"
#include "upkeep/check.h"

namespace threadkeep::upkeep {

struct Checker {
  sql::Connection& connection;
  Mend mend;
  UnixMs now;
  const std::function<void(const Finding&)>& tell;
  Progress& progress;
  UlidMaker& ids;
  CheckReport report;

  // A finding that cannot be mended.
  void find(std::string rule, std::string where, std::string what);
  // One that can: `change` mends it, and runs unless this check only looks.
  void find(std::string rule, std::string where, std::string what, std::string done,
            const std::function<void()>& change);
  // The user's next number of the commit sequence.
  std::int64_t next_number(std::int64_t user) const;
};

struct CheckedUser {
  std::int64_t number = 0;
  std::string id;
  std::int64_t seq = 0;
  std::int64_t conversations = 0;
  std::int64_t min_seq = 0;
};

// Rules of whole tables.
void check_engine(Checker& checker);
void check_meta(Checker& checker);
void check_edit_times(Checker& checker);
void check_owners(Checker& checker);
void check_positions(Checker& checker);
void check_derived(Checker& checker, const sql::Derived& derived,
                   const std::vector<CheckedUser>& users);
void check_blobs(Checker& checker, sql::BlobContents& contents);

// A conversation as its row says.
struct CheckedConversation {
  std::int64_t key = 0;
  std::string id;
  std::int64_t seq = 0;
  std::int64_t rev = 0;
  std::int64_t state = 0;
  std::int64_t title_source = 0;
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
  std::optional<std::int64_t> deleted_at;
  std::optional<std::int64_t> erased_at;
  std::int64_t last_position = 0;
  std::int64_t jump_count = 0;
  std::int64_t message_count = 0;
  std::int64_t head_position = 0;
  std::optional<std::string> head_id;
  std::string title;
  std::optional<std::string> model;
  std::optional<std::string> folder;
  std::string tags;
  std::string metadata;
  std::string settings;

  std::string where() const;
};

// Everything that belongs to one conversation. Adds the numbers of its rows to `numbers`.
void check_conversation(Checker& checker, const CheckedConversation& row,
                        std::vector<std::int64_t>& numbers);

// The presets of a user. Adds the numbers of their rows to `numbers`.
void check_presets(Checker& checker, const CheckedUser& user, std::vector<std::int64_t>& numbers);

struct CheckedMessage {
  std::int64_t position = 0;
  std::string id;
  std::int64_t seq = 0;
  std::int64_t role = 0;
  std::int64_t status = 0;
  std::int64_t created_at = 0;
  std::optional<std::int64_t> deleted_at;
  std::int64_t state = 0;
  std::optional<std::int64_t> token_count;
  std::optional<std::string> usage;
  std::optional<std::string> error;
  std::string metadata;
  std::string content;
  std::optional<std::string> model;

  bool is_live() const { return !deleted_at; }
};

// What every way into the store asks for (domain/entry_rules.h).
void check_entry(Checker& checker, const CheckedConversation& row);
struct CheckedEntry {
  std::int64_t seq = 0;  // one that was mended takes a number, so that every device gets it; or 0
  bool is_too_large = false;  // its content, for one message: check_large_message is for that
};
// The same of a message that is not erased.
CheckedEntry check_entry(Checker& checker, const std::string& where, std::int64_t key,
                         const CheckedMessage& message);

// A conversation that was looked at, as it is now.
struct CheckedTree {
  std::int64_t key = 0;
  std::int64_t last_position = 0;
  std::int64_t live = 0;
  std::int64_t jumps = 0;
};

// Makes several messages of one that is too large: its content becomes the first part, the others
// come at the end of the conversation, each under the one before. When it was the head, the last of
// them is. Adds the numbers of the rows to `numbers`.
void check_large_message(Checker& checker, CheckedTree& tree, const std::string& where,
                         std::int64_t position, std::vector<std::int64_t>& numbers);

// An id for a person; what is none is told as such.
std::string show_id(std::string_view bytes);
// A preset by its key: its id is what a person wrote, and may be anything.
std::string show_preset(std::int64_t key);

}  // namespace threadkeep::upkeep
