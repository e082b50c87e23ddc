#include "store/postgres/postgres_store.h"

#include <sodium.h>

#include <array>

#include "store/postgres/blob_chunks.h"
#include "store/postgres/postgres_connection.h"
#include "store/postgres/postgres_engine.h"
#include "store/postgres/prepare.h"
#include "store/postgres/timeline.h"
#include "store/sql/copy_mark.h"
#include "store/sql/process.h"
#include "store/sql/sql_store.h"

namespace threadkeep {
namespace {

using postgres::PostgresConnection;

// A change of a row writes the row anew: small ones, but not one for each word.
constexpr std::size_t answer_part_bytes = 512;

tl::unexpected<Error> refuse(const std::string& why, Errc code = Errc::storage_unavailable) {
  return fail(code, "the PostgreSQL database cannot be used: " + why);
}

// Before the process begins an answer. What others left is not looked at yet.
void begin_lease(PostgresConnection& connection, const PostgresOptions& options,
                 const sql::Process& process, UnixMs now) {
  sql::UserNumbers users;
  sql::Transaction transaction{connection, users, options.limits, now};
  connection.queue("BEGIN");
  sql::renew_lease(transaction, process);
  connection.commit();
}

Result<std::string> prepare_database(const PostgresOptions& options, const Clock& clock,
                                     const sql::Process& process) {
  PostgresConnection connection(options, PostgresConnection::Use::preparing);
  const auto prepared = postgres::prepare_tables(connection, postgres::Wait::for_others);
  if (!prepared) return refuse(prepared.error().detail, prepared.error().code);
  const auto taken = sql::take_over_copy(connection);
  if (!taken) return refuse(taken.error().detail);
  const std::string cursor_key = postgres::prepare_meta(connection, options.limits, clock);
  postgres::note_timeline(connection, options.limits, clock.now_ms());
  begin_lease(connection, options, process, clock.now_ms());
  return cursor_key;
}

// The same for all processes of one installation, and for no other in the same database.
std::string channel_of(const std::string& cursor_key) {
  std::array<unsigned char, 16> hash{};
  crypto_generichash(hash.data(), hash.size(),
                     reinterpret_cast<const unsigned char*>(cursor_key.data()), cursor_key.size(),
                     nullptr, 0);
  std::array<char, 2 * hash.size() + 1> hex{};
  return std::string("threadkeep_") +
         sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
}

}  // namespace

Result<std::unique_ptr<Store>> open_postgres_store(const PostgresOptions& options,
                                                   const Clock& clock, UlidMaker& ids) {
  if (const auto checked = check_postgres_url(options.url); !checked) {
    return tl::unexpected(checked.error());
  }
  try {
    const sql::Process process{options.process.value_or(ids.next()), options.lease_ms};
    const auto cursor_key = prepare_database(options, clock, process);
    if (!cursor_key) return tl::unexpected(cursor_key.error());
    auto engine =
        std::make_unique<postgres::PostgresEngine>(options, clock, channel_of(*cursor_key));
    engine->keep_blobs(std::make_unique<postgres::BlobChunks>(options));
    engine->follow(options.derived);
    return std::make_unique<sql::SqlStore>(std::move(engine), ids, *cursor_key, answer_part_bytes,
                                           process);
  } catch (const sql::StorageFailure& failure) {
    return refuse(failure.what());
  }
}

}  // namespace threadkeep
