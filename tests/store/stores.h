// The stores under test, their clock, and short ways to say what is stored.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ulid.h"
#include "store/calls.h"
#include "store/store.h"

namespace threadkeep::test {

// Stands still until it is told otherwise.
class ManualClock final : public Clock {
 public:
  UnixMs now_ms() const override { return now_; }
  MonotonicMs monotonic_ms() const override { return now_ - jumped_; }
  void advance(UnixMs ms) { now_ += ms; }
  void set(UnixMs ms) { now_ = ms; }
  // As when somebody sets the wall clock.
  void jump(UnixMs ms) {
    jumped_ += ms;
    now_ += ms;
  }

 private:
  std::atomic<UnixMs> jumped_ = 0;
  std::atomic<UnixMs> now_ = 1'700'000'000'000;
};

// A folder that is removed with everything in it.
class TemporaryFolder {
 public:
  // In memory, where nothing waits for a disk, when nobody asks whether it survives.
  enum class On { disk, memory };
  explicit TemporaryFolder(On on = On::disk);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string file(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

enum class Kind { memory, sqlite, postgres };
std::ostream& operator<<(std::ostream& out, Kind kind);

// The same folder again opens the same store again, unless that is in memory.
std::unique_ptr<Store> make_store(Kind kind, const TemporaryFolder& folder, const Clock& clock,
                                  UlidMaker& ids, const StoreLimits& limits = {});

// The same id for the same number, so that a failing test can be read.
Ulid id_of(std::uint64_t number);

std::string text_block(const std::string& text);
NewConversation chat(const ConversationId& id, const std::string& title = "");
NewMessage said(const MessageId& id, const ConversationId& conversation, const std::string& text,
                Role role = Role::user);
NewMessage said_under(const Place& place, const MessageId& id, const ConversationId& conversation,
                      const std::string& text, Role role = Role::user);

// Everything of a row in one line, for comparing and for reading.
std::string show(const Conversation& row);
std::string show(const Message& row);
std::string show(const Preset& row);
std::string show(const MessageInTree& row);
std::string show(const ChangePage& page);
std::string show(const Pushed& pushed);
std::string show(const MessagePage& page);
std::string show(const ConversationPage& page);

}  // namespace threadkeep::test
