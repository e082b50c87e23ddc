// Looks at a closed database file with SQLite alone: is it whole, and do its numbers agree?
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ulid.h"

namespace threadkeep::test {

class Audit {
 public:
  // `vfs`: the disk that it lies on, by SQLite's name for it; empty: the usual one.
  explicit Audit(const std::string& path, const std::string& vfs = "");
  ~Audit();
  Audit(const Audit&) = delete;
  Audit& operator=(const Audit&) = delete;

  // The first complaint, or nothing: SQLite's own check; counts, positions, heads and jumps of each
  // conversation; the order of the commit sequence of each user. When all that ever happened was
  // creating and appending, each conversation took one number and each message two.
  enum class History { any, created_and_appended };
  std::string complaint(History history) const;
  // How many rows have this message id.
  std::int64_t count(const Ulid& message) const;
  std::int64_t messages() const { return number("SELECT count(*) FROM messages"); }
  std::int64_t number(const std::string& sql) const;

 private:
  bool has_tables() const;  // none yet: the process died before it made them
  void* database_ = nullptr;
  mutable std::unordered_map<Ulid, std::int64_t>
      counts_;  // of all messages, read at the first question
  mutable bool has_counts_ = false;
};

}  // namespace threadkeep::test
