#include "store/sql/sql_blobs.h"

#include <algorithm>
#include <functional>
#include <future>
#include <iterator>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "domain/attachments.h"
#include "store/sql/derived.h"
#include "store/sql/query.h"
#include "store/sql/terms.h"

namespace threadkeep::sql {
namespace {

constexpr std::int64_t messages_per_slice = 500;
constexpr std::size_t blobs_per_transaction = 10'000;  // that forgets them

const std::string slice_sql =
    "SELECT key, content FROM messages WHERE key > $1 AND key <= $2 AND " +
    std::string(may_refer_to_blobs) + " ORDER BY key LIMIT $3";
// What came or changed since, and answers whose checkpoints take no number.
const std::string later_sql = "SELECT content FROM messages WHERE " + term::user_of_message +
                              " = $1 AND seq > $2 AND " + std::string(may_refer_to_blobs);
const std::string unfinished_sql = "SELECT content FROM messages WHERE " + term::is_unfinished +
                                   " AND " + term::user_of_message + " = $1 AND " +
                                   std::string(may_refer_to_blobs);

tl::unexpected<Error> not_found() { return fail(Errc::not_found, "There is no such file."); }

template <class T>
Result<T> guarded(const std::function<Result<T>()>& call) {
  try {
    return call();
  } catch (const StorageFailure& failure) {
    return tl::unexpected(error_of(failure));
  }
}

Result<void> write_and_wait(Engine& engine, const UserId& user,
                            std::function<void(Transaction&)> work) {
  // Shared: the writer's thread may still be inside set_value when this one goes on.
  auto promise = std::make_shared<std::promise<std::optional<Error>>>();
  auto future = promise->get_future();
  engine.write(
      Write{std::move(work),
            [promise](const std::optional<Error>& failure) { promise->set_value(failure); }, user});
  if (const auto failure = future.get()) return tl::unexpected(*failure);
  return {};
}

std::optional<Blob> find_row(Connection& connection, std::int64_t owner, const BlobHash& hash) {
  Query query(connection,
              "SELECT size, media_type, stored_at FROM blobs WHERE owner = $1 AND hash = $2", owner,
              Bytes{hash.bytes()});
  if (!query.next()) return std::nullopt;
  return Blob{hash, query.integer(0), std::string(query.text(1)), query.integer(2)};
}

std::int64_t bytes_of_owner(Connection& connection, std::int64_t owner) {
  Query query(connection,
              "SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM blobs WHERE owner = $1", owner);
  return query.next() ? query.integer(0) : 0;
}

Result<Blob> put_row(Transaction& transaction, const UserId& user, const Blob& blob,
                     std::int64_t user_bytes_max) {
  const auto owner = find_or_make_user(transaction, user);
  if (!owner) return tl::unexpected(owner.error());
  const bool is_limited = user_bytes_max < limits::count_max;
  if (is_limited && !find_row(transaction.connection, *owner, blob.hash) &&
      bytes_of_owner(transaction.connection, *owner) + blob.size > user_bytes_max) {
    return fail(Errc::quota_reached, "All your files together would be larger than they may be.");
  }
  Query(transaction.connection,
        "INSERT INTO blobs (owner, hash, size, media_type, stored_at) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (owner, hash) DO UPDATE SET stored_at = excluded.stored_at",
        *owner, Bytes{blob.hash.bytes()}, blob.size, blob.media_type, transaction.now)
      .run();
  return *find_row(transaction.connection, *owner, blob.hash);
}

class Upload final : public BlobUpload {
 public:
  Upload(Engine& engine, std::unique_ptr<ContentUpload> content, const UserId& user,
         std::string media_type)
      : engine_(engine), content_(std::move(content)), user_(user) {
    blob_.media_type = std::move(media_type);
  }

  Result<void> add(std::string_view bytes) override {
    if (blob_.size + static_cast<std::int64_t>(bytes.size()) > limits::blob_bytes_max) {
      return fail(Errc::too_large, "The file is too large.");
    }
    blob_.size += static_cast<std::int64_t>(bytes.size());
    return guarded<void>([&]() -> Result<void> {
      content_->add(bytes);
      return {};
    });
  }

  using BlobUpload::finish;
  Result<Blob> finish(const BlobTerms& terms) override {
    return guarded<Blob>([&]() -> Result<Blob> {
      if (terms.hash && *terms.hash != content_->hash()) {
        return fail(Errc::hash_mismatch, "The bytes are not those that were announced.");
      }
      blob_.hash = content_->place();
      // May run again, and after this call only when it had failed: it owns what it uses.
      auto stored = std::make_shared<std::optional<Result<Blob>>>();
      const auto written = write_and_wait(
          engine_, user_,
          [stored, user = user_, blob = blob_, max = terms.user_bytes_max](Transaction& inside) {
            stored->emplace(put_row(inside, user, blob, max));
          });
      // The content was held until its row is there: a collection in between would take it for
      // unused.
      content_.reset();
      if (!written) return tl::unexpected(written.error());
      return std::move(**stored);
    });
  }

 private:
  Engine& engine_;
  std::unique_ptr<ContentUpload> content_;
  const UserId user_;
  Blob blob_;
};

class Reader final : public BlobReader {
 public:
  Reader(Blob blob, std::unique_ptr<ContentReader> content)
      : blob_(std::move(blob)), content_(std::move(content)) {}

  const Blob& blob() const override { return blob_; }
  std::int64_t size() const override { return content_->size(); }

  Result<std::string> read(std::int64_t offset, std::size_t bytes_max) override {
    return guarded<std::string>([&]() -> Result<std::string> {
      std::string bytes = content_->read(offset, bytes_max);
      const std::int64_t rest =
          std::max<std::int64_t>(0, size() - std::max<std::int64_t>(0, offset));
      if (bytes.size() < std::min(bytes_max, static_cast<std::size_t>(rest))) return not_found();
      return bytes;
    });
  }

 private:
  const Blob blob_;
  const std::unique_ptr<ContentReader> content_;
};

void keep_what_it_refers_to(std::string_view content, std::set<BlobHash>& candidates) {
  std::set<std::string> ids;
  add_attachment_ids(content, ids);
  for (const std::string& id : ids) {
    if (const auto hash = BlobHash::parse(id)) candidates.erase(*hash);
  }
}

void keep_later(Connection& connection, std::int64_t owner, std::int64_t seq,
                std::set<BlobHash>& candidates) {
  {
    Query query(connection, later_sql, owner, seq);
    while (query.next()) keep_what_it_refers_to(query.text(0), candidates);
  }
  Query query(connection, unfinished_sql, owner);
  while (query.next()) keep_what_it_refers_to(query.text(0), candidates);
}

std::int64_t latest_seq(Connection& connection, std::int64_t owner) {
  Query query(connection, "SELECT seq FROM users WHERE number = $1", owner);
  return query.next() ? query.integer(0) : 0;
}

}  // namespace

SqlBlobs::SqlBlobs(Engine& engine, std::unique_ptr<BlobContents> contents)
    : engine_(engine), contents_(std::move(contents)) {}

Result<std::unique_ptr<BlobUpload>> SqlBlobs::upload(const UserId& user,
                                                     const std::string& media_type) {
  using Started = std::unique_ptr<BlobUpload>;
  if (media_type.size() > limits::media_type_bytes_max) {
    return fail(Errc::too_large, "The media type is too long.");
  }
  return guarded<Started>([&]() -> Result<Started> {
    return std::make_unique<Upload>(engine_, contents_->upload(), user, media_type);
  });
}

Result<std::int64_t> SqlBlobs::bytes_of(const UserId& user) {
  return guarded<std::int64_t>([&]() -> Result<std::int64_t> {
    std::int64_t bytes = 0;
    engine_.read([&](Transaction& transaction) {
      const auto owner = find_user(transaction, user);
      bytes = owner ? bytes_of_owner(transaction.connection, *owner) : 0;
    });
    return bytes;
  });
}

Result<Blob> SqlBlobs::find(const UserId& user, const BlobHash& hash) {
  return guarded<Blob>([&]() -> Result<Blob> {
    std::optional<Blob> found;
    engine_.read([&](Transaction& transaction) {
      const auto owner = find_user(transaction, user);
      found = owner ? find_row(transaction.connection, *owner, hash) : std::nullopt;
    });
    if (!found) return not_found();
    return *found;
  });
}

Result<std::unique_ptr<BlobReader>> SqlBlobs::open(const UserId& user, const BlobHash& hash) {
  using Opened = std::unique_ptr<BlobReader>;
  const auto found = find(user, hash);
  if (!found) return tl::unexpected(found.error());
  return guarded<Opened>([&]() -> Result<Opened> {
    auto content = contents_->open(hash);
    if (!content) return not_found();
    return std::make_unique<Reader>(*found, std::move(content));
  });
}

Result<BlobsCollected> SqlBlobs::collect(UnixMs stored_before) {
  return guarded<BlobsCollected>([&]() -> Result<BlobsCollected> {
    BlobsCollected collected;
    for (const Owner& owner : read_owners(stored_before)) {
      collected.forgotten += forget(owner, stored_before);
    }
    collected.removed = remove_ownerless();
    return collected;
  });
}

std::vector<SqlBlobs::Owner> SqlBlobs::read_owners(UnixMs stored_before) {
  std::vector<Owner> owners;
  engine_.read([&](Transaction& transaction) {
    owners.clear();
    Query query(transaction.connection,
                "SELECT number, id FROM users u WHERE EXISTS (SELECT 1 FROM blobs b WHERE b.owner "
                "= u.number AND b.stored_at < $1) ORDER BY number",
                stored_before);
    while (query.next()) owners.push_back({query.integer(0), query.ulid(1)});
  });
  return owners;
}

std::int64_t SqlBlobs::forget(const Owner& owner, UnixMs stored_before) {
  std::int64_t forgotten = 0;
  Look look;
  do {
    look = next_look(owner, stored_before, look.last);
    keep_what_messages_refer_to(owner, look.candidates);
    while (!look.candidates.empty()) {
      Candidates some;
      while (some.size() < blobs_per_transaction && !look.candidates.empty())
        some.insert(look.candidates.extract(look.candidates.begin()));
      const auto count = forget_unless_named(owner, stored_before, look.seq, std::move(some));
      if (!count) return forgotten;
      forgotten += *count;
    }
  } while (!look.is_last);
  return forgotten;
}

SqlBlobs::Look SqlBlobs::next_look(const Owner& owner, UnixMs stored_before,
                                   const std::optional<BlobHash>& after) {
  Look look;
  engine_.read([&](Transaction& transaction) {
    look = Look();
    look.seq = latest_seq(transaction.connection, owner.number);
    const std::int64_t count_max = transaction.limits.blobs_per_look;
    // Of no bytes: before the first one.
    const std::string_view from = after ? after->bytes() : std::string_view("");
    Query query(transaction.connection,
                "SELECT hash FROM blobs WHERE owner = $1 AND stored_at < $2 AND hash > $3 ORDER BY "
                "hash LIMIT $4",
                owner.number, stored_before, Bytes{from}, count_max);
    while (query.next()) {
      look.last = BlobHash::from_bytes(query.bytes(0));
      look.candidates.insert(look.candidates.end(), *look.last);
    }
    look.is_last = static_cast<std::int64_t>(look.candidates.size()) < count_max;
  });
  return look;
}

// All messages are read without stopping anybody. In slices: a snapshot that is held for long keeps
// the log of the database from being moved.
void SqlBlobs::keep_what_messages_refer_to(const Owner& owner, Candidates& candidates) {
  const KeyRange all = keys_of_user(owner.number);
  for (std::int64_t after = all.first - 1; after < all.last && !candidates.empty();) {
    std::int64_t last = all.last;
    engine_.read([&](Transaction& transaction) {
      std::int64_t count = 0;
      last = all.last;
      Query query(transaction.connection, slice_sql, after, all.last, messages_per_slice);
      for (; query.next(); ++count) {
        keep_what_it_refers_to(query.text(1), candidates);
        if (count + 1 == messages_per_slice) last = query.integer(0);
      }
    });
    after = last;
  }
}

// The few messages that came since are read in a transaction of the owner's: nothing of this user
// is committed between this look and the commit.
Result<std::int64_t> SqlBlobs::forget_unless_named(const Owner& owner, UnixMs stored_before,
                                                   std::int64_t seq, Candidates candidates) {
  auto forgotten = std::make_shared<std::int64_t>(0);
  const auto written = write_and_wait(
      engine_, owner.id,
      [forgotten, candidates = std::move(candidates), seq, number = owner.number,
       stored_before](Transaction& inside) {
        Candidates left = candidates;
        keep_later(inside.connection, number, seq, left);
        for (const BlobHash& hash : left) {
          Query(inside.connection,
                "DELETE FROM blobs WHERE owner = $1 AND hash = $2 AND stored_at < $3", number,
                Bytes{hash.bytes()}, stored_before)
              .run();
        }
        *forgotten = static_cast<std::int64_t>(left.size());
      });
  if (!written) return tl::unexpected(written.error());
  return *forgotten;
}

std::int64_t SqlBlobs::remove_ownerless() {
  std::vector<BlobHash> ownerless;
  // Asked twice: the first look needs no lock, and the second one sees who has just stored the
  // same.
  contents_->each([&](const BlobHash& hash) {
    if (!has_owner(hash)) ownerless.push_back(hash);
  });
  return std::count_if(ownerless.begin(), ownerless.end(), [&](const BlobHash& hash) {
    return contents_->remove_unless(hash, [&] { return has_owner(hash); });
  });
}

bool SqlBlobs::has_owner(const BlobHash& hash) {
  bool has_owner = false;
  engine_.read([&](Transaction& transaction) {
    Query query(transaction.connection, "SELECT 1 FROM blobs WHERE hash = $1 LIMIT 1",
                Bytes{hash.bytes()});
    has_owner = query.next();
  });
  return has_owner;
}

}  // namespace threadkeep::sql
