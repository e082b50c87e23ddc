// Copies a whole database page by page, in the state that the source's transaction sees. Inside
// src/store.
#pragma once

#include <cstdint>
#include <functional>

#include "store/sqlite/sqlite_connection.h"

namespace threadkeep::sqlite {

// `on_step` is told how many pages there are and how many came since the last call; what it throws
// ends the copy. `target` is a new file that nobody else has open. Throws StorageFailure.
void copy_pages(SqliteConnection& source, SqliteConnection& target,
                const std::function<void(std::uint64_t pages, std::uint64_t more)>& on_step);

}  // namespace threadkeep::sqlite
