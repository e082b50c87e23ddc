#include "store/tables/rows.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "store/sql/query.h"

namespace threadkeep::tables {
namespace {

constexpr std::int64_t page_rows_first = 100;
constexpr std::int64_t page_rows_max = 2'000;
constexpr std::size_t page_bytes_wanted = 4U << 20;

std::string list_of(const Table& table, const std::string& separator) {
  std::string text;
  for (const Column& column : table.columns) text += (text.empty() ? "" : separator) + column.name;
  return text;
}

// "(key, tag COLLATE ...)" or "key, tag COLLATE ...": text in the order of its bytes, which is not
// every engine's own.
std::string key_of(const sql::Connection& connection, const Table& table) {
  std::string text;
  for (const std::size_t column : table.key) {
    text += (text.empty() ? "" : ", ") + table.columns[column].name;
    if (table.columns[column].kind == Kind::text) {
      text += " " + std::string(connection.word("bytewise"));
    }
  }
  return text;
}

std::string parameters(std::size_t count) {
  std::string text;
  for (std::size_t i = 1; i <= count; ++i) {
    text += (i == 1 ? "$" : ", $") + std::to_string(i);
  }
  return text;
}

std::string page_sql(const sql::Connection& connection, const Table& table, bool is_first) {
  const std::string key = key_of(connection, table);
  const std::size_t bound = is_first ? 0 : table.key.size();
  std::string sql = "SELECT " + list_of(table, ", ") + " FROM " + table.name;
  if (!is_first) sql += " WHERE (" + key + ") > (" + parameters(bound) + ")";
  return sql + " ORDER BY " + key + " LIMIT $" + std::to_string(bound + 1);
}

std::string delete_sql(const Table& table) {
  std::string where;
  for (std::size_t i = 0; i < table.key.size(); ++i) {
    where +=
        (i == 0 ? "" : " AND ") + table.columns[table.key[i]].name + " = $" + std::to_string(i + 1);
  }
  return "DELETE FROM " + table.name + " WHERE " + where;
}

std::strong_ordering compare(const Field& a, const Field& b) {
  if (a.kind != b.kind) return a.kind <=> b.kind;
  if (a.kind == Kind::integer) return a.integer <=> b.integer;
  return a.bytes.compare(b.bytes) <=> 0;
}

void bind(sql::Statement& statement, int parameter, const Field& field) {
  switch (field.kind) {
    case Kind::null:
      return statement.bind_null(parameter);
    case Kind::integer:
      return statement.bind_integer(parameter, field.integer);
    case Kind::text:
      return statement.bind_text(parameter, field.bytes);
    case Kind::bytes:
      return statement.bind_bytes(parameter, field.bytes);
  }
}

// Runs a statement whose parameters are columns of the row.
void run(sql::Connection& connection, const std::string& sql, const Row& row,
         const std::vector<std::size_t>& columns) {
  sql::Statement& statement = connection.prepare(sql);
  try {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      bind(statement, static_cast<int>(i) + 1, row.field(columns[i]));
    }
    while (statement.step()) {
    }
  } catch (...) {
    statement.reset();
    throw;
  }
  statement.reset();
}

bool is_about_place(const Table& table, const Row& row) {
  if (table.name != "meta") return false;
  const std::string_view name = row.field(table.key.front()).bytes;
  return name == place_checked || name == place_backup || name == place_copy || name == place_clock;
}

}  // namespace

void Row::read(const Table& table, const sql::Statement& statement) {
  bytes_.clear();
  ends_.clear();
  const auto add_number = [this](std::uint64_t number) {
    for (int i = 0; i < 8; ++i) bytes_ += static_cast<char>(number >> (8 * i) & 0xff);
  };
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const int column = static_cast<int>(i);
    const Kind kind = statement.is_null(column) ? Kind::null : table.columns[i].kind;
    bytes_ += static_cast<char>(kind);
    if (kind == Kind::integer) {
      add_number(static_cast<std::uint64_t>(statement.integer(column)));
    } else if (kind != Kind::null) {
      const std::string_view value =
          kind == Kind::text ? statement.text(column) : statement.bytes(column);
      add_number(value.size());
      bytes_ += value;
    }
    ends_.push_back(bytes_.size());
  }
}

Field Row::field(std::size_t column) const {
  const std::size_t begin = column == 0 ? 0 : ends_[column - 1];
  const std::string_view encoded = std::string_view(bytes_).substr(begin, ends_[column] - begin);
  Field field;
  field.kind = static_cast<Kind>(encoded.front());
  if (field.kind == Kind::null) return field;
  std::uint64_t number = 0;
  for (std::size_t i = 8; i >= 1; --i) {
    number = number << 8 | static_cast<unsigned char>(encoded[i]);
  }
  if (field.kind == Kind::integer) {
    field.integer = static_cast<std::int64_t>(number);
  } else {
    field.bytes = encoded.substr(9);
  }
  return field;
}

std::strong_ordering compare_keys(const Table& table, const Row& a, const Row& b) {
  for (const std::size_t column : table.key) {
    const auto order = compare(a.field(column), b.field(column));
    if (order != 0) return order;
  }
  return std::strong_ordering::equal;
}

std::string show_key(const Table& table, const Row& row) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = table.name;
  for (const std::size_t column : table.key) {
    const Field field = row.field(column);
    text += " " + table.columns[column].name + "=";
    if (field.kind == Kind::integer) {
      text += std::to_string(field.integer);
    } else if (field.kind == Kind::text) {
      text += field.bytes;
    } else {
      for (const char byte : field.bytes) {
        text += digits[static_cast<unsigned char>(byte) >> 4];
        text += digits[static_cast<unsigned char>(byte) & 0xf];
      }
    }
  }
  return text;
}

TableReader::TableReader(sql::Connection& connection, const Table& table)
    : connection_(connection),
      table_(table),
      first_sql_(page_sql(connection, table, true)),
      next_sql_(page_sql(connection, table, false)),
      limit_(page_rows_first) {}

void TableReader::load_page() {
  rows_ = 0;
  at_ = 0;
  sql::Statement& statement = connection_.prepare(has_last_ ? next_sql_ : first_sql_);
  std::size_t bytes = 0;
  try {
    int parameter = 0;
    if (has_last_) {
      for (const std::size_t column : table_.key) {
        bind(statement, ++parameter, last_.field(column));
      }
    }
    statement.bind_integer(++parameter, limit_);
    while (statement.step()) {
      if (rows_ == page_.size()) page_.emplace_back();
      page_[rows_].read(table_, statement);
      bytes += page_[rows_++].encoded().size();
    }
  } catch (...) {
    statement.reset();
    throw;
  }
  statement.reset();
  is_at_end_ = static_cast<std::int64_t>(rows_) < limit_;
  if (rows_ > 0) {
    last_ = page_[rows_ - 1];
    has_last_ = true;
  }
  if (bytes > page_bytes_wanted) limit_ = std::max<std::int64_t>(1, limit_ / 2);
  if (bytes < page_bytes_wanted / 4) limit_ = std::min(page_rows_max, limit_ * 2);
}

const Row* TableReader::next() {
  for (;;) {
    while (at_ == rows_) {
      if (is_at_end_) return nullptr;
      load_page();
    }
    const Row& row = page_[at_++];
    if (!is_about_place(table_, row)) return &row;
  }
}

TableWriter::TableWriter(sql::Connection& connection, const Table& table)
    : connection_(connection),
      table_(table),
      insert_sql_("INSERT INTO " + table.name + " (" + list_of(table, ", ") + ") VALUES (" +
                  parameters(table.columns.size()) + ")"),
      delete_sql_(delete_sql(table)),
      all_(table.columns.size()) {
  std::iota(all_.begin(), all_.end(), std::size_t{0});
}

void TableWriter::insert(const Row& row) { run(connection_, insert_sql_, row, all_); }

void TableWriter::remove(const Row& row) { run(connection_, delete_sql_, row, table_.key); }

}  // namespace threadkeep::tables
