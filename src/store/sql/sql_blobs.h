// The Blobs over an SQL engine: who owns what is rows, the bytes are the engine's own business.
// Inside src/store.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "store/blobs.h"
#include "store/sql/blob_contents.h"
#include "store/sql/engine.h"

namespace threadkeep::sql {

class SqlBlobs final : public Blobs {
 public:
  // The engine must outlive this object.
  SqlBlobs(Engine& engine, std::unique_ptr<BlobContents> contents);

  Result<std::unique_ptr<BlobUpload>> upload(const UserId& user,
                                             const std::string& media_type) override;
  Result<std::int64_t> bytes_of(const UserId& user) override;
  Result<Blob> find(const UserId& user, const BlobHash& hash) override;
  Result<std::unique_ptr<BlobReader>> open(const UserId& user, const BlobHash& hash) override;
  Result<BlobsCollected> collect(UnixMs stored_before) override;

 private:
  struct Owner {
    std::int64_t number = 0;
    UserId id;
  };
  // Blobs of one owner that no message has been seen to refer to.
  using Candidates = std::set<BlobHash>;
  struct Look {
    Candidates candidates;
    std::int64_t seq = 0;  // of the owner, when it began
    std::optional<BlobHash> last;
    bool is_last = true;
  };
  std::vector<Owner> read_owners(UnixMs stored_before);
  // Returns how many were forgotten.
  std::int64_t forget(const Owner& owner, UnixMs stored_before);
  // The old ones behind that hash, by hash.
  Look next_look(const Owner& owner, UnixMs stored_before, const std::optional<BlobHash>& after);
  void keep_what_messages_refer_to(const Owner& owner, Candidates& candidates);
  Result<std::int64_t> forget_unless_named(const Owner& owner, UnixMs stored_before,
                                           std::int64_t seq, Candidates candidates);
  std::int64_t remove_ownerless();
  bool has_owner(const BlobHash& hash);

  Engine& engine_;
  const std::unique_ptr<BlobContents> contents_;
};

// Whether messages could hold an attachmentId, however its letters are written: a condition of SQL.
inline constexpr std::string_view may_refer_to_blobs =
    "(content LIKE '%attachmentId%' OR content LIKE '%\\u00%' ESCAPE '!')";

}  // namespace threadkeep::sql
