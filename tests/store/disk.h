// A file system under SQLite that can fail and that knows what a loss of power would leave: the
// usual one of the system, with every write of the database and its log remembered until it is
// synced.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>

namespace threadkeep::test::disk {

// The name for SqliteOptions::vfs. Registered at the first call.
std::string name();

// Writing fails for want of room, writing fails, or fsync fails.
enum class Fault { none, full, write_error, sync_error };
// From now on, until it is set again.
void set_fault(Fault fault);

// A disk that says "synced" and has not done it: what a test of durability must notice.
enum class Syncs { honest, ignored };
void set_syncs(Syncs syncs);

// Called before each write, truncation, sync and removal of a database or log, until the reset: the
// moment for cut_power. For one thread.
void set_watch(std::function<void()> watch);

// Forgets all files; for the beginning of a test.
void reset();

// Writes into `folder` what a loss of power at this moment could leave of the database: everything
// that was synced, and of the rest nothing, all, a beginning or a random half of the sectors.
// Safe while the store is working.
void cut_power(const std::string& database, const std::string& copy, std::mt19937_64& random);

// So many syncs have been asked for.
std::uint64_t syncs();

}  // namespace threadkeep::test::disk
