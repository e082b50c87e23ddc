// What a database engine gives the shared SQL: connections with prepared statements. The statements
// are written once, in the SQL that SQLite 3.40 and PostgreSQL 15 both run: $1 parameters, ON
// CONFLICT, RETURNING, row values.
//
// Every call here may throw StorageFailure. A connection and its statements belong to one thread at
// a time.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace threadkeep::sql {

// A failure of the engine or of what lies under it: nobody in the SQL can act on it.
class StorageFailure : public std::runtime_error {
 public:
  enum class Kind {
    full,         // no room on the disk; nothing was changed
    unavailable,  // it cannot be read or written now; nothing was changed
    unknown,      // whether the commit happened is not known
    broken,       // what was written may be lost: the process must not go on with this database
  };
  StorageFailure(Kind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// A prepared statement. Parameters count from 1, columns from 0.
class Statement {
 public:
  virtual ~Statement() = default;

  // Text and bytes are not copied: they must live until the reset.
  virtual void bind_null(int parameter) = 0;
  virtual void bind_integer(int parameter, std::int64_t value) = 0;
  virtual void bind_text(int parameter, std::string_view utf8) = 0;
  virtual void bind_bytes(int parameter, std::string_view bytes) = 0;

  // The next row; false when there are no more.
  virtual bool step() = 0;
  // Ends a run early or late, and makes the statement ready for the next one.
  virtual void reset() noexcept = 0;

  // Of the row that step() reached. Views live until the next step or reset.
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual std::string_view text(int column) const = 0;
  virtual std::string_view bytes(int column) const = 0;
};

class Connection {
 public:
  virtual ~Connection() = default;

  // The statement of this text: prepared at its first use, kept as long as the connection.
  virtual Statement& prepare(std::string_view sql) = 0;
  // Runs statements without parameters and rows, one after the other.
  virtual void run_script(const std::string& sql) = 0;
  // The engine's words: "engine" is its name ("sqlite", "postgres"), "key" and "bytes" stand in the
  // migrations, "bytewise" after a text that is ordered or compared by its bytes, "now" for
  // the milliseconds since 1970 by the clock of the database, "snapshot" to
  // begin a transaction that only reads and sees one state, "lock if free" after a query whose rows
  // are to be locked or, where another process has locked them, left out, "integrity" for the query
  // whose rows of text are "ok" or what is damaged (empty: the engine has none).
  virtual std::string_view word(std::string_view name) const = 0;
};

}  // namespace threadkeep::sql
