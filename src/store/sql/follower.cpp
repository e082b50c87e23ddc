#include "store/sql/follower.h"

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>

namespace threadkeep::sql {
namespace {

constexpr std::int64_t rows_per_slice = 200;
// What other processes committed, and what failed, is looked at this often.
constexpr std::chrono::seconds look_again_after{1};

const std::string lagging_sql =
    "SELECT u.number, u.id FROM users u LEFT JOIN derived_positions p ON p.owner = u.number AND "
    "p.name = $1 WHERE p.seq IS NULL OR p.seq < u.seq OR p.rebuilt_to IS NOT NULL ORDER BY "
    "u.number LIMIT 100";

}  // namespace

Follower::Follower(Engine& engine, std::vector<const Derived*> tables)
    : engine_(engine), tables_(std::move(tables)), thread_([this] { run(); }) {}

Follower::~Follower() { stop(); }

void Follower::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Follower::poke() {
  {
    const std::lock_guard lock(mutex_);
    has_news_ = true;
  }
  changed_.notify_one();
}

void Follower::run() {
  std::unique_lock lock(mutex_);
  while (!is_ending_) {
    has_news_ = false;
    lock.unlock();
    bool has_more = false;
    for (const Derived* table : tables_) has_more = follow(*table) || has_more;
    lock.lock();
    if (has_more) continue;
    changed_.wait_for(lock, look_again_after, [this] { return is_ending_ || has_news_; });
  }
}

bool Follower::follow(const Derived& table) {
  bool has_written = false;
  for (const Owner& owner : read_lagging(table)) {
    {
      const std::lock_guard lock(mutex_);
      if (is_ending_) return false;
    }
    // One that cannot be written now is one more user that lags at the next look.
    if (!write(owner, [&](Transaction& transaction) {
          catch_up(transaction, table, owner.number, rows_per_slice);
          go_on_rebuilding(transaction, table, owner.number, rows_per_slice);
        })) {
      return false;
    }
    has_written = true;
  }
  return has_written;
}

std::vector<Follower::Owner> Follower::read_lagging(const Derived& table) {
  std::vector<Owner> owners;
  try {
    engine_.read([&](Transaction& transaction) {
      Query query(transaction.connection, lagging_sql, table.name());
      while (query.next()) owners.push_back({query.integer(0), query.ulid(1)});
    });
  } catch (const StorageFailure&) {
    // Until the next look.
    owners.clear();
  }
  return owners;
}

Result<void> Follower::write(const Owner& owner, const std::function<void(Transaction&)>& work) {
  // Shared: the writer's thread may still be inside set_value when this one goes on.
  auto promise = std::make_shared<std::promise<std::optional<Error>>>();
  auto future = promise->get_future();
  // The engine locks the user.
  engine_.write(
      Write{work, [promise](const std::optional<Error>& failure) { promise->set_value(failure); },
            owner.id});
  if (const auto failure = future.get()) return tl::unexpected(*failure);
  return {};
}

}  // namespace threadkeep::sql
