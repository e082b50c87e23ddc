// Makes a claimed file a store that this program can use. Inside src/store.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "store/sqlite/sqlite_connection.h"
#include "store/sqlite/sqlite_store.h"

namespace threadkeep::sqlite {

// Whether the file is a store of ours, or empty.
bool is_ours(sql::Connection& connection);

// Marks the file as ours and runs the migrations that it lacks. Before the first one on a file with
// tables it makes a verified copy, `<path>.before-migration-from-N`, with a line on stderr; of
// those copies the newest two are kept. Fails: storage_unavailable (another program's file),
// newer_schema, storage_full (no room for the copy). Throws StorageFailure.
Result<void> prepare_tables(SqliteConnection& writer, const SqliteOptions& options,
                            const Clock& clock);

// Writes the log of a database that was just opened over itself, and syncs it. After a sync that
// failed the system shows a process bytes that the disk does not hold and that no later sync brings
// there: a log moved into the database from such bytes, and then a loss of power, would leave the
// log of an earlier commit on top of a later database. Nobody else writes the log meanwhile. Until
// then nothing may move the log; closing the connection does not. Throws StorageFailure.
void write_log_again(SqliteConnection& writer);

// What is made once with the store. Returns the key of the cursors. Throws StorageFailure.
std::string prepare_meta(SqliteConnection& writer, const StoreLimits& limits, const Clock& clock);

}  // namespace threadkeep::sqlite
