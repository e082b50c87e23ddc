#include "api/url_query.h"

#include <gtest/gtest.h>

namespace threadkeep::api {
namespace {

TEST(UrlQuery, DecodesOnceAndTakesPlusAsASpace) {
  auto query = UrlQuery::parse("folder=a%2520b+c&tag=%C3%A9");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->text("folder"), "a%20b c");
  EXPECT_EQ(query->text("tag"), "\xC3\xA9");
  EXPECT_TRUE(query->finish());
}

TEST(UrlQuery, RefusesWhatItCannotRead) {
  for (const char* bad :
       {"a=%", "a=%2", "a=%zz", "a=%00", "a=%0a", "a=%ff", "a=%c0%80", "a=1&a=2", "%ed%a0%80=1"}) {
    EXPECT_FALSE(UrlQuery::parse(bad)) << bad;
  }
  std::string many;
  for (int i = 0; i < 40; ++i) many += "p" + std::to_string(i) + "=1&";
  EXPECT_FALSE(UrlQuery::parse(many));
}

TEST(UrlQuery, RefusesAParameterThatNobodyAskedFor) {
  auto query = UrlQuery::parse("limti=5");
  ASSERT_TRUE(query);
  EXPECT_FALSE(query->text("limit"));
  EXPECT_FALSE(query->finish());
}

TEST(UrlQuery, LimitsArePlainNumbersInRange) {
  const auto limit = [](const std::string& text) {
    auto query = UrlQuery::parse(text);
    return query->limit("limit", 20, 200);
  };
  EXPECT_EQ(limit(""), 20);
  EXPECT_EQ(limit("limit=1"), 1);
  EXPECT_EQ(limit("limit=200"), 200);
  for (const char* bad : {"limit=", "limit=0", "limit=-1", "limit=201", "limit=1e3",
                          "limit=1000000000000", "limit=+5", "limit=0x5", "limit= 5"}) {
    const auto refused = limit(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, Errc::invalid_field) << bad;
  }
}

}  // namespace
}  // namespace threadkeep::api
