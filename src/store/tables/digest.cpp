#include "store/tables/digest.h"

#include <sodium.h>

#include <array>

namespace threadkeep::tables {

struct Digest::State {
  // The library asks for more than the usual alignment.
  alignas(64) crypto_generichash_state hash;
};

Digest::Digest() : state_(std::make_unique<State>()) {
  crypto_generichash_init(&state_->hash, nullptr, 0, crypto_generichash_BYTES);
}

Digest::~Digest() = default;

void Digest::begin(const Table& table) {
  std::string head = table.name + "(";
  for (const Column& column : table.columns) head += column.name + ",";
  head += ")";
  crypto_generichash_update(&state_->hash, reinterpret_cast<const unsigned char*>(head.data()),
                            head.size());
}

void Digest::add(const Row& row) {
  const std::string_view bytes = row.encoded();
  crypto_generichash_update(&state_->hash, reinterpret_cast<const unsigned char*>(bytes.data()),
                            bytes.size());
  ++rows_;
}

std::string Digest::text() const {
  State copy = *state_;
  std::array<unsigned char, crypto_generichash_BYTES> hash{};
  crypto_generichash_final(&copy.hash, hash.data(), hash.size());
  std::array<char, 2 * crypto_generichash_BYTES + 1> text{};
  sodium_bin2hex(text.data(), text.size(), hash.data(), hash.size());
  return text.data();
}

StoreDigest digest_of(sql::Connection& connection, const std::vector<Table>& tables,
                      Progress& progress) {
  Digest digest;
  for (const Table& table : tables) {
    digest.begin(table);
    TableReader reader(connection, table);
    while (const Row* row = reader.next()) {
      digest.add(*row);
      progress.advance();
    }
  }
  return {digest.text(), digest.rows()};
}

}  // namespace threadkeep::tables
