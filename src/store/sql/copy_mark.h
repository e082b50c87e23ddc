// The mark of a store that is a copy of another one: while it is unfinished no server may use it.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "store/sql/driver.h"

namespace threadkeep::sql {

struct CopyMark {
  std::string source;  // a hash that tells the source from other stores
  bool is_finished = false;
};

std::optional<CopyMark> read_copy_mark(Connection& connection);
void write_copy_mark(Connection& connection, const CopyMark& mark);

// Before a server uses the store: from then on it has a life of its own, and the mark of a finished
// copy goes. Fails: storage_unavailable when the copy is unfinished.
Result<void> take_over_copy(Connection& connection);

}  // namespace threadkeep::sql
