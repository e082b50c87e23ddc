// Makes one store hold exactly the rows of another one, whatever their engines, and proves it.
//
// Both sides are walked in the order of the keys, table by table: first the target loses what the
// source does not have, then it gets what it lacks. So a copy that was stopped anywhere goes on by
// beginning again: what is there and right is only read. The source is read in one snapshot; what
// is written to it meanwhile is not in the copy.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "store/sql/driver.h"
#include "store/tables/digest.h"
#include "store/tables/tables.h"
#include "upkeep/opened_store.h"

namespace threadkeep::upkeep {

struct Comparison {
  tables::StoreDigest from;
  tables::StoreDigest to;
  std::uint64_t differences = 0;
  std::vector<std::string> shown;  // the first few of them
  // Files that the source itself does not have whole: "HASH is missing in the source".
  std::vector<std::string> lost_blobs;

  bool is_equal() const { return differences == 0 && from == to; }
  std::string first() const { return shown.empty() ? "the digests differ" : shown.front(); }
};

// Row by row, from the snapshots or transactions that the connections are in. Throws
// StorageFailure, Stopped.
Comparison compare(sql::Connection& from, sql::Connection& to,
                   const std::vector<tables::Table>& tables, Progress& progress);

// Writes `to` in many small transactions. Throws StorageFailure, Stopped; what was written until
// then stays.
void make_equal(sql::Connection& from, sql::Connection& to,
                const std::vector<tables::Table>& tables, Progress& progress);

// All tables of two stores that are open for reading. Fails: storage_unavailable, cancelled.
Result<Comparison> compare_stores(sql::Connection& from, sql::Connection& to, Progress& progress);

// Whether the store is a copy that has not come to its end: no server starts on it.
bool is_unfinished_copy(sql::Connection& connection);
// What such a store has proves nothing about it. Fails: storage_unavailable.
Result<void> refuse_unfinished_copy(sql::Connection& connection);

// What the target is to the source.
enum class Target {
  empty,       // it holds nothing yet
  unfinished,  // an earlier copy of this source did not come to its end
  finished,    // a copy of this source that no server has used since
  own,         // it holds conversations of its own
};
Target find_target(sql::Connection& from, sql::Connection& to);

// The whole of it, files first: marks the target as unfinished, so that no server takes it for a
// store, makes it equal, compares, and marks it as finished. `from` has begun a snapshot. Fails:
// id_conflict when the target holds conversations of its own; storage_unavailable, storage_full;
// cancelled: the same call goes on from there. A comparison that is not equal leaves the target
// unfinished.
Result<Comparison> copy_store(const OpenedStore& from, const OpenedStore& to, Progress& progress);

}  // namespace threadkeep::upkeep
