// What every way into the store asks for of presets (domain/preset.h).
#include <utility>

#include "domain/entry_rules.h"
#include "domain/preset.h"
#include "domain/setting_rules.h"
#include "store/sql/terms.h"
#include "upkeep/checker.h"

namespace threadkeep::upkeep {
namespace {

struct CheckedPreset {
  std::int64_t key = 0;
  Preset row;
  std::string settings;
};

std::vector<CheckedPreset> read_presets(const Checker& checker, std::int64_t user) {
  std::vector<CheckedPreset> presets;
  sql::Query query(checker.connection,
                   "SELECT " + std::string(sql::preset_columns) + " FROM presets WHERE " +
                       sql::term::user_of_preset + " = $1 ORDER BY key",
                   user);
  while (query.next()) {
    sql::PresetRow row = sql::read_preset(query);
    presets.push_back({row.key, std::move(row.value), std::string(query.text(8))});
  }
  return presets;
}

// The row as it may be.
Preset mended(const Preset& row, UnixMs now) {
  Preset result = row;
  const bool is_named = kind_of_preset(row.id) == PresetKind::named;
  if (!is_named) {
    result.name.reset();
  } else if (row.name) {
    result.name = entry::mended_name(entry::preset_name, *row.name);
  }
  result.settings.allowed_tools.reset();
  if (is_named && !result.name) result.settings = {};
  const bool has_any = is_named ? result.name.has_value() : !result.settings.is_empty();
  if (has_any) result.deleted_at.reset();
  if (!has_any && !result.deleted_at) result.deleted_at = now;
  result.created_at = entry::mended_time(row.created_at);
  result.updated_at = entry::mended_time(row.updated_at);
  if (result.deleted_at) result.deleted_at = entry::mended_time(*result.deleted_at);
  return result;
}

bool is_same(const Preset& a, const Preset& b) {
  return a.name == b.name && a.settings == b.settings && a.deleted_at == b.deleted_at &&
         a.created_at == b.created_at && a.updated_at == b.updated_at;
}

}  // namespace

std::string show_preset(std::int64_t key) {
  return "preset " + std::to_string(key & ((std::int64_t{1} << sql::preset_bits) - 1)) +
         " of user number " + std::to_string(key >> sql::preset_bits);
}

void check_presets(Checker& checker, const CheckedUser& user, std::vector<std::int64_t>& numbers) {
  for (CheckedPreset& preset : read_presets(checker, user.number)) {
    const std::string where = show_preset(preset.key);
    const auto id = parse_preset_id(preset.row.id);
    if (!id || *id != preset.row.id) {
      checker.find("preset-id", where, "its id is none", "removed", [&] {
        sql::Query(checker.connection, "DELETE FROM presets WHERE key = $1", preset.key).run();
      });
      if (checker.mend == Mend::yes) continue;
    }
    const Preset right = mended(preset.row, checker.now);
    const std::string settings = settings_json(right.settings);
    if (!is_same(right, preset.row) || settings != preset.settings) {
      checker.find("preset", where, "its name, settings or times are not as they may be",
                   "what can be read was kept", [&] {
                     preset.row.seq = checker.next_number(user.number);
                     sql::Query(checker.connection,
                                "UPDATE presets SET name = $2, settings = $3, deleted_at = $4, "
                                "created_at = $5, updated_at = $6, seq = $7 WHERE key = $1",
                                preset.key, right.name, settings, right.deleted_at,
                                right.created_at, right.updated_at, preset.row.seq)
                         .run();
                   });
    }
    numbers.push_back(preset.row.seq);
  }
}

}  // namespace threadkeep::upkeep
