// One short text that stands for every row of a store: two stores have the same one when each row
// and each of its fields is the same, on whatever engines they lie.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/progress.h"
#include "store/sql/driver.h"
#include "store/tables/rows.h"
#include "store/tables/tables.h"

namespace threadkeep::tables {

// Takes the rows table by table.
class Digest {
 public:
  Digest();
  ~Digest();
  void begin(const Table& table);
  void add(const Row& row);
  // Of everything so far, as 64 hexadecimal digits.
  std::string text() const;
  std::uint64_t rows() const { return rows_; }

 private:
  struct State;
  std::unique_ptr<State> state_;
  std::uint64_t rows_ = 0;
};

struct StoreDigest {
  std::string text;
  std::uint64_t rows = 0;
  friend bool operator==(const StoreDigest&, const StoreDigest&) = default;
};

// Reads all rows, in one snapshot when the caller has begun one. Throws StorageFailure, Stopped.
StoreDigest digest_of(sql::Connection& connection, const std::vector<Table>& tables,
                      Progress& progress);

}  // namespace threadkeep::tables
