// The bytes of blobs as rows of 256 KiB. What is on its way in waits in a file without a name, so
// that nothing of it is in the database until all of it is there, in one transaction.
#pragma once

#include <memory>

#include "store/postgres/postgres_store.h"
#include "store/sql/blob_contents.h"

namespace threadkeep::postgres {

class PostgresConnection;

// Each upload, reader and removal has a connection of its own; those of readers are used again.
// Outlives its readers.
class BlobChunks final : public sql::BlobContents {
 public:
  explicit BlobChunks(PostgresOptions options);
  ~BlobChunks() override;

  std::unique_ptr<sql::ContentUpload> upload() override;
  std::unique_ptr<sql::ContentReader> open(const BlobHash& hash) override;
  void each(const std::function<void(const BlobHash& hash)>& tell) override;
  bool remove_unless(const BlobHash& hash, const std::function<bool()>& is_wanted) override;

 private:
  class IdleConnections;
  class Reader;

  std::unique_ptr<sql::ContentReader> open_with(std::unique_ptr<PostgresConnection> connection,
                                                const BlobHash& hash);

  const PostgresOptions options_;
  const std::unique_ptr<IdleConnections> idle_;
};

}  // namespace threadkeep::postgres
