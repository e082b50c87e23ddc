// The bytes of blobs as files beside a SQLite database: `<store>.blobs/ab/cdef...` after the
// hexadecimal hash. A file is written under another name, synced, renamed, and its folder synced:
// under its own name it is always whole. Folders have mode 0700, files 0600.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <shared_mutex>
#include <string>

#include "store/sql/blob_contents.h"

namespace threadkeep::sqlite {

std::string blob_folder_of(const std::string& database);

class BlobFiles final : public sql::BlobContents {
 public:
  // The folder is made with the first blob. This process alone writes there.
  explicit BlobFiles(std::string folder);

  // What an earlier process left under another name. Before the first upload.
  void remove_unfinished();

  std::unique_ptr<sql::ContentUpload> upload() override;
  std::unique_ptr<sql::ContentReader> open(const BlobHash& hash) override;
  void each(const std::function<void(const BlobHash& hash)>& tell) override;
  bool remove_unless(const BlobHash& hash, const std::function<bool()>& is_wanted) override;

 private:
  class Upload;
  // That of the hash, made by this process or long before.
  void have_folder(const BlobHash& hash);

  const std::string folder_;
  std::array<std::atomic<bool>, 256> is_made_{};  // folders, by the first byte: made and durable
  std::shared_mutex mutex_;  // shared: something was placed whose owner is not noted yet
};

}  // namespace threadkeep::sqlite
