// The bytes of blobs, by their hash and without owners: each engine keeps them in its own way.
// Every call may throw StorageFailure, and is safe from several threads. Inside src/store and
// src/upkeep.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "store/blobs.h"
#include "store/sql/driver.h"

namespace threadkeep::sql {

// One thread at a time.
class ContentUpload {
 public:
  // Without place(): nothing of it stays.
  virtual ~ContentUpload() = default;
  virtual void add(std::string_view bytes) = 0;
  // After the last bytes.
  virtual BlobHash hash() = 0;
  // Makes the bytes durable under their hash, in place of what was there under it. Until the upload
  // is destroyed, remove_unless() leaves them alone: time to note who owns them.
  virtual BlobHash place() = 0;
};

// One thread at a time.
class ContentReader {
 public:
  virtual ~ContentReader() = default;
  virtual std::int64_t size() const = 0;
  // Fewer bytes than asked for only at the end.
  virtual std::string read(std::int64_t offset, std::size_t bytes_max) = 0;
};

class BlobContents {
 public:
  virtual ~BlobContents() = default;

  virtual std::unique_ptr<ContentUpload> upload() = 0;
  // Null: it is not there.
  virtual std::unique_ptr<ContentReader> open(const BlobHash& hash) = 0;
  // Each one that is there, in no order.
  virtual void each(const std::function<void(const BlobHash& hash)>& tell) = 0;
  // Removes it unless it is wanted, with no upload of it between the question and the removal.
  // Returns whether it was removed.
  virtual bool remove_unless(const BlobHash& hash, const std::function<bool()>& is_wanted) = 0;
};

}  // namespace threadkeep::sql
