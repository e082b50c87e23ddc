// The only door to stored state. MemoryStore, SqliteStore and PostgresStore pass one contract suite
// (tests/store).
//
// Stored state is a handful of aggregates, each with its contract in its own header. What reads
// takes a Reader and sees one snapshot; what writes takes a Writer and is one transaction, or is
// one operation (NewMessage, EditConversation, ...), which is a transaction of its own.
//
//   store.read([&](const Reader& reader) { return reader.messages().find(user, id); });
//   store.write(user, EditConversation{id, patch});
//   store.write(user, std::move(message), [](Result<Stored<Message>> stored) { ... });
//   store.write(user, [&](Writer& writer) { return writer.run(user, DeleteConversation{id}); });
//
// Everything here is safe from several threads. A write that returned a value is durable: it
// survives power loss. Every call names the user and sees that user's rows only; another user's
// thing and a missing one are both not_found: a conversation's id belongs to the user who made it
// first, message ids are each user's own. A user is known from the first write on. Writes can
// always fail with storage_full, storage_unavailable or outcome_unknown; reads with
// storage_unavailable. Other failures are named at each call; one that failed has changed nothing,
// and what ran before it in the same transaction stays. Every `limit` is at least 1.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "store/answers.h"
#include "store/blobs.h"
#include "store/conversations.h"
#include "store/housekeeping.h"
#include "store/messages.h"
#include "store/presets.h"
#include "store/push.h"
#include "store/search.h"
#include "store/store_limits.h"
#include "store/sync.h"
#include "store/vendors.h"

namespace threadkeep {

// All aggregates in one transaction. A fake store may leave out those that are not asked for.
struct Aggregates {
  Conversations* conversations = nullptr;
  Messages* messages = nullptr;
  Answers* answers = nullptr;
  Search* search = nullptr;
  Sync* sync = nullptr;
  Housekeeping* housekeeping = nullptr;
  Vendors* vendors = nullptr;
  Presets* presets = nullptr;
};

// One snapshot.
class Reader {
 public:
  explicit Reader(const Aggregates& all) : all_(all) {}

  const Conversations& conversations() const { return *all_.conversations; }
  const Messages& messages() const { return *all_.messages; }
  const Answers& answers() const { return *all_.answers; }
  const Search& search() const { return *all_.search; }
  const Sync& sync() const { return *all_.sync; }
  const Housekeeping& housekeeping() const { return *all_.housekeeping; }
  const Vendors& vendors() const { return *all_.vendors; }
  const Presets& presets() const { return *all_.presets; }

 protected:
  const Aggregates& all_;
};

// Whether the aggregate has a `run` for the operation.
template <class Aggregate, class Op>
concept Runs = requires(Aggregate& aggregate, const UserId& user, const Op& operation) {
  aggregate.run(user, operation);
};

template <class Op>
concept Operation = Runs<Conversations, Op> || Runs<Messages, Op> || Runs<Answers, Op> ||
    Runs<Vendors, Op> || Runs<Presets, Op> || std::same_as<Op, Push>;

// One transaction, which sees what it has written.
class Writer : public Reader {
 public:
  using Reader::housekeeping;
  using Reader::Reader;
  using Reader::sync;

  Sync& sync() { return *all_.sync; }
  Housekeeping& housekeeping() { return *all_.housekeeping; }

  // Runs one operation. To the change feed each is a transaction of its own.
  template <Operation Op>
  auto run(const UserId& user, const Op& operation) {
    if constexpr (Runs<Conversations, Op>) {
      return all_.conversations->run(user, operation);
    } else if constexpr (Runs<Messages, Op>) {
      return all_.messages->run(user, operation);
    } else if constexpr (Runs<Answers, Op>) {
      return all_.answers->run(user, operation);
    } else if constexpr (Runs<Vendors, Op>) {
      return all_.vendors->run(user, operation);
    } else if constexpr (Runs<Presets, Op>) {
      return all_.presets->run(user, operation);
    } else {
      return run_push(*this, user, operation);
    }
  }
};

template <Operation Op>
using ResultOf = decltype(std::declval<Writer&>().run(UserId{}, std::declval<const Op&>()));

// What `read` and `write` return for a function: its Result, or a Result of its value.
template <class T>
struct AsResult {
  using Type = Result<T>;
};
template <class T>
struct AsResult<Result<T>> {
  using Type = Result<T>;
};
template <class Function, class Argument>
using ResultOfCall = typename AsResult<std::invoke_result_t<Function&, Argument>>::Type;

// Whose rows a transaction that belongs to no user is about.
inline constexpr std::nullopt_t nobody = std::nullopt;

class Store {
 public:
  virtual ~Store() = default;

  // Runs the function on the caller's thread, on a snapshot, and returns what it returns. It may
  // run again from the beginning.
  template <class Function>
  auto read(Function&& function) -> ResultOfCall<Function, const Reader&> {
    std::optional<ResultOfCall<Function, const Reader&>> result;
    const auto ran = in_snapshot([&](const Reader& reader) { result.emplace(function(reader)); });
    if (!ran) return tl::unexpected(ran.error());
    return std::move(*result);
  }

  // Runs the operation in a transaction and waits for the commit.
  template <Operation Op>
  ResultOf<Op> write(const UserId& user, const Op& operation) {
    return write(user, [&](Writer& writer) { return writer.run(user, operation); });
  }

  // The same for a function of a Writer. It runs on the writer's thread, may run again from the
  // beginning, and must not call the store. Every operation reads and checks first and writes last:
  // what fails has written nothing, and does not undo what ran before it.
  template <std::invocable<Writer&> Function>
  auto write(const std::optional<UserId>& user, Function&& function)
      -> ResultOfCall<Function, Writer&> {
    std::optional<ResultOfCall<Function, Writer&>> result;
    const auto ran =
        in_transaction_and_wait(user, [&](Writer& writer) { result.emplace(function(writer)); });
    if (!ran) return tl::unexpected(ran.error());
    return std::move(*result);
  }

  // Returns at once and calls `done` exactly once after the commit, from a thread that writes, for
  // one user in the order of the calls: it must be quick and must not call the store.
  template <Operation Op, std::invocable<ResultOf<Op>> Finish>
  void write(const UserId& user, Op operation, Finish done) {
    struct Running {
      UserId user;
      Op operation;
      Finish done;
      std::optional<ResultOf<Op>> result;
    };
    const auto running = std::make_shared<Running>(
        Running{user, std::move(operation), std::move(done), std::nullopt});
    // An expected failure is a result too, of the run that was committed.
    in_transaction(
        user,
        [running](Writer& writer) {
          running->result.emplace(writer.run(running->user, running->operation));
        },
        [running](const std::optional<Error>& failure) {
          running->done(failure ? ResultOf<Op>(tl::unexpected(*failure))
                                : std::move(*running->result));
        });
  }

  // Succeeds when the store can be read and written.
  Result<void> check_ready();
  // As Housekeeping::local_user. Throws std::runtime_error when it cannot be stored.
  UserId local_user();
  // 32 random bytes made with the store: the key of the cursors.
  virtual std::string cursor_key() = 0;
  // Files that messages refer to (store/blobs.h): streams, apart from the transactions.
  virtual Blobs& blobs() = 0;
  // Up to how many bytes a part of a running answer is best written again, longer, before the next
  // one begins: as many as are written for a smaller one anyway.
  virtual std::size_t answer_part_bytes() const { return 0; }

  // Called after each commit that took numbers of a user's commit sequence, with the latest one,
  // and with 0 after one that wrote on unfinished answers of the user alone; several commits may be
  // told as one. Where several processes use the store, now and then also for the commits of
  // others. On threads of the store: quick, and without calling the store.
  using CommitListener = std::function<void(const UserId& user, std::int64_t seq)>;
  // Replaces the listener (null: none). The earlier one is not running when this returns.
  virtual void set_commit_listener(CommitListener listener) = 0;

 protected:
  using Read = std::function<void(const Reader&)>;
  using Work = std::function<void(Writer&)>;
  using Done = std::function<void(const std::optional<Error>& failure)>;

  // Runs `read` on a snapshot, on the caller's thread.
  virtual Result<void> in_snapshot(const Read& read) = 0;
  // Returns at once. Runs `work` in a transaction, and calls `done` after the commit, or with the
  // reason why there was none. `user`: whose rows it reads and changes.
  virtual void in_transaction(const std::optional<UserId>& user, Work work, Done done) = 0;

 private:
  Result<void> in_transaction_and_wait(const std::optional<UserId>& user, Work work);
};

}  // namespace threadkeep
