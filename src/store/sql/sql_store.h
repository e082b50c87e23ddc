// The Store over an SQL engine.
#pragma once

#include <memory>
#include <string>

#include "base/ulid.h"
#include "store/sql/engine.h"
#include "store/sql/process.h"
#include "store/store.h"

namespace threadkeep::sql {

class SqlStore final : public Store {
 public:
  // The database is migrated. `ids` must outlive the store. `process` has no lease where no other
  // process can use the database.
  SqlStore(std::unique_ptr<Engine> engine, UlidMaker& ids, std::string cursor_key,
           std::size_t answer_part_bytes, const Process& process = {});

  std::string cursor_key() override;
  Blobs& blobs() override { return engine_->blobs(); }
  std::size_t answer_part_bytes() const override { return answer_part_bytes_; }
  void set_commit_listener(CommitListener listener) override;

 protected:
  Result<void> in_snapshot(const Read& read) override;
  void in_transaction(const std::optional<UserId>& user, Work work, Done done) override;

 private:
  UlidMaker& ids_;
  const std::string cursor_key_;
  const std::size_t answer_part_bytes_;
  const Process process_;
  std::unique_ptr<Engine> engine_;  // the first one to go: its writer uses the others
};

}  // namespace threadkeep::sql
