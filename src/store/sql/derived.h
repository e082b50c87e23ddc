// Tables that are made from the messages alone and can be made anew at any time: an index for
// search, say. No backup, copy or digest speaks for them.
//
// A derived table follows each user's commit sequence: `derived_positions` says up to which number
// it holds what it should. It is never ahead, and what it lacks is in rows_after(): a query that
// looks at both sees every message the moment it is acknowledged. It has no rows of an answer that
// is still being written, whose checkpoints mostly take no number: that is in rows_after() too.
// Inside src/store and src/upkeep.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/sql/rows.h"

namespace threadkeep::sql {

// Keys of messages, both ends included.
struct KeyRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
};
KeyRange keys_of_user(std::int64_t user);

class Derived {
 public:
  // A message whose rows are not what put() would write.
  using Tell = std::function<void(std::int64_t key, const std::string& what)>;

  virtual ~Derived() = default;

  // Its name in derived_positions: never changes.
  virtual std::string_view name() const = 0;
  // Gives the message the rows that it should have, whatever was there. It is finished and not
  // erased.
  virtual void put(Connection& connection, const MessageRow& message) const = 0;
  // Removes the rows of all messages in the range.
  virtual void remove(Connection& connection, KeyRange range) const = 0;
  // Compares its rows in the range with `messages`: all of the range that are finished and not
  // erased, by key.
  virtual void compare(Connection& connection, KeyRange range,
                       const std::vector<MessageRow>& messages, const Tell& tell) const = 0;
};

// ---- following ----

// None: it has to be made anew from the beginning.
std::optional<std::int64_t> derived_position(Connection& connection, const Derived& derived,
                                             std::int64_t user);

// Takes in the next changes of the user's commit sequence, about `rows_max` of them, in the
// transaction that it is called in: short, so that writers come between two. Returns whether there
// is more. The user is locked.
bool catch_up(Transaction& transaction, const Derived& derived, std::int64_t user,
              std::int64_t rows_max);

// The messages that changed after the position or are not finished, and are not erased: what a
// query adds to what the table gives, and whose rows in the table it passes over.
std::vector<MessageRow> rows_after(Connection& connection, std::int64_t user, std::int64_t position,
                                   std::int64_t limit);

// ---- making anew ----

// Asks for the rows of all users to be made anew, by whoever follows the table, now or later. The
// table stays in use meanwhile: what is right stays right. In a transaction of its own.
void ask_for_rebuild(Connection& connection, std::string_view table);

// Does the next slice of that, about `rows_max` messages, when it was asked for. Returns whether
// there is more.
bool go_on_rebuilding(Transaction& transaction, const Derived& derived, std::int64_t user,
                      std::int64_t rows_max);

// Tells each message of the user whose rows are wrong. What changed after the position is not
// looked at. `on_rows` is told of each slice: how many messages were looked at.
void compare_all(Connection& connection, const Derived& derived, std::int64_t user,
                 const std::function<void(std::size_t)>& on_rows, const Derived::Tell& tell);

// Makes the rows of one message what they should be.
void make_anew(Connection& connection, const Derived& derived, std::int64_t key);

// All derived tables have to be made anew: their sources are others now.
void forget_derived(Connection& connection);

}  // namespace threadkeep::sql
