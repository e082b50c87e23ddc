#include "domain/preset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "domain/setting_rules.h"
#include "domain/wire.h"

namespace threadkeep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* named_id = "01HZX3J7Q2M8V5T0K9WBYCDEFG";

Preset named(const std::string& name) {
  Preset preset;
  preset.id = named_id;
  PresetPatch patch;
  patch.name.emplace(name);
  patch.settings.temperature.emplace(0.5);
  EXPECT_TRUE(apply(patch, preset, 10));
  return preset;
}

TEST(Preset, ItsIdSaysWhatItIsFor) {
  EXPECT_EQ(parse_preset_id("default").value(), "default");
  EXPECT_EQ(parse_preset_id("folder:Büro / 2").value(), folder_preset_id("Büro / 2"));
  EXPECT_EQ(parse_preset_id("01hzx3j7q2m8v5t0k9wbycdefg").value(), named_id);
  EXPECT_EQ(kind_of_preset("default"), PresetKind::everywhere);
  EXPECT_EQ(kind_of_preset("folder:default"), PresetKind::folder);
  EXPECT_EQ(kind_of_preset(named_id), PresetKind::named);
  const std::string too_long = "folder:" + std::string(limits::name_bytes_max + 1, 'x');
  for (const std::string& id : {std::string(), std::string("Default"), std::string("folder:"),
                                std::string("folder:a\nb"), too_long, std::string("x")}) {
    const auto parsed = parse_preset_id(id);
    ASSERT_FALSE(parsed) << id;
    EXPECT_EQ(parsed.error().code, Errc::invalid_id);
  }
}

TEST(Preset, ANamedOneWithoutItsNameIsDeletedWithAllThatItSaid) {
  Preset preset = named("Coder");
  EXPECT_FALSE(preset.deleted_at);
  EXPECT_EQ(preset.rev, 1);
  EXPECT_TRUE(apply(removal_of_preset({}), preset, 20));
  EXPECT_EQ(preset.deleted_at, 20);
  EXPECT_TRUE(preset.settings.is_empty());
  EXPECT_FALSE(preset.name);
  // A setting alone does not bring it back.
  PresetPatch setting;
  setting.settings.temperature.emplace(1.0);
  EXPECT_FALSE(apply(setting, preset, 30));
  EXPECT_EQ(preset.deleted_at, 20);
  setting.name.emplace("Coder");
  EXPECT_TRUE(apply(setting, preset, 40));
  EXPECT_FALSE(preset.deleted_at);
  EXPECT_EQ(settings_json(preset.settings), R"({"temperature":1})");
}

TEST(Preset, TheOthersAreThereAsLongAsTheySaySomething) {
  Preset preset;
  preset.id = "folder:Work";
  PresetPatch patch;
  patch.settings.system.emplace("Be brief.");
  patch.name.emplace("no name for a folder");
  EXPECT_TRUE(apply(patch, preset, 10));
  EXPECT_FALSE(preset.deleted_at);
  EXPECT_FALSE(preset.name);
  EXPECT_FALSE(apply(patch, preset, 11)) << "nothing new";
  EXPECT_EQ(preset.updated_at, 10);
  patch = {};
  patch.settings.system.emplace();
  EXPECT_TRUE(apply(patch, preset, 20));
  EXPECT_EQ(preset.deleted_at, 20);
  EXPECT_EQ(preset.rev, 2);
}

// Whatever order they arrive in. What is set in a named one while it is deleted is not kept.
TEST(Preset, TheLaterWishStays) {
  PresetPatch removal = removal_of_preset(100);
  PresetPatch edit;
  edit.settings.temperature.emplace(1.5);
  edit.edited_at = 200;
  const auto after = [](std::vector<PresetPatch> patches) {
    Preset preset = named("Coder");
    PresetTimes times;
    for (PresetPatch& patch : patches) {
      keep_latest_edits(patch, times, 1'000);
      apply(patch, preset, 1'000);
    }
    return preset_json(preset).substr(0, preset_json(preset).find("createdAt"));
  };
  EXPECT_EQ(after({removal, edit}), after({edit, removal}));
  PresetPatch again;
  again.name.emplace("Coder again");
  again.edited_at = 300;
  EXPECT_EQ(after({again, edit, removal}), after({again, removal, edit}));
  EXPECT_NE(after({again, edit, removal}), after({removal, edit, again}));
  EXPECT_NE(after({removal, again}).find("\"name\":\"Coder again\",\"settings\":{}"),
            std::string::npos);
}

TEST(Preset, DifferentEditsHaveDifferentTexts) {
  PresetPatch name, none, setting;
  name.name.emplace("a");
  none.name.emplace();
  setting.settings.system.emplace("a");
  EXPECT_NE(edit_text(name), edit_text(none));
  EXPECT_NE(edit_text(name), edit_text(setting));
  EXPECT_NE(edit_text(PresetPatch{}), edit_text(none));
  setting.edited_at = 1;
  PresetPatch later = setting;
  later.edited_at = 2;
  EXPECT_NE(edit_text(setting), edit_text(later));
}

TEST(SettingsInEffect, TheNearestHoldsSettingBySetting) {
  const ConversationSettings own{{}, 0.1, {}, {}, {{"fetch_url"}}, {}};
  const ConversationSettings folder{{}, 0.2, 200, {}, std::vector<std::string>{}, {}};
  const ConversationSettings standard{{}, 0.3, 300, Effort::low, {}, {}};
  const SettingsInEffect effect = settings_in_effect(own, folder, standard);
  EXPECT_EQ(effect.temperature, 0.1);
  EXPECT_EQ(effect.max_tokens, 200);
  EXPECT_EQ(effect.effort, Effort::low);
  EXPECT_EQ(effect.tools, std::vector<std::string>{"fetch_url"});
  EXPECT_EQ(settings_in_effect({}, folder, standard).tools, std::vector<std::string>{});
  EXPECT_THAT(effect.system, IsEmpty());
}

TEST(SettingsInEffect, AFolderAndAConversationAreBothHeard) {
  ConversationSettings own, folder, standard;
  standard.system = "always";
  EXPECT_THAT(settings_in_effect(own, folder, standard).system, ElementsAre("always"));
  folder.system = "here";
  EXPECT_THAT(settings_in_effect(own, folder, standard).system, ElementsAre("here"));
  own.system = "now";
  EXPECT_THAT(settings_in_effect(own, folder, standard).system, ElementsAre("here", "now"));
  folder.system.reset();
  EXPECT_THAT(settings_in_effect(own, folder, standard).system, ElementsAre("now"));
}

}  // namespace
}  // namespace threadkeep
