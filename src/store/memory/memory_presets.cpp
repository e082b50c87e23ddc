#include <algorithm>
#include <tuple>

#include "domain/refusals.h"
#include "store/memory/memory_aggregates.h"
#include "store/operation_rules.h"

namespace threadkeep::memory {
namespace {

std::optional<KeptPreset> kept_in(const Account& account, const std::string& id) {
  const auto found = account.presets.find(id);
  if (found == account.presets.end()) return std::nullopt;
  return found->second.kept;
}

PresetsBeside beside(const Account& account, const std::string& id) {
  PresetsBeside others;
  for (const auto& [other, preset] : account.presets) {
    if (other == id) continue;
    ++others.rows;
    if (preset.kept.row.deleted_at) continue;
    ++others.live;
    others.live_bytes += preset_bytes(preset.kept.row);
  }
  return others;
}

}  // namespace

Result<Preset> MemoryPresets::find(const UserId& user, const std::string& id) const {
  const auto preset = kept_in(state_.accounts[user], id);
  if (!preset || preset->row.deleted_at) return refusal::no_preset();
  return preset->row;
}

std::vector<Preset> MemoryPresets::list(const UserId& user) const {
  std::vector<Preset> presets;
  for (const auto& [id, preset] : state_.accounts[user].presets) {
    if (!preset.kept.row.deleted_at) presets.push_back(preset.kept.row);
  }
  std::sort(presets.begin(), presets.end(), [](const Preset& a, const Preset& b) {
    return std::tie(a.created_at, a.id) < std::tie(b.created_at, b.id);
  });
  return presets;
}

Preset MemoryPresets::keep(Account& account, PresetChange change) {
  PresetNode& preset = account.presets[change.after.row.id];
  if (change.is_visible) {
    change.after.row.seq = ++account.seq;
    preset.transaction = state_.transaction;
  }
  preset.kept = std::move(change.after);
  return preset.kept.row;
}

Result<Stored<Preset>> MemoryPresets::run(const UserId& user, const EditPreset& edit) {
  ++state_.transaction;
  Account& account = state_.accounts[user];
  auto change = change_of(edit, kept_in(account, edit.id), beside(account, edit.id), state_.now);
  if (!change) return tl::unexpected(change.error());
  const bool was_there = change->was_there;
  return Stored<Preset>{keep(account, std::move(*change)), was_there};
}

Result<Preset> MemoryPresets::run(const UserId& user, const DeletePreset& deletion) {
  ++state_.transaction;
  Account& account = state_.accounts[user];
  auto change = change_of(deletion, kept_in(account, deletion.id), state_.now);
  if (!change) return tl::unexpected(change.error());
  return keep(account, std::move(*change));
}

}  // namespace threadkeep::memory
