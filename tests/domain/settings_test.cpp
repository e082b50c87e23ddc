// What settings may be, and what is made of those that may not.
#include "domain/settings.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "domain/setting_rules.h"

namespace threadkeep {
namespace {

json::Document parsed(const std::string& text) {
  return json::Document::parse(text, json::Mode::foreign).value();
}

bool is_right(const std::string& text) {
  const json::Document document = parsed(text);
  for (const entry::SettingRule& rule : entry::setting_rules()) {
    const json::Value value = document.root()[rule.name];
    if (!value.is_absent() && rule.wrong_with(value)) return false;
  }
  return true;
}

std::string long_prompt(std::size_t bytes) {
  return R"({"system":")" + std::string(bytes, 'x') + "\"}";
}

TEST(Settings, MayBeWhatTheTableSays) {
  for (const char* text : {"{}", R"({"system":"Be brief.\n\tAlways."})", R"({"temperature":0})",
                           R"({"temperature":2})", R"({"temperature":0.1})", R"({"maxTokens":1})",
                           R"({"maxTokens":10000000})", R"({"effort":"minimal"})",
                           R"({"effort":"high"})", R"({"tools":[]})", R"({"tools":["a.b","c d"]})",
                           R"({"tools":["a"],"allowedTools":["s__a"]})"}) {
    EXPECT_TRUE(is_right(text)) << text;
    EXPECT_EQ(settings_json(parse_settings(text)), text);
  }
  EXPECT_TRUE(is_right(long_prompt(limits::system_prompt_bytes_max)));
}

TEST(Settings, AreRefusedOtherwise) {
  for (const char* text :
       {R"({"system":""})", R"({"system":5})", R"({"system":["a"]})", R"({"temperature":-0.1})",
        R"({"temperature":2.1})", R"({"temperature":"1"})", R"({"maxTokens":0})",
        R"({"maxTokens":1.5})", R"({"maxTokens":10000001})", R"({"effort":"most"})",
        R"({"effort":1})", R"({"tools":"a"})", R"({"tools":[1]})", R"({"tools":[""]})",
        R"({"tools":["a\nb"]})", R"({"tools":["a","a"]})", R"({"allowedTools":"a"})",
        R"({"allowedTools":["a","a"]})"}) {
    EXPECT_FALSE(is_right(text)) << text;
  }
  EXPECT_FALSE(is_right(long_prompt(limits::system_prompt_bytes_max + 1)));
}

TEST(Settings, FromElsewhereAreTakenAsFarAsTheyCanBeRead) {
  const auto mended = [](const std::string& text) { return settings_json(parse_settings(text)); };
  EXPECT_EQ(mended("no JSON"), "{}");
  EXPECT_EQ(mended("[1]"), "{}");
  EXPECT_EQ(mended(R"({"temperature":7,"maxTokens":0,"effort":"most","tools":["a","a"],"x":1})"),
            R"({"temperature":2,"maxTokens":1})");
  EXPECT_EQ(mended(R"({"temperature":-0.0,"system":null})"), R"({"temperature":0})");
  EXPECT_EQ(parse_settings(long_prompt(100'000)).system->size(), limits::system_prompt_bytes_max);
}

}  // namespace
}  // namespace threadkeep
