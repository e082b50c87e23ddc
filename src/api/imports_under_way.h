// What imports under way have read so far, for those who wait for them, and how they are stopped.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/ulid.h"
#include "domain/conversation.h"
#include "transfer/import.h"

namespace threadkeep::api {

// Of this process. Safe from several threads.
class ImportsUnderWay {
 public:
  // One import, from its first byte to its end; it is known under its id as long as it lives.
  class Entry;
  // Null when the user has one under way with this id.
  std::unique_ptr<Entry> begin(const UserId& user, const Ulid& id);
  // Nothing when there is none under way with this id.
  std::optional<ImportProgress> progress(const UserId& user, const Ulid& id) const;
  // It ends after the conversation, or the piece of a long one, that it is at. Returns whether
  // there was one.
  bool stop(const UserId& user, const Ulid& id);

 private:
  using Key = std::pair<UserId, Ulid>;
  struct State {
    ImportProgress progress;
    bool is_stopped = false;
  };

  mutable std::mutex mutex_;
  std::map<Key, State> states_;
};

// Outlived by its ImportsUnderWay.
class ImportsUnderWay::Entry {
 public:
  Entry(ImportsUnderWay& all, Key key) : all_(all), key_(std::move(key)) {}
  ~Entry();
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  // Returns false when the import was stopped.
  bool report(const ImportProgress& progress);

 private:
  ImportsUnderWay& all_;
  const Key key_;
};

}  // namespace threadkeep::api
