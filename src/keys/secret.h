// The secret of a server: what the keys that people enter are sealed with. It is in no table, so
// that neither the database nor a backup of it opens a key.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace threadkeep::keys {

// 32 random bytes, in memory that is not swapped out and is overwritten at the end.
class Secret {
 public:
  static std::shared_ptr<const Secret> make();
  // What text() gives, with space around it. Null: it is none.
  static std::shared_ptr<const Secret> parse(std::string_view text);

  const unsigned char* bytes() const { return bytes_.get(); }
  // Tells secrets apart and nothing about them: 8 bytes.
  const std::string& id() const { return id_; }
  // 64 hexadecimal digits. The caller wipes it.
  std::string text() const;

 private:
  struct Free {
    void operator()(unsigned char* bytes) const;
  };
  Secret();
  void note_id();

  std::unique_ptr<unsigned char, Free> bytes_;
  std::string id_;
};
using SecretPtr = std::shared_ptr<const Secret>;

void wipe(std::string& text);

struct SecretPlace {
  enum class Kind {
    made_here,  // a file that is made when it is needed first
    given,      // a file that must be there: several servers have the same
    memory,     // as long as the process lives, as its store
    none        // no key can be sealed
  };
  Kind kind = Kind::none;
  std::string path;
};

// Safe from several threads.
class SecretSource {
 public:
  // Reads what is there. Fails: invalid_field, with one line: a file that is no secret, that others
  // may read, or that is missing where it must be there.
  static Result<std::unique_ptr<SecretSource>> open(SecretPlace place);

  // Null: there is none yet.
  SecretPtr find() const;
  // Makes it where that may be done, for the owner only, and on the disk when it returns. Fails:
  // storage_unavailable, storage_full, not_found (Kind::none).
  Result<SecretPtr> find_or_make();
  bool can_seal() const { return place_.kind != SecretPlace::Kind::none; }

 private:
  explicit SecretSource(SecretPlace place) : place_(std::move(place)) {}

  const SecretPlace place_;
  mutable std::mutex mutex_;
  SecretPtr secret_;  // guarded by the mutex
};

}  // namespace threadkeep::keys
