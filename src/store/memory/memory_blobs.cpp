#include "store/memory/memory_blobs.h"

#include <algorithm>

#include "base/limits.h"

namespace threadkeep::memory {
namespace {

tl::unexpected<Error> not_found() { return fail(Errc::not_found, "There is no such file."); }

class Reader final : public BlobReader {
 public:
  Reader(Blob blob, std::shared_ptr<const std::string> bytes)
      : blob_(std::move(blob)), bytes_(std::move(bytes)) {}

  const Blob& blob() const override { return blob_; }

  std::int64_t size() const override { return static_cast<std::int64_t>(bytes_->size()); }
  Result<std::string> read(std::int64_t offset, std::size_t bytes_max) override {
    if (offset < 0 || offset >= size()) return std::string();
    return bytes_->substr(static_cast<std::size_t>(offset), bytes_max);
  }

 private:
  const Blob blob_;
  const std::shared_ptr<const std::string> bytes_;
};

}  // namespace

class MemoryBlobs::Upload final : public BlobUpload {
 public:
  Upload(MemoryBlobs& blobs, const UserId& user, std::string media_type)
      : blobs_(blobs), user_(user) {
    blob_.media_type = std::move(media_type);
  }

  Result<void> add(std::string_view bytes) override {
    if (bytes_.size() + bytes.size() > static_cast<std::size_t>(limits::blob_bytes_max)) {
      return fail(Errc::too_large, "The file is too large.");
    }
    bytes_ += bytes;
    return {};
  }

  using BlobUpload::finish;
  Result<Blob> finish(const BlobTerms& terms) override {
    BlobHasher hasher;
    hasher.add(bytes_);
    blob_.hash = hasher.finish();
    blob_.size = static_cast<std::int64_t>(bytes_.size());
    if (terms.hash && *terms.hash != blob_.hash) {
      return fail(Errc::hash_mismatch, "The bytes are not those that were announced.");
    }
    return blobs_.put(user_, std::move(blob_), std::move(bytes_), terms.user_bytes_max);
  }

 private:
  MemoryBlobs& blobs_;
  const UserId user_;
  Blob blob_;
  std::string bytes_;
};

MemoryBlobs::MemoryBlobs(const Clock& clock, References references)
    : clock_(clock), references_(std::move(references)) {}

Result<std::unique_ptr<BlobUpload>> MemoryBlobs::upload(const UserId& user,
                                                        const std::string& media_type) {
  if (media_type.size() > limits::media_type_bytes_max) {
    return fail(Errc::too_large, "The media type is too long.");
  }
  return std::make_unique<Upload>(*this, user, media_type);
}

Result<Blob> MemoryBlobs::put(const UserId& user, Blob blob, std::string bytes,
                              std::int64_t user_bytes_max) {
  const std::lock_guard lock(mutex_);
  if (blobs_.count({user, blob.hash}) == 0 && held_by(user) + blob.size > user_bytes_max) {
    return fail(Errc::quota_reached, "All your files together would be larger than they may be.");
  }
  contents_[blob.hash] = std::make_shared<const std::string>(std::move(bytes));
  Blob& stored = blobs_.emplace(std::pair(user, blob.hash), std::move(blob)).first->second;
  stored.stored_at = clock_.now_ms();
  return stored;
}

Result<std::int64_t> MemoryBlobs::bytes_of(const UserId& user) {
  const std::lock_guard lock(mutex_);
  return held_by(user);
}

std::int64_t MemoryBlobs::held_by(const UserId& user) const {
  std::int64_t bytes = 0;
  for (const auto& [key, blob] : blobs_) bytes += key.first == user ? blob.size : 0;
  return bytes;
}

Result<Blob> MemoryBlobs::find(const UserId& user, const BlobHash& hash) {
  const std::lock_guard lock(mutex_);
  const auto found = blobs_.find({user, hash});
  if (found == blobs_.end()) return not_found();
  return found->second;
}

Result<std::unique_ptr<BlobReader>> MemoryBlobs::open(const UserId& user, const BlobHash& hash) {
  const std::lock_guard lock(mutex_);
  const auto found = blobs_.find({user, hash});
  if (found == blobs_.end()) return not_found();
  return std::make_unique<Reader>(found->second, contents_.at(hash));
}

Result<BlobsCollected> MemoryBlobs::collect(UnixMs stored_before) {
  const std::lock_guard lock(mutex_);
  BlobsCollected collected;
  std::set<BlobHash> owned;
  for (auto at = blobs_.begin(); at != blobs_.end();) {
    const auto& [user, hash] = at->first;
    const bool is_due = at->second.stored_at < stored_before;
    if (is_due && references_(user).count(hash.text()) == 0) {
      at = blobs_.erase(at);
      ++collected.forgotten;
    } else {
      owned.insert(hash);
      ++at;
    }
  }
  collected.removed = static_cast<std::int64_t>(
      std::erase_if(contents_, [&](const auto& each) { return owned.count(each.first) == 0; }));
  return collected;
}

}  // namespace threadkeep::memory
