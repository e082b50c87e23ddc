#include <algorithm>
#include <tuple>

#include "domain/refusals.h"
#include "domain/setting_rules.h"
#include "store/operation_rules.h"
#include "store/sql/aggregates.h"
#include "store/sql/terms.h"

namespace threadkeep::sql {
namespace {

const std::string of_user_sql = "SELECT " + std::string(preset_columns) + " FROM presets WHERE " +
                                term::user_of_preset + " = $1";
const std::string find_sql = of_user_sql + " AND id = $2";

std::optional<PresetRow> find_row(Transaction& transaction, std::int64_t user,
                                  const std::string& id) {
  Query query(transaction.connection, find_sql, user, id);
  if (!query.next()) return std::nullopt;
  return read_preset(query);
}

PresetTimes load_times(Transaction& transaction, std::int64_t key) {
  Query query(transaction.connection,
              "SELECT name_edited_at, system_edited_at, temperature_edited_at, "
              "max_tokens_edited_at, effort_edited_at, tools_edited_at FROM presets WHERE key = $1",
              key);
  query.next();
  return {
      query.integer(0),
      {query.integer(1), query.integer(2), query.integer(3), query.integer(4), query.integer(5)}};
}

// A row with what says when it was edited.
struct Found {
  std::int64_t key = 0;
  std::optional<KeptPreset> kept;
};

Found find_kept(Transaction& transaction, std::int64_t user, const std::string& id) {
  auto row = find_row(transaction, user, id);
  if (!row) return {};
  return {row->key, KeptPreset{std::move(row->value), load_times(transaction, row->key)}};
}

// All rows are read: they are few, and an edit is rare.
PresetsBeside beside(Transaction& transaction, std::int64_t user, std::int64_t key) {
  PresetsBeside others;
  Query query(transaction.connection, of_user_sql, user);
  while (query.next()) {
    const PresetRow row = read_preset(query);
    if (row.key == key) continue;
    ++others.rows;
    if (row.value.deleted_at) continue;
    ++others.live;
    others.live_bytes += preset_bytes(row.value);
  }
  return others;
}

std::int64_t next_key(Transaction& transaction, std::int64_t user) {
  Query query(transaction.connection,
              "SELECT max(key) FROM presets WHERE " + term::user_of_preset + " = $1", user);
  const bool has_any = query.next() && !query.is_null(0);
  return has_any ? query.integer(0) + 1 : (user << preset_bits) + 1;
}

Preset store(Transaction& transaction, std::int64_t user, std::int64_t key, PresetChange change) {
  Preset& row = change.after.row;
  if (!change.is_to_store) return std::move(row);
  if (change.is_visible) row.seq = take_seq(transaction, user, 1).take();
  if (key == 0) {
    key = next_key(transaction, user);
    Query(transaction.connection,
          "INSERT INTO presets (key, id, seq, rev, created_at, updated_at, settings) VALUES ($1, "
          "$2, $3, 0, $4, $4, '{}')",
          key, row.id, row.seq, row.created_at)
        .run();
  }
  const std::string settings = settings_json(row.settings);
  const PresetTimes& times = change.after.times;
  Query(transaction.connection,
        "UPDATE presets SET seq = $2, rev = $3, updated_at = $4, deleted_at = $5, name = $6, "
        "settings = $7, name_edited_at = $8, system_edited_at = $9, temperature_edited_at = $10, "
        "max_tokens_edited_at = $11, effort_edited_at = $12, tools_edited_at = $13 WHERE key = $1",
        key, row.seq, row.rev, row.updated_at, row.deleted_at, row.name, settings, times.name,
        times.settings.system, times.settings.temperature, times.settings.max_tokens,
        times.settings.effort, times.settings.tools)
      .run();
  if (row.deleted_at && change.was_there) transaction.has_erased = true;
  return std::move(row);
}

}  // namespace

PresetRow read_preset(const Query& query) {
  PresetRow row;
  row.key = query.integer(0);
  row.value.id = query.text(1);
  row.value.seq = query.integer(2);
  row.value.rev = query.integer(3);
  row.value.created_at = query.integer(4);
  row.value.updated_at = query.integer(5);
  row.value.deleted_at = query.optional_integer(6);
  row.value.name = query.optional_text(7);
  row.value.settings = parse_settings(query.text(8));
  return row;
}

Result<Preset> SqlPresets::find(const UserId& user, const std::string& id) const {
  const auto number = find_user(transaction_, user);
  auto row = number ? find_row(transaction_, *number, id) : std::nullopt;
  if (!row || row->value.deleted_at) return refusal::no_preset();
  return std::move(row->value);
}

std::vector<Preset> SqlPresets::list(const UserId& user) const {
  std::vector<Preset> presets;
  const auto number = find_user(transaction_, user);
  if (!number) return presets;
  Query query(transaction_.connection, of_user_sql + " AND deleted_at IS NULL", *number);
  while (query.next()) presets.push_back(read_preset(query).value);
  // Not by the engine: engines put texts in different orders.
  std::sort(presets.begin(), presets.end(), [](const Preset& a, const Preset& b) {
    return std::tie(a.created_at, a.id) < std::tie(b.created_at, b.id);
  });
  return presets;
}

Result<Stored<Preset>> SqlPresets::run(const UserId& user, const EditPreset& edit) {
  const auto number = find_or_make_user(transaction_, user);
  if (!number) return tl::unexpected(number.error());
  const Found found = find_kept(transaction_, *number, edit.id);
  auto change =
      change_of(edit, found.kept, beside(transaction_, *number, found.key), transaction_.now);
  if (!change) return tl::unexpected(change.error());
  const bool was_there = change->was_there;
  return Stored<Preset>{store(transaction_, *number, found.key, std::move(*change)), was_there};
}

Result<Preset> SqlPresets::run(const UserId& user, const DeletePreset& deletion) {
  const auto number = find_user(transaction_, user);
  if (!number) return refusal::no_preset();
  const Found found = find_kept(transaction_, *number, deletion.id);
  auto change = change_of(deletion, found.kept, transaction_.now);
  if (!change) return tl::unexpected(change.error());
  return store(transaction_, *number, found.key, std::move(*change));
}

}  // namespace threadkeep::sql
