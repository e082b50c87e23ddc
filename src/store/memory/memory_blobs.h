// The Blobs of a MemoryStore. Inside src/store/memory.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "store/blobs.h"

namespace threadkeep::memory {

class MemoryBlobs final : public Blobs {
 public:
  // The attachmentIds in all messages of a user that are not erased.
  using References = std::function<std::set<std::string>(const UserId& user)>;
  // `clock` must outlive this object.
  MemoryBlobs(const Clock& clock, References references);

  Result<std::unique_ptr<BlobUpload>> upload(const UserId& user,
                                             const std::string& media_type) override;
  Result<std::int64_t> bytes_of(const UserId& user) override;
  Result<Blob> find(const UserId& user, const BlobHash& hash) override;
  Result<std::unique_ptr<BlobReader>> open(const UserId& user, const BlobHash& hash) override;
  Result<BlobsCollected> collect(UnixMs stored_before) override;

 private:
  class Upload;
  Result<Blob> put(const UserId& user, Blob blob, std::string bytes, std::int64_t user_bytes_max);
  std::int64_t held_by(const UserId& user) const;  // under the mutex

  const Clock& clock_;
  const References references_;
  std::mutex mutex_;
  std::map<std::pair<UserId, BlobHash>, Blob> blobs_;                // guarded by the mutex
  std::map<BlobHash, std::shared_ptr<const std::string>> contents_;  // guarded by the mutex
};

}  // namespace threadkeep::memory
