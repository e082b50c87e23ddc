#include "store/postgres/blob_chunks.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "store/postgres/postgres_connection.h"
#include "store/sql/query.h"

namespace threadkeep::postgres {
namespace {

constexpr std::size_t chunk_bytes = 256U << 10;

[[noreturn]] void fail_at(const std::string& what) {
  using Kind = sql::StorageFailure::Kind;
  const bool is_full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
  throw sql::StorageFailure(is_full ? Kind::full : Kind::unavailable,
                            what + ": " + std::strerror(errno));
}

// Two blobs with one key only wait for each other.
std::int64_t lock_key(const BlobHash& hash) {
  std::uint64_t key = 0;
  for (const char byte : hash.bytes().substr(0, 8)) {
    key = key << 8 | static_cast<unsigned char>(byte);
  }
  return static_cast<std::int64_t>(key);
}

// A file without a name, which goes with the process.
class Spool {
 public:
  Spool() {
    const char* folder = std::getenv("TMPDIR");
    descriptor_ =
        ::open(folder == nullptr ? "/tmp" : folder, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (descriptor_ < 0) fail_at("a temporary file");
  }
  ~Spool() { close(descriptor_); }
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  void add(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = write(descriptor_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail_at("a temporary file");
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  // The chunk of this number; empty after the last one.
  std::string chunk(std::int64_t number) const {
    std::string bytes(chunk_bytes, '\0');
    std::size_t at = 0;
    while (at < bytes.size()) {
      const std::int64_t offset =
          number * static_cast<std::int64_t>(chunk_bytes) + static_cast<std::int64_t>(at);
      const ssize_t count = pread(descriptor_, bytes.data() + at, bytes.size() - at, offset);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail_at("a temporary file");
      if (count == 0) break;
      at += static_cast<std::size_t>(count);
    }
    bytes.resize(at);
    return bytes;
  }

 private:
  int descriptor_ = -1;
};

class Upload final : public sql::ContentUpload {
 public:
  explicit Upload(const PostgresOptions& options) : options_(options) {}

  // The hash is the key: it is known, and a transaction is begun, when all bytes are there.
  void add(std::string_view bytes) override {
    hasher_.add(bytes);
    spool_.add(bytes);
  }

  BlobHash hash() override {
    if (!hash_) hash_ = hasher_.finish();
    return *hash_;
  }

  BlobHash place() override {
    const BlobHash hash = this->hash();
    // Kept open: the lock is the connection's, and holds off who would remove it.
    connection_.emplace(options_, PostgresConnection::Use::preparing);
    sql::Query(*connection_, "SELECT pg_advisory_lock_shared($1)", lock_key(hash)).next();
    connection_->run_script("BEGIN");
    sql::Query(*connection_, "DELETE FROM blob_chunks WHERE hash = $1", sql::Bytes{hash.bytes()})
        .run();
    for (std::int64_t number = 0;; ++number) {
      const std::string chunk = spool_.chunk(number);
      if (chunk.empty() && number > 0) break;
      // Two who place the same bytes at once: the one that comes later finds them there.
      sql::Query(*connection_,
                 "INSERT INTO blob_chunks (hash, number, bytes) VALUES ($1, $2, $3) ON CONFLICT "
                 "(hash, number) DO UPDATE SET bytes = excluded.bytes",
                 sql::Bytes{hash.bytes()}, number, sql::Bytes{chunk})
          .run();
      // One at a time: a queue of them would hold them all in memory.
      connection_->run_script("SELECT 1");
    }
    connection_->run_script("COMMIT");
    return hash;
  }

 private:
  const PostgresOptions& options_;
  Spool spool_;
  BlobHasher hasher_;
  std::optional<BlobHash> hash_;
  std::optional<PostgresConnection> connection_;
};

}  // namespace

// Of readers that are done, for those that come next: a file that is sent slowly is opened once for
// each piece, and must not hold a connection in between. Safe from several threads.
class BlobChunks::IdleConnections {
 public:
  std::unique_ptr<PostgresConnection> take() {
    const std::lock_guard lock(mutex_);
    if (connections_.empty()) return nullptr;
    auto connection = std::move(connections_.back());
    connections_.pop_back();
    return connection;
  }
  void give_back(std::unique_ptr<PostgresConnection> connection) {
    const std::lock_guard lock(mutex_);
    if (connections_.size() < connections_max) connections_.push_back(std::move(connection));
  }

 private:
  static constexpr std::size_t connections_max = 4;
  std::mutex mutex_;
  std::vector<std::unique_ptr<PostgresConnection>> connections_;
};

class BlobChunks::Reader final : public sql::ContentReader {
 public:
  Reader(IdleConnections& idle, std::unique_ptr<PostgresConnection> connection,
         const BlobHash& hash, std::int64_t size)
      : idle_(idle), connection_(std::move(connection)), hash_(hash), size_(size) {}
  ~Reader() override {
    if (!has_failed_) idle_.give_back(std::move(connection_));
  }

  std::int64_t size() const override { return size_; }

  std::string read(std::int64_t offset, std::size_t bytes_max) override {
    std::string bytes;
    if (offset < 0) return bytes;
    has_failed_ = true;
    while (bytes.size() < bytes_max) {
      const std::int64_t at = offset + static_cast<std::int64_t>(bytes.size());
      if (at >= size_) break;
      const std::int64_t number = at / static_cast<std::int64_t>(chunk_bytes);
      const auto skipped = static_cast<std::size_t>(at % static_cast<std::int64_t>(chunk_bytes));
      sql::Query query(*connection_,
                       "SELECT bytes FROM blob_chunks WHERE hash = $1 AND number = $2",
                       sql::Bytes{hash_.bytes()}, number);
      if (!query.next()) break;
      const std::string chunk = query.bytes(0);
      if (chunk.size() <= skipped) break;
      bytes += std::string_view(chunk).substr(skipped, bytes_max - bytes.size());
    }
    has_failed_ = false;
    return bytes;
  }

 private:
  IdleConnections& idle_;
  std::unique_ptr<PostgresConnection> connection_;
  const BlobHash hash_;
  const std::int64_t size_;
  bool has_failed_ = false;
};

BlobChunks::BlobChunks(PostgresOptions options)
    : options_(std::move(options)), idle_(std::make_unique<IdleConnections>()) {}

BlobChunks::~BlobChunks() = default;

std::unique_ptr<sql::ContentUpload> BlobChunks::upload() {
  return std::make_unique<Upload>(options_);
}

std::unique_ptr<sql::ContentReader> BlobChunks::open(const BlobHash& hash) {
  if (auto idle = idle_->take()) {
    try {
      return open_with(std::move(idle), hash);
    } catch (const sql::StorageFailure&) {  // it has ended while nobody used it: a new one tells
    }
  }
  return open_with(
      std::make_unique<PostgresConnection>(options_, PostgresConnection::Use::preparing), hash);
}

std::unique_ptr<sql::ContentReader> BlobChunks::open_with(
    std::unique_ptr<PostgresConnection> connection, const BlobHash& hash) {
  std::int64_t chunks = 0;
  std::int64_t size = 0;
  {
    sql::Query query(*connection,
                     "SELECT count(*), CAST(coalesce(sum(octet_length(bytes)), 0) AS BIGINT) FROM "
                     "blob_chunks WHERE hash = $1",
                     sql::Bytes{hash.bytes()});
    query.next();
    chunks = query.integer(0);
    size = query.integer(1);
  }
  if (chunks == 0) {
    idle_->give_back(std::move(connection));
    return nullptr;
  }
  return std::make_unique<Reader>(*idle_, std::move(connection), hash, size);
}

void BlobChunks::each(const std::function<void(const BlobHash& hash)>& tell) {
  PostgresConnection connection(options_, PostgresConnection::Use::preparing);
  std::string after;
  for (;;) {
    std::vector<BlobHash> page;
    {
      sql::Query query(connection,
                       "SELECT hash FROM blob_chunks WHERE number = 0 AND hash > $1 ORDER BY hash "
                       "LIMIT 1000",
                       sql::Bytes{after});
      while (query.next()) page.push_back(BlobHash::from_bytes(query.bytes(0)));
    }
    for (const BlobHash& hash : page) tell(hash);
    if (page.empty()) return;
    after = page.back().bytes();
  }
}

bool BlobChunks::remove_unless(const BlobHash& hash, const std::function<bool()>& is_wanted) {
  PostgresConnection connection(options_, PostgresConnection::Use::preparing);
  connection.run_script("BEGIN");
  bool is_locked = false;
  {
    // It is being stored: the next collection looks again.
    sql::Query query(connection, "SELECT CASE WHEN pg_try_advisory_xact_lock($1) THEN 1 ELSE 0 END",
                     lock_key(hash));
    is_locked = query.next() && query.integer(0) == 1;
  }
  const bool is_removed = is_locked && !is_wanted();
  if (is_removed) {
    sql::Query(connection, "DELETE FROM blob_chunks WHERE hash = $1", sql::Bytes{hash.bytes()})
        .run();
  }
  connection.run_script("COMMIT");
  return is_removed;
}

}  // namespace threadkeep::postgres
