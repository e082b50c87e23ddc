// Presets: settings for more than one conversation.
#include "base/limits.h"
#include "store/contract.h"
#include "store/replica.h"

namespace threadkeep::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr UnixMs day_ms = 24 * 3'600 * 1'000;

class PresetsContract : public Contract {
 protected:
  const std::string coder = id_of(500).text();
  const std::string work = folder_preset_id("Work");

  PresetPatch patch(std::optional<std::string> name, std::optional<std::string> system,
                    std::optional<UnixMs> ago_ms = {}) {
    PresetPatch result;
    if (name) result.name.emplace(name);
    if (system) result.settings.system.emplace(system);
    if (ago_ms) result.edited_at = clock_.now_ms() - *ago_ms;
    return result;
  }
  Stored<Preset> edit(const std::string& id, const PresetPatch& change) {
    return store().write(ann, EditPreset{id, change}).value();
  }
  Preset remove(const std::string& id, std::optional<UnixMs> ago_ms = {}) {
    std::optional<UnixMs> edited_at;
    if (ago_ms) edited_at = clock_.now_ms() - *ago_ms;
    return store().write(ann, DeletePreset{id, edited_at}).value();
  }
  Result<Preset> find_preset(const std::string& id) {
    return store().read([&](const Reader& reader) { return reader.presets().find(ann, id); });
  }
  std::vector<std::string> listed(const UserId& user) {
    std::vector<std::string> ids;
    for (const Preset& row : list_presets(store(), user)) ids.push_back(row.id);
    return ids;
  }
};
INSTANTIATE_FOR_ALL_STORES(PresetsContract);

TEST_P(PresetsContract, IsMadeByItsFirstEditAndTakesANumber) {
  const Stored<Preset> made = edit(coder, patch("Coder", "Write code."));
  EXPECT_FALSE(made.was_there);
  EXPECT_EQ(made.value.rev, 1);
  EXPECT_EQ(made.value.seq, 1);
  EXPECT_EQ(made.value.created_at, clock_.now_ms());
  clock_.advance(1'000);
  const Stored<Preset> again = edit(coder, patch("Coder", {}));
  EXPECT_TRUE(again.was_there);
  EXPECT_EQ(show(again.value), show(made.value)) << "nothing new";
  const Stored<Preset> renamed = edit(coder, patch("Programmer", {}));
  EXPECT_EQ(renamed.value.name, "Programmer");
  EXPECT_EQ(renamed.value.settings.system, "Write code.");
  EXPECT_EQ(renamed.value.rev, 2);
  EXPECT_EQ(renamed.value.seq, 2);
  open();
  EXPECT_EQ(GetParam() == Kind::memory ? show(renamed.value) : show(find_preset(coder).value()),
            show(renamed.value));
}

TEST_P(PresetsContract, ANamedOneIsNotMadeWithoutAName) {
  EXPECT_EQ(error_of(store().write(ann, EditPreset{coder, patch({}, "x")})), Errc::not_found);
  EXPECT_EQ(error_of(store().write(ann, DeletePreset{coder})), Errc::not_found);
  EXPECT_EQ(error_of(find_preset(coder)), Errc::not_found);
  EXPECT_FALSE(edit(work, patch({}, "x")).was_there);
  EXPECT_FALSE(edit(std::string(default_preset_id), patch({}, "y")).was_there);
}

TEST_P(PresetsContract, EachUserHasTheirOwn) {
  edit(work, patch({}, "of ann"));
  store().write(bob, EditPreset{work, patch({}, "of bob")}).value();
  EXPECT_EQ(find_preset(work)->settings.system, "of ann");
  EXPECT_THAT(listed(bob), ElementsAre(work));
  EXPECT_THAT(listed(id_of(3)), IsEmpty());
  store().write(bob, DeletePreset{work}).value();
  EXPECT_THAT(listed(bob), IsEmpty());
  EXPECT_EQ(find_preset(work)->settings.system, "of ann");
}

TEST_P(PresetsContract, IfRevHoldsForEditsAndDeletions) {
  edit(work, patch({}, "one"));
  const auto at_rev = [&](std::int64_t rev) {
    return store().write(ann, EditPreset{work, patch({}, "two"), rev});
  };
  EXPECT_EQ(error_of(at_rev(2)), Errc::precondition_failed);
  EXPECT_TRUE(at_rev(1));
  EXPECT_EQ(error_of(store().write(ann, DeletePreset{work, {}, 1})), Errc::precondition_failed);
  EXPECT_TRUE(store().write(ann, DeletePreset{work, {}, 2}));
  EXPECT_EQ(error_of(at_rev(3)), Errc::precondition_failed);
  EXPECT_EQ(error_of(store().write(ann, EditPreset{coder, patch("a", "b"), 1})),
            Errc::precondition_failed);
}

TEST_P(PresetsContract, ALaterEditStaysWhicheverComesFirst) {
  clock_.advance(1'000);
  edit(coder, patch("Coder", "one", 500));
  EXPECT_EQ(edit(coder, patch({}, "older", 600)).value.settings.system, "one");
  EXPECT_EQ(edit(coder, patch("Older", "newer", 400)).value.name, "Older");
  // The deletion is older than the latest edit: it takes away what is older than itself, and with
  // the name all else.
  EXPECT_FALSE(remove(coder, 450).deleted_at);
  EXPECT_EQ(find_preset(coder)->settings.system, "newer");
  EXPECT_TRUE(remove(coder, 300).deleted_at);
  EXPECT_EQ(error_of(find_preset(coder)), Errc::not_found);
  // A setting of later does not bring it back, its name does: an undo.
  EXPECT_TRUE(edit(coder, patch({}, "late", 200)).value.deleted_at);
  EXPECT_TRUE(edit(coder, patch("Undone", {}, 350)).value.deleted_at);
  EXPECT_FALSE(edit(coder, patch("Undone", "late", 100)).value.deleted_at);
  EXPECT_EQ(find_preset(coder)->name, "Undone");
}

TEST_P(PresetsContract, DeletedOnesKeepNoWords) {
  edit(work, patch({}, "secret"));
  const Preset gone = remove(work);
  EXPECT_TRUE(gone.settings.is_empty());
  EXPECT_EQ(gone.deleted_at, clock_.now_ms());
  EXPECT_EQ(show(remove(work)), show(gone)) << "again";
  const ChangePage page = read_changes(store(), ann, std::nullopt, 500).value();
  ASSERT_EQ(page.presets.size(), 1U);
  EXPECT_EQ(show(page.presets[0]), show(gone));
}

TEST_P(PresetsContract, TheyComeWithTheFeedAndTheFirstPageOfASnapshot) {
  create(tea);
  edit(work, patch({}, "one"));
  append_numbers(tea, 1, 2);
  edit(coder, patch("Coder", "two"));
  edit(work, patch({}, "three"));
  remove(coder);
  std::optional<FeedPlace> place;
  std::vector<std::string> told;
  for (bool has_more = true; has_more;) {
    const ChangePage page = read_changes(store(), ann, place, 1).value();
    for (const Preset& row : page.presets) told.push_back(row.id);
    EXPECT_LE(page.presets.size() + page.conversations.size() + page.messages.size(), 2U);
    place = page.next;
    has_more = page.has_more;
  }
  EXPECT_THAT(told, ElementsAre(work, coder));
  const SnapshotPage first =
      snapshot_page(store(), ann, SnapshotOf::conversations, std::nullopt, 1).value();
  ASSERT_EQ(first.presets.size(), 1U);
  EXPECT_EQ(first.presets[0].settings.system, "three");
  const SnapshotPage second =
      snapshot_page(store(), ann, SnapshotOf::everything, first.next, 500).value();
  EXPECT_THAT(second.presets, IsEmpty());
}

TEST_P(PresetsContract, ThereIsRoomForSoManyAndSoMuch) {
  PresetPatch big = patch("Big", std::string(limits::system_prompt_bytes_max, 'x'));
  std::uint64_t count = 0;
  for (;; ++count) {
    const auto stored = store().write(ann, EditPreset{id_of(1'000 + count).text(), big});
    if (stored) continue;
    EXPECT_EQ(stored.error().code, Errc::too_large);
    break;
  }
  EXPECT_EQ(count, limits::presets_bytes_max / limits::system_prompt_bytes_max - 1);
  // What is there may be made smaller, and another one then has room.
  EXPECT_TRUE(store().write(ann, EditPreset{id_of(1'000).text(), patch({}, "small")}));
  EXPECT_TRUE(store().write(ann, EditPreset{id_of(1'000 + count).text(), big}));
  for (std::uint64_t i = 0; i <= count; ++i) remove(id_of(1'000 + i).text());
  for (std::int64_t i = 0; i < limits::presets_max; ++i)
    edit(folder_preset_id(std::to_string(i)), patch({}, "x"));
  EXPECT_EQ(error_of(store().write(ann, EditPreset{work, patch({}, "x")})), Errc::too_large);
  EXPECT_TRUE(store().write(ann, EditPreset{folder_preset_id("7"), patch({}, "longer")}));
  EXPECT_TRUE(store().write(bob, EditPreset{work, patch({}, "x")}));
}

TEST_P(PresetsContract, APushRunsThemOnce) {
  const PushOperation made{id_of(900), EditPreset{coder, patch("Coder", "one", 0)}};
  const auto results = store().write(ann, Push{1, {made}}).value();
  EXPECT_FALSE(results.at(0)->was_there);
  EXPECT_EQ(results.at(0)->preset->name, "Coder");
  edit(coder, patch("Renamed", {}));
  const auto again = store().write(ann, Push{1, {made}}).value();
  EXPECT_TRUE(again.at(0)->was_there);
  EXPECT_EQ(again.at(0)->preset->name, "Renamed");
  const PushOperation otherwise{id_of(900), EditPreset{coder, patch("Other", "one", 0)}};
  EXPECT_EQ(error_of(store().write(ann, Push{1, {otherwise}}).value().at(0)), Errc::id_conflict);
  const PushOperation gone{id_of(901), DeletePreset{coder, clock_.now_ms()}};
  EXPECT_TRUE(store().write(ann, Push{1, {gone}}).value().at(0)->preset->deleted_at);
}

TEST_P(PresetsContract, ADeletedOneIsForgottenAfterFourHundredDays) {
  edit(work, patch({}, "one"));
  edit(coder, patch("Coder", "two"));
  const FeedPlace early = read_changes(store(), ann, std::nullopt, 500).value().next;
  remove(work);
  clock_.advance(399 * day_ms);
  EXPECT_EQ(purge_trash(store(), clock_.now_ms())->forgotten, 0);
  EXPECT_TRUE(read_changes(store(), ann, early, 5));
  clock_.advance(day_ms);
  EXPECT_EQ(purge_trash(store(), clock_.now_ms())->forgotten, 1);
  EXPECT_EQ(error_of(read_changes(store(), ann, early, 5)), Errc::resync_required);
  EXPECT_EQ(error_of(store().write(ann, DeletePreset{work})), Errc::not_found);
  EXPECT_THAT(listed(ann), ElementsAre(coder));
}

}  // namespace
}  // namespace threadkeep::test
