#include "store/postgres/writer_lane.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "store/postgres/timeline.h"

namespace threadkeep::postgres {
namespace {

using Cause = PostgresFailure::Cause;
using Kind = sql::StorageFailure::Kind;

constexpr int longer_by_ms = 10;

// Those that met each other must not meet again: each waits for a time of its own.
void pause_after_conflict(int tries) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<int> pause(0, longer_by_ms * tries);
  std::this_thread::sleep_for(std::chrono::milliseconds(pause(random)));
}

void complain(const PostgresFailure& failure, std::size_t changes) {
  std::fprintf(stderr, "threadkeep: %zu changes were not stored%s: %s\n", changes,
               failure.kind() == Kind::unknown ? " or perhaps they were" : "", failure.what());
}

std::optional<Error> outcome_of(const std::optional<PostgresFailure>& failure) {
  return failure ? std::optional(sql::error_of(*failure)) : std::nullopt;
}

PostgresFailure locked_too_long() {
  return {Cause::locked, Kind::unavailable, "the user is locked by another session"};
}

void append_integer(std::string& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(value >> shift & 0xff);
  }
}

// A one-dimensional array of bytea, as PostgreSQL sends and takes it.
std::string array_of(const std::set<UserId>& users) {
  constexpr std::uint32_t bytea_type = 17;
  std::string bytes;
  const auto count = static_cast<std::uint32_t>(users.size());
  for (const std::uint32_t part : {1U, 0U, bytea_type, count, 1U}) append_integer(bytes, part);
  for (const UserId& user : users) {
    append_integer(bytes, static_cast<std::uint32_t>(user.bytes().size()));
    bytes += user.bytes();
  }
  return bytes;
}

std::set<UserId> users_of(const std::vector<const sql::Write*>& writes) {
  std::set<UserId> users;
  for (const sql::Write* write : writes) {
    if (write->user) users.insert(*write->user);
  }
  return users;
}

std::vector<const sql::Write*> writes_of(const WriteBatch& batch) {
  std::vector<const sql::Write*> writes;
  for (const UserWrites& of_user : batch.users) {
    for (const WaitingWrite& waiting : of_user.writes) writes.push_back(&waiting.write);
  }
  return writes;
}

// Whether it may be about one of several writes and not about the others.
bool is_of_one(const PostgresFailure& failure) {
  if (failure.kind() == Kind::unknown) return false;
  return failure.cause() == Cause::refused || failure.cause() == Cause::conflict ||
         failure.cause() == Cause::locked;
}

}  // namespace

WriterLane::WriterLane(const PostgresOptions& options, const Clock& clock, WriteQueue& queue,
                       Tell tell)
    : options_(options), clock_(clock), queue_(queue), tell_(std::move(tell)) {
  thread_ = std::thread([this] { this->run(); });
}

WriterLane::~WriterLane() { thread_.join(); }

void WriterLane::run() {
  for (;;) {
    WriteBatch batch = queue_.take();
    if (batch.users.empty()) return;
    commit(std::move(batch));
  }
}

// When the server refuses the batch, each request is tried alone: one that cannot be stored must
// not take its neighbours with it.
void WriterLane::commit(WriteBatch batch) {
  Locked locked = batch.was_set_aside ? Locked::left_out : Locked::waited_for;
  while (!batch.users.empty()) {
    const Outcome outcome = try_commit(writes_of(batch), locked);
    if (!outcome.left_out.empty()) {
      set_aside(batch, outcome.left_out);
      continue;
    }
    const auto& failure = outcome.failure;
    if (failure && failure->cause() == Cause::locked && locked == Locked::waited_for) {
      locked = Locked::left_out;
      continue;
    }
    if (failure && is_of_one(*failure) && (batch.size() > 1 || failure->cause() == Cause::locked)) {
      return commit_one_by_one(std::move(batch));
    }
    return settle(batch, failure);
  }
}

void WriterLane::commit_one_by_one(WriteBatch batch) {
  for (UserWrites& of_user : batch.users) {
    std::size_t next = 0;
    bool is_locked = false;
    while (next < of_user.writes.size() && !is_locked) {
      const sql::Write& write = of_user.writes[next].write;
      const Outcome outcome = try_commit({&write}, Locked::left_out);
      is_locked = !outcome.left_out.empty() ||
                  (outcome.failure && outcome.failure->cause() == Cause::locked);
      if (is_locked) break;
      if (outcome.failure) complain(*outcome.failure, 1);
      write.done(outcome_of(outcome.failure));
      tell_(moved_);
      ++next;
    }
    if (!is_locked) {
      queue_.finish(of_user.user);
      continue;
    }
    // What comes after must wait too, or it would overtake.
    const auto done = of_user.writes.begin() + static_cast<std::ptrdiff_t>(next);
    of_user.writes.erase(of_user.writes.begin(), done);
    set_aside(std::move(of_user));
  }
}

void WriterLane::settle(const WriteBatch& batch, const std::optional<PostgresFailure>& failure) {
  if (failure) complain(*failure, batch.size());
  for (const UserWrites& of_user : batch.users) {
    for (const WaitingWrite& waiting : of_user.writes) waiting.write.done(outcome_of(failure));
  }
  tell_(moved_);
  for (const UserWrites& of_user : batch.users) queue_.finish(of_user.user);
}

void WriterLane::set_aside(WriteBatch& batch, const std::vector<UserId>& users) {
  for (const UserId& user : users) {
    const auto found = std::find_if(batch.users.begin(), batch.users.end(),
                                    [&](const UserWrites& each) { return each.user == user; });
    UserWrites writes = std::move(*found);
    batch.users.erase(found);
    set_aside(std::move(writes));
  }
}

void WriterLane::set_aside(UserWrites writes) {
  const SteadyTime now = std::chrono::steady_clock::now();
  const auto patience = std::chrono::milliseconds(options_.lock_timeout_ms);
  std::size_t expired = 0;
  for (WaitingWrite& waiting : writes.writes) {
    if (!waiting.locked_since) waiting.locked_since = now;
    if (now - *waiting.locked_since >= patience) ++expired;
  }
  // The oldest ones come first, so those that have expired do.
  if (expired > 0) complain(locked_too_long(), expired);
  for (std::size_t i = 0; i < expired; ++i) {
    writes.writes[i].write.done(outcome_of(locked_too_long()));
  }
  writes.writes.erase(writes.writes.begin(),
                      writes.writes.begin() + static_cast<std::ptrdiff_t>(expired));
  if (writes.writes.empty()) return queue_.finish(writes.user);
  queue_.set_aside(std::move(writes));
}

WriterLane::Outcome WriterLane::try_commit(const Writes& writes, Locked locked) {
  for (int tries = 1;; ++tries) {
    try {
      return commit_once(writes, locked);
    } catch (const PostgresFailure& failure) {
      roll_back();
      if (!is_worth_another_try(failure, tries)) return {.failure = failure};
      if (failure.cause() == Cause::conflict) pause_after_conflict(tries);
    } catch (const std::exception& bug) {
      roll_back();
      return {.failure = PostgresFailure(Cause::refused, Kind::unavailable, bug.what())};
    }
  }
}

WriterLane::Outcome WriterLane::commit_once(const Writes& writes, Locked locked) {
  if (!session_) {
    auto opened =
        std::unique_ptr<Session>(new Session{{options_, PostgresConnection::Use::writing}, {}});
    // Another server may have taken over.
    note_timeline(opened->connection, options_.limits, clock_.now_ms());
    opened->connection.run_script("SET lock_timeout = " + std::to_string(options_.lock_wait_ms));
    session_ = std::move(opened);
  }
  // Each statement sees what was committed before it; for the users of this transaction that is
  // nothing but its own work, as they are locked.
  moved_.clear();
  session_->connection.queue("BEGIN ISOLATION LEVEL READ COMMITTED");
  if (locked == Locked::waited_for) {
    lock_users(writes);
  } else if (auto left_out = lock_free_users(writes); !left_out.empty()) {
    roll_back();
    return {.left_out = std::move(left_out)};
  }
  for (const sql::Write* write : writes) {
    sql::Transaction transaction{session_->connection, session_->users, options_.limits,
                                 clock_.now_ms()};
    write->work(transaction);
    moved_.insert(moved_.end(), transaction.moved.begin(), transaction.moved.end());
  }
  session_->connection.commit();
  return {};
}

// Without waiting for the server: whether somebody else has locked one of them shows with the first
// row that is wanted.
void WriterLane::lock_users(const Writes& writes) {
  const auto users = users_of(writes);
  if (users.empty()) return;
  PostgresStatement& statement = session_->connection.prepare(
      "SELECT number FROM users WHERE id = ANY ($1::bytea[]) ORDER BY number FOR NO KEY UPDATE");
  const std::string ids = array_of(users);
  statement.bind_bytes(1, ids);
  statement.run_unread();
}

// Locks those that nobody else has locked, and returns the others. A user who is not there yet
// cannot be locked.
std::vector<UserId> WriterLane::lock_free_users(const Writes& writes) {
  std::set<UserId> wanted = users_of(writes);
  if (wanted.empty()) return {};
  const std::string ids = array_of(wanted);
  const auto ids_of = [&](std::string_view sql) {
    PostgresStatement& statement = session_->connection.prepare(sql);
    statement.bind_bytes(1, ids);
    std::vector<UserId> found;
    while (statement.step()) found.push_back(Ulid::from_bytes(statement.bytes(0)));
    statement.reset();
    return found;
  };
  const auto locked = ids_of(
      "SELECT id FROM users WHERE id = ANY ($1::bytea[]) ORDER BY number FOR NO KEY UPDATE SKIP "
      "LOCKED");
  const std::set<UserId> ours(locked.begin(), locked.end());
  std::vector<UserId> left_out;
  for (const UserId& user : ids_of("SELECT id FROM users WHERE id = ANY ($1::bytea[])")) {
    if (!ours.contains(user)) left_out.push_back(user);
  }
  return left_out;
}

void WriterLane::roll_back() noexcept {
  moved_.clear();
  if (!session_) return;
  // Among them may be numbers that were never committed.
  session_->users.clear();
  session_->connection.roll_back();
  if (session_->connection.is_lost()) session_.reset();
}

}  // namespace threadkeep::postgres
