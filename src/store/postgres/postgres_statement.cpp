#include <limits>
#include <utility>

#include "store/postgres/postgres_connection.h"

namespace threadkeep::postgres {
namespace {

// The numbers of PostgreSQL's own types never change.
constexpr Oid bool_type = 16;
constexpr Oid int8_type = 20;
constexpr Oid int2_type = 21;
constexpr Oid int4_type = 23;
constexpr int binary = 1;

int width_of(Oid type) {
  switch (type) {
    case bool_type:
      return 1;
    case int2_type:
      return 2;
    case int4_type:
      return 4;
    case int8_type:
      return 8;
    default:
      return 0;
  }
}

PostgresFailure wrong_type(Oid type) {
  return {PostgresFailure::Cause::refused, sql::StorageFailure::Kind::unavailable,
          "a statement gives or takes an integer as type " + std::to_string(type)};
}

// A number that is too large for its column is refused here, not cut.
bool fits(std::int64_t value, int width) {
  if (width == 1) return value == 0 || value == 1;
  if (width == 2) return std::in_range<std::int16_t>(value);
  if (width == 4) return std::in_range<std::int32_t>(value);
  return width == 8;
}

}  // namespace

PostgresStatement::PostgresStatement(PostgresConnection& connection, std::string name,
                                     const PGresult& description)
    : connection_(connection), name_(std::move(name)), has_rows_(PQnfields(&description) > 0) {
  parameters_.resize(static_cast<std::size_t>(PQnparams(&description)));
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    parameters_[i].type = PQparamtype(&description, static_cast<int>(i));
  }
}

void PostgresStatement::bind_null(int parameter) { at(parameter).value = nullptr; }

// Most significant byte first, in the width that the server worked out for it.
void PostgresStatement::bind_integer(int parameter, std::int64_t value) {
  Parameter& bound = at(parameter);
  const int width = width_of(bound.type);
  if (!fits(value, width)) throw wrong_type(bound.type);
  for (int i = width - 1; i >= 0; --i) {
    bound.number.at(static_cast<std::size_t>(i)) = static_cast<char>(value & 0xff);
    value >>= 8;
  }
  bound.value = bound.number.data();
  bound.length = width;
}

void PostgresStatement::bind_text(int parameter, std::string_view utf8) {
  bind_bytes(parameter, utf8);
}

// A null pointer would bind NULL.
void PostgresStatement::bind_bytes(int parameter, std::string_view bytes) {
  at(parameter).value = bytes.data() == nullptr ? "" : bytes.data();
  at(parameter).length = static_cast<int>(bytes.size());
}

void PostgresStatement::run_unread() {
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const Parameter& parameter : parameters_) {
    values.push_back(parameter.value);
    lengths.push_back(parameter.length);
  }
  const std::vector<int> formats(parameters_.size(), binary);
  connection_.was_queued(
      PQsendQueryPrepared(connection_.handle_.get(), name_.c_str(), static_cast<int>(values.size()),
                          values.data(), lengths.data(), formats.data(), binary),
      PostgresConnection::Sent::statement);
}

bool PostgresStatement::step() {
  if (!has_run_) {
    has_run_ = true;
    run_unread();
    // A statement without rows is only queued: its failure shows with the next answer that is
    // waited for, at the latest with the commit's.
    if (has_rows_) result_ = connection_.wait();
  }
  if (!result_ || row_ + 1 >= PQntuples(result_.get())) return false;
  ++row_;
  return true;
}

void PostgresStatement::reset() noexcept {
  result_.reset();
  row_ = -1;
  has_run_ = false;
}

bool PostgresStatement::is_null(int column) const {
  return PQgetisnull(result_.get(), row_, column) == 1;
}

std::int64_t PostgresStatement::integer(int column) const {
  if (is_null(column)) return 0;
  const Oid type = PQftype(result_.get(), column);
  const int width = width_of(type);
  if (width == 0) throw wrong_type(type);
  const std::string_view big_endian = bytes(column);
  // The sign is that of the first byte.
  std::uint64_t value = (static_cast<unsigned char>(big_endian.front()) & 0x80U) != 0 && width > 1
                            ? std::numeric_limits<std::uint64_t>::max()
                            : 0;
  for (const char byte : big_endian) value = value << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(value);
}

std::string_view PostgresStatement::text(int column) const { return bytes(column); }

std::string_view PostgresStatement::bytes(int column) const {
  return {PQgetvalue(result_.get(), row_, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row_, column))};
}

}  // namespace threadkeep::postgres
