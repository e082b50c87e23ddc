// A build without the web client still has one page, which says so.
#include <gtest/gtest.h>

#include "app/web_assets/web_assets.h"

namespace threadkeep {
namespace {

TEST(NoWebClient, OnePageSaysSo) {
  ASSERT_EQ(web_assets().size(), 1U);
  EXPECT_NE(start_page().identity.bytes.find("has no web client"), std::string_view::npos);
  EXPECT_FALSE(start_page().identity.etag.empty());
  EXPECT_EQ(find_asset("/assets/index.js"), nullptr);
}

}  // namespace
}  // namespace threadkeep
