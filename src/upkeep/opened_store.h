// A store as the upkeep commands open it: one connection, without a server's threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "store/sql/blob_contents.h"
#include "store/sql/driver.h"
#include "store/sqlite/database_file.h"

namespace threadkeep::upkeep {

struct OpenedStore {
  // Held while this process may write.
  std::optional<sqlite::DatabaseLock> lock;
  std::unique_ptr<sql::Connection> connection;
  std::unique_ptr<sql::BlobContents> blobs;
  // A server has it open now.
  bool is_in_use = false;
};

// For reading, also while a server writes: a snapshot is begun. Fails: storage_unavailable (not
// there, not ours, of an older schema), newer_schema.
Result<OpenedStore> look_at_sqlite(const std::string& path);
// For writing, alone; made when it is not there, and migrated. Fails: storage_unavailable (in use,
// not ours), newer_schema, storage_full.
Result<OpenedStore> claim_sqlite(const std::string& path, const Clock& clock);

// The same with a PostgreSQL database. A claim is refused while a server has it open, and keeps
// servers from starting on it until the connection ends.
Result<OpenedStore> look_at_postgres(const std::string& url);
Result<OpenedStore> claim_postgres(const std::string& url, const Clock& clock);

// The number of this program's schema.
std::int64_t newest_schema();
// Whether the tables are those of this program. Fails: storage_unavailable, newer_schema.
Result<void> check_schema(sql::Connection& connection);

}  // namespace threadkeep::upkeep
