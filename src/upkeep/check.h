// Looks at every row of a store and tells what does not agree; and mends what follows from the
// rest.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/progress.h"
#include "base/result.h"
#include "store/sql/blob_contents.h"
#include "store/sql/derived.h"
#include "store/sql/driver.h"

namespace threadkeep::upkeep {

// One thing that is not as it must be.
struct Finding {
  std::string rule;   // its name: message-count, head, tag-rows ...
  std::string where;  // "conversation 01H..., message 01H..."
  std::string what;   // what is there and what should be
  std::string done;   // how it was mended; empty: it was not
};

struct CheckReport {
  std::uint64_t conversations = 0;
  std::uint64_t messages = 0;
  std::uint64_t findings = 0;
  std::uint64_t mended = 0;
};

// no: reads only, in the snapshot that the connection has begun. yes: in one transaction of its
// own, on a connection that nobody else writes beside. What was mended takes the next numbers of
// its user's commit sequence, so that every device hears of it.
enum class Mend { no, yes };

// What is looked at beside the source tables.
struct CheckedParts {
  // Each row is compared with what its message asks for, and mended alone.
  std::vector<const sql::Derived*> derived;
  // Each file that a row names is read and hashed; one that no row names is removed. Null: none.
  sql::BlobContents* blobs = nullptr;
};

// Calls `tell` for each finding. Fails: storage_unavailable when it
// cannot be read to the end; cancelled, and then nothing is mended.
Result<CheckReport> check_store(sql::Connection& connection, Mend mend, const Clock& clock,
                                const std::function<void(const Finding&)>& tell, Progress& progress,
                                const CheckedParts& parts = {});

}  // namespace threadkeep::upkeep
