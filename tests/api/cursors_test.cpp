#include "api/cursors.h"

#include <gtest/gtest.h>

namespace threadkeep::api {
namespace {

const Ulid ann = Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV").value();
const Ulid bob = Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAW").value();

class CursorsTest : public ::testing::Test {
 protected:
  bool is_taken(std::string_view cursor) const {
    return cursors_.feed_place(ann, cursor).has_value();
  }

  Cursors cursors_{std::string(32, 'k')};
  std::string cursor_ = cursors_.of_feed(ann, {1'700'000'000'000, -7, 1LL << 60});
};

TEST_F(CursorsTest, ComeBackAsTheyWere) {
  const auto feed = cursors_.feed_place(ann, cursor_);
  ASSERT_TRUE(feed);
  EXPECT_EQ(feed->epoch, 1'700'000'000'000);
  EXPECT_EQ(feed->seq, -7);
  EXPECT_EQ(feed->horizon, 1LL << 60);

  const SnapshotPlace place{3, 5, SnapshotPlace::Stage::changed, 7, bob, 9};
  const auto snapshot = cursors_.snapshot_place(
      ann, SnapshotOf::everything, cursors_.of_snapshot(ann, SnapshotOf::everything, place));
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->epoch, 3);
  EXPECT_EQ(snapshot->seq, 5);
  EXPECT_EQ(snapshot->stage, SnapshotPlace::Stage::changed);
  EXPECT_EQ(snapshot->updated_at, 7);
  EXPECT_EQ(snapshot->id, bob);
  EXPECT_EQ(snapshot->position, 9);

  const auto list =
      cursors_.conversations_place(ann, "f", cursors_.of_conversations(ann, "f", {11, bob}));
  ASSERT_TRUE(list);
  EXPECT_EQ(list->updated_at, 11);
  EXPECT_EQ(list->id, bob);

  const auto path = Cursors::MessagesOf::path;
  EXPECT_EQ(cursors_.messages_position(ann, path, bob, cursors_.of_messages(ann, path, bob, 13)),
            13);
}

// What a device or an open page holds when the server is upgraded.
TEST_F(CursorsTest, ThoseOfTheVersionBeforeAreRead) {
  const auto feed = cursors_.feed_place(ann,
                                        "AgAAAAAAAAADAAAAAAAS1ocAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGMAAA"
                                        "AAAAAAAAAAAAAAAAAALa6vSaRNGVZlddwmHvPv"
                                        "wA");
  ASSERT_TRUE(feed);
  EXPECT_EQ(feed->epoch, 3);
  EXPECT_EQ(feed->seq, 1'234'567);
  EXPECT_EQ(feed->horizon, 99);

  const auto snapshot = cursors_.snapshot_place(ann, SnapshotOf::everything,
                                                "AgAAAAAAAAADAAAAAAAS1ocBVj46tdPWdkxh77mTAr1cAAAAAA"
                                                "AAAAEAAAGLz-VoAAAAAAAAAAAqWy5sxZRCaRIH5yoGfK9G"
                                                "EA");
  ASSERT_TRUE(snapshot);
  EXPECT_EQ(snapshot->epoch, 3);
  EXPECT_EQ(snapshot->seq, 1'234'567);
  EXPECT_EQ(snapshot->stage, SnapshotPlace::Stage::messages);
  EXPECT_EQ(snapshot->updated_at, 1'700'000'000'000);
  EXPECT_EQ(snapshot->id, bob);
  EXPECT_EQ(snapshot->position, 42);

  const auto list = cursors_.conversations_place(ann, "conversations|x",
                                                 "AgAAAYvP5WgAAAAAAAAAAAABVj46tdPWdkxh77mTAr1cAAAAA"
                                                 "AAAAAAAAAAAAAAAAAAAAAAAAAAAVJt7BknJI5QrIQ5mEKzB"
                                                 "Gg");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->updated_at, 1'700'000'000'000);
  EXPECT_EQ(list->id, bob);

  EXPECT_EQ(
      cursors_.messages_position(ann, Cursors::MessagesOf::path, bob,
                                 "AgAAAAAAAAAqAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                                 "AAAAAAAAAAAAAAAAqPW-6QB0JrPBI6Y43ruWWg"),
      42);
}

TEST_F(CursorsTest, NoChangedCharacterIsTaken) {
  for (std::size_t i = 0; i < cursor_.size(); ++i) {
    for (const char replacement : {'A', 'b', '_', '=', '\0'}) {
      if (cursor_[i] == replacement) continue;
      std::string changed = cursor_;
      changed[i] = replacement;
      EXPECT_FALSE(is_taken(changed)) << i;
    }
  }
}

TEST_F(CursorsTest, NoPartAndNothingLongerIsTaken) {
  for (std::size_t length = 0; length < cursor_.size(); ++length) {
    EXPECT_FALSE(is_taken(cursor_.substr(0, length)));
  }
  EXPECT_FALSE(is_taken(cursor_ + "A"));
  EXPECT_FALSE(is_taken(cursor_ + cursor_));
  EXPECT_FALSE(is_taken(std::string(1U << 20, 'A')));
}

TEST_F(CursorsTest, BelongToOneUserOneListAndOneKey) {
  EXPECT_FALSE(cursors_.feed_place(bob, cursor_));
  EXPECT_FALSE(Cursors(std::string(32, 'x')).feed_place(ann, cursor_));
  EXPECT_FALSE(cursors_.snapshot_place(ann, SnapshotOf::everything, cursor_));

  const auto all = cursors_.of_snapshot(ann, SnapshotOf::everything, {});
  EXPECT_FALSE(cursors_.snapshot_place(ann, SnapshotOf::conversations, all));
  const auto list = cursors_.of_conversations(ann, "a", {});
  EXPECT_FALSE(cursors_.conversations_place(ann, "b", list));
  const auto path = cursors_.of_messages(ann, Cursors::MessagesOf::path, bob, 1);
  EXPECT_FALSE(cursors_.messages_position(ann, Cursors::MessagesOf::tree, bob, path));
  EXPECT_FALSE(cursors_.messages_position(ann, Cursors::MessagesOf::path, ann, path));
  // A filter that spells the name of another list gets none of its places.
  EXPECT_FALSE(cursors_.feed_place(ann, cursors_.of_conversations(ann, "changes", {1, bob})));
}

}  // namespace
}  // namespace threadkeep::api
