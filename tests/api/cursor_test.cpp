#include "api/cursor.h"

#include <gtest/gtest.h>

namespace threadkeep::api {
namespace {

const Ulid ann = Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV").value();
const Ulid bob = Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAW").value();

class CursorTest : public ::testing::Test {
 protected:
  CursorSeal seal_{std::string(32, 'k')};
  std::string cursor_ = seal_.seal(ann, "list", {1'700'000'000'000, -7, bob, 1, -2, 1LL << 60});
};

TEST_F(CursorTest, ComesBackAsItWas) {
  const auto place = seal_.open(ann, "list", cursor_);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->first, 1'700'000'000'000);
  EXPECT_EQ(place->second, -7);
  EXPECT_EQ(place->id, bob);
  EXPECT_EQ(place->third, 1);
  EXPECT_EQ(place->fourth, -2);
  EXPECT_EQ(place->fifth, 1LL << 60);
}

TEST_F(CursorTest, NoChangedCharacterIsTaken) {
  for (std::size_t i = 0; i < cursor_.size(); ++i) {
    for (const char replacement : {'A', 'b', '_', '=', '\0'}) {
      if (cursor_[i] == replacement) continue;
      std::string changed = cursor_;
      changed[i] = replacement;
      EXPECT_FALSE(seal_.open(ann, "list", changed)) << i;
    }
  }
}

TEST_F(CursorTest, NoPartAndNothingLongerIsTaken) {
  for (std::size_t length = 0; length < cursor_.size(); ++length) {
    EXPECT_FALSE(seal_.open(ann, "list", cursor_.substr(0, length)));
  }
  EXPECT_FALSE(seal_.open(ann, "list", cursor_ + "A"));
  EXPECT_FALSE(seal_.open(ann, "list", cursor_ + cursor_));
}

TEST_F(CursorTest, BelongsToOneUserOneListAndOneKey) {
  EXPECT_FALSE(seal_.open(bob, "list", cursor_));
  EXPECT_FALSE(seal_.open(ann, "other list", cursor_));
  EXPECT_FALSE(CursorSeal(std::string(32, 'x')).open(ann, "list", cursor_));
}

}  // namespace
}  // namespace threadkeep::api
