// Files that messages refer to: images, documents. A blob is named by the SHA-256 of its bytes and
// never changes. Its bytes are kept once, however many users store them.
//
// A content block refers to a blob by its hash as "attachmentId". A user can read a blob that this
// user stored, and no other: to name a hash in a message gives nothing. What no message of its
// owner refers to is removed by collect(), once it is old enough; a message that was erased refers
// to nothing.
//
// Every call blocks, names the user, and is safe from several threads. Reads can always fail with
// storage_unavailable, writes also with storage_full and outcome_unknown.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/limits.h"
#include "base/result.h"
#include "domain/conversation.h"

namespace threadkeep {

class BlobHash {
 public:
  static constexpr std::size_t size = 32;

  BlobHash() = default;
  // Of 64 lower-case hexadecimal digits, as text() gives them.
  static std::optional<BlobHash> parse(std::string_view text);
  // Of exactly `size` bytes.
  static BlobHash from_bytes(std::string_view bytes);

  std::string text() const;
  std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }
  friend auto operator<=>(const BlobHash&, const BlobHash&) = default;

 private:
  std::array<char, size> bytes_{};
};

// SHA-256 of bytes that come in parts.
class BlobHasher {
 public:
  BlobHasher();
  ~BlobHasher();
  BlobHasher(BlobHasher&&) noexcept;
  BlobHasher& operator=(BlobHasher&&) noexcept;
  void add(std::string_view bytes);
  // Once.
  BlobHash finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct Blob {
  BlobHash hash;
  std::int64_t size = 0;
  std::string media_type;
  UnixMs stored_at = 0;  // when this user stored it last
};

// What has to be true of an upload for it to be kept.
struct BlobTerms {
  // The bytes of all blobs of its user, with it; one that the user has already may always come.
  std::int64_t user_bytes_max = limits::count_max;
  std::optional<BlobHash> hash = std::nullopt;
};

// Bytes on their way in, in bounded memory. One thread at a time.
class BlobUpload {
 public:
  // Without finish(): nothing of it stays.
  virtual ~BlobUpload() = default;
  // Fails: too_large (blob_bytes_max).
  virtual Result<void> add(std::string_view bytes) = 0;
  // Durable when it returns. Once. The same bytes again are the same blob, which counts as stored
  // now and keeps its first media type. Fails: hash_mismatch, quota_reached.
  virtual Result<Blob> finish(const BlobTerms& terms) = 0;
  Result<Blob> finish() { return finish(BlobTerms()); }
};

// One thread at a time.
class BlobReader {
 public:
  virtual ~BlobReader() = default;
  // Whose bytes these are.
  virtual const Blob& blob() const = 0;
  // Of the bytes that are there.
  virtual std::int64_t size() const = 0;
  // Up to `bytes_max` bytes from there: fewer only at the end, none after it. Fails: not_found when
  // the blob was removed meanwhile.
  virtual Result<std::string> read(std::int64_t offset, std::size_t bytes_max) = 0;
};

struct BlobsCollected {
  std::int64_t forgotten = 0;  // blobs that their owners do not need any more
  std::int64_t removed = 0;    // contents that had no owner left
};

class Blobs {
 public:
  virtual ~Blobs() = default;

  // Makes the user known at finish(). Fails: too_large (media_type_bytes_max).
  virtual Result<std::unique_ptr<BlobUpload>> upload(const UserId& user,
                                                     const std::string& media_type) = 0;
  // The bytes of all blobs of the user.
  virtual Result<std::int64_t> bytes_of(const UserId& user) = 0;
  // Fails: not_found.
  virtual Result<Blob> find(const UserId& user, const BlobHash& hash) = 0;
  virtual Result<std::unique_ptr<BlobReader>> open(const UserId& user, const BlobHash& hash) = 0;
  // Forgets the blobs that were stored before `stored_before` and that no message of their owner
  // refers to, and removes the bytes of those that have no owner. Never one that is being stored,
  // or that a message refers to by the time it is forgotten.
  virtual Result<BlobsCollected> collect(UnixMs stored_before) = 0;
};

}  // namespace threadkeep
