// The server process, as the owner of the answers that it writes, and its lease.
#pragma once

#include <cstdint>

#include "store/sql/rows.h"

namespace threadkeep::sql {

struct Process {
  Ulid id;
  std::int64_t lease_ms = 0;  // 0: no other process uses the database
  bool is_alone() const { return lease_ms == 0; }
};

void renew_lease(Transaction& transaction, const Process& process);
// Notes that the process writes the answer of this key.
void sign_answer(Transaction& transaction, const Process& process, std::int64_t key);

}  // namespace threadkeep::sql
