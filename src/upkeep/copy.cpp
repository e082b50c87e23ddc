#include "upkeep/copy.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

#include "store/sql/copy_mark.h"
#include "store/sql/derived.h"
#include "store/sql/query.h"
#include "store/tables/rows.h"
#include "store/tables/tables.h"
#include "upkeep/all_tables.h"
#include "upkeep/blobs.h"

namespace threadkeep::upkeep {
namespace {

using tables::count_rows;
using tables::Digest;
using tables::Field;
using tables::Row;
using tables::Table;
using tables::TableReader;
using tables::TableWriter;

constexpr std::size_t differences_shown = 10;
constexpr int rows_per_commit = 500;
constexpr std::size_t bytes_per_commit = 4U << 20;

// Each row of both sides: where only one side has it, the other one is none.
using Meeting = std::function<void(const Row* from, const Row* to)>;

enum class Until { both_end, target_ends };

void walk(sql::Connection& from, sql::Connection& to, const Table& table, Until until,
          const Meeting& meet) {
  TableReader left(from, table);
  TableReader right(to, table);
  const Row* a = left.next();
  const Row* b = right.next();
  while (b != nullptr || (a != nullptr && until == Until::both_end)) {
    const auto order = a == nullptr   ? std::strong_ordering::greater
                       : b == nullptr ? std::strong_ordering::less
                                      : compare_keys(table, *a, *b);
    meet(order <= 0 ? a : nullptr, order >= 0 ? b : nullptr);
    if (order <= 0) a = left.next();
    if (order >= 0) b = right.next();
  }
}

// Many small transactions on the target, one after the other.
class Batches {
 public:
  explicit Batches(sql::Connection& connection) : connection_(connection) {}
  ~Batches() {
    if (!is_open_) return;
    try {
      connection_.run_script("ROLLBACK");
    } catch (const sql::StorageFailure&) {
      // It ends with the connection.
    }
  }
  Batches(const Batches&) = delete;
  Batches& operator=(const Batches&) = delete;

  void run(const std::function<void()>& change, std::size_t bytes) {
    if (!is_open_) connection_.run_script("BEGIN");
    is_open_ = true;
    change();
    bytes_ += bytes;
    if (++rows_ >= rows_per_commit || bytes_ >= bytes_per_commit) commit();
  }
  void commit() {
    if (!is_open_) return;
    connection_.run_script("COMMIT");
    is_open_ = false;
    rows_ = 0;
    bytes_ = 0;
  }

 private:
  sql::Connection& connection_;
  bool is_open_ = false;
  int rows_ = 0;
  std::size_t bytes_ = 0;
};

bool is_same(const Row* a, const Row* b) {
  return a != nullptr && b != nullptr && a->encoded() == b->encoded();
}

// Before anything is added: a wrong row may hold what must be unique.
void remove_what_is_not_so(sql::Connection& from, sql::Connection& to,
                           const std::vector<Table>& tables, Progress& progress) {
  progress.begin("comparing", count_rows(to, tables));
  Batches batches(to);
  for (const Table& table : tables) {
    TableWriter writer(to, table);
    walk(from, to, table, Until::target_ends, [&](const Row* a, const Row* b) {
      if (b == nullptr) return;
      if (!is_same(a, b)) batches.run([&] { writer.remove(*b); }, b->encoded().size());
      progress.advance();
    });
  }
  batches.commit();
}

void add_what_is_missing(sql::Connection& from, sql::Connection& to,
                         const std::vector<Table>& tables, Progress& progress) {
  progress.begin("copying", count_rows(from, tables));
  Batches batches(to);
  for (const Table& table : tables) {
    TableWriter writer(to, table);
    walk(from, to, table, Until::both_end, [&](const Row* a, const Row* b) {
      if (a == nullptr) return;
      if (b == nullptr) batches.run([&] { writer.insert(*a); }, a->encoded().size());
      progress.advance();
    });
  }
  batches.commit();
}

std::string describe(const Table& table, const Row* a, const Row* b) {
  if (b == nullptr) return show_key(table, *a) + " is missing in the target";
  if (a == nullptr) return show_key(table, *b) + " is in the target only";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const Field left = a->field(i);
    const Field right = b->field(i);
    if (left.kind != right.kind || left.integer != right.integer || left.bytes != right.bytes) {
      return show_key(table, *a) + " differs in " + table.columns[i].name;
    }
  }
  return show_key(table, *a) + " differs";
}

// A store's identity, which its copies share: made with it, of random bytes, and told to nobody.
std::string identity_of(sql::Connection& connection) {
  sql::Query query(connection, "SELECT value FROM meta WHERE name = 'cursor_key'");
  if (!query.next()) return "";
  const std::string key = query.bytes(0);
  std::array<unsigned char, crypto_generichash_BYTES> hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(key.data()),
                     key.size(), nullptr, 0);
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

bool has_conversations(sql::Connection& connection) {
  sql::Query query(connection, "SELECT 1 FROM conversations LIMIT 1");
  return query.next();
}

}  // namespace

Comparison compare(sql::Connection& from, sql::Connection& to, const std::vector<Table>& tables,
                   Progress& progress) {
  progress.begin("verifying", count_rows(from, tables));
  Comparison result;
  Digest left;
  Digest right;
  for (const Table& table : tables) {
    left.begin(table);
    right.begin(table);
    walk(from, to, table, Until::both_end, [&](const Row* a, const Row* b) {
      if (a != nullptr) left.add(*a);
      if (b != nullptr) right.add(*b);
      if (!is_same(a, b)) {
        ++result.differences;
        if (result.shown.size() < differences_shown) {
          result.shown.push_back(describe(table, a, b));
        }
      }
      progress.advance(a == nullptr ? 0 : 1);
    });
  }
  result.from = {left.text(), left.rows()};
  result.to = {right.text(), right.rows()};
  return result;
}

void make_equal(sql::Connection& from, sql::Connection& to, const std::vector<Table>& tables,
                Progress& progress) {
  remove_what_is_not_so(from, to, tables, progress);
  add_what_is_missing(from, to, tables, progress);
}

Result<Comparison> compare_stores(sql::Connection& from, sql::Connection& to, Progress& progress) {
  try {
    return compare(from, to, all_tables(), progress);
  } catch (const Stopped&) {
    return fail(Errc::cancelled, "The comparison was stopped.");
  } catch (const sql::StorageFailure& failure) {
    return fail(Errc::storage_unavailable, failure.what());
  }
}

bool is_unfinished_copy(sql::Connection& connection) {
  const auto mark = sql::read_copy_mark(connection);
  return mark && !mark->is_finished;
}

Result<void> refuse_unfinished_copy(sql::Connection& connection) {
  if (!is_unfinished_copy(connection)) return {};
  return fail(Errc::storage_unavailable,
              "it is a copy that has not come to its end: run the same `threadkeep copy`, or "
              "restore, again");
}

Target find_target(sql::Connection& from, sql::Connection& to) {
  const auto mark = sql::read_copy_mark(to);
  const bool is_of_this = mark && mark->source == identity_of(from);
  if (is_of_this) return mark->is_finished ? Target::finished : Target::unfinished;
  if (mark || has_conversations(to)) return Target::own;
  return Target::empty;
}

Result<Comparison> copy_store(const OpenedStore& source, const OpenedStore& target,
                              Progress& progress) {
  sql::Connection& from = *source.connection;
  sql::Connection& to = *target.connection;
  try {
    if (find_target(from, to) == Target::own) {
      return fail(Errc::id_conflict,
                  "the target holds conversations of its own (or an unfinished copy of another "
                  "store); nothing was changed");
    }
    const std::string identity = identity_of(from);
    sql::write_copy_mark(to, {identity, false});
    // Before the rows: none of them names a file that is not there yet.
    auto lost = copy_blobs(named_blobs(from), *source.blobs, *target.blobs, progress);
    make_equal(from, to, all_tables(), progress);
    Comparison result = compare(from, to, all_tables(), progress);
    result.lost_blobs = std::move(lost);
    sql::forget_derived(to);
    if (result.is_equal()) sql::write_copy_mark(to, {identity, true});
    return result;
  } catch (const Stopped&) {
    return fail(Errc::cancelled, "The copy was stopped; the same command goes on from here.");
  } catch (const sql::StorageFailure& failure) {
    const bool is_full = failure.kind() == sql::StorageFailure::Kind::full;
    return fail(is_full ? Errc::storage_full : Errc::storage_unavailable, failure.what());
  }
}

}  // namespace threadkeep::upkeep
