// A long conversation in pieces that let others in.
#include "transfer/merge_slices.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ulid.h"

namespace threadkeep {
namespace {

using namespace std::chrono_literals;

ConversationMerge conversation_of(std::size_t messages, std::size_t bytes_each) {
  UlidMaker ids(system_clock());
  ConversationMerge merge;
  merge.conversation.id = ids.next();
  for (std::size_t i = 0; i < messages; ++i) {
    NewMessage message;
    message.id = ids.next();
    if (i > 0) message.place = merge.messages.back().id;
    message.content = std::string(bytes_each, 'x');
    merge.messages.push_back(std::move(message));
  }
  return merge;
}

std::vector<std::size_t> sizes_of(ConversationMerge merge, const SlicePace& pace) {
  std::vector<std::size_t> sizes;
  for (MergeSlices slices(merge, pace); !slices.is_over();)
    sizes.push_back(slices.next().messages.size());
  return sizes;
}

TEST(SlicePace, SlowSlicesMakeSmallerOnesAndQuickOnesLarger) {
  SlicePace pace;
  for (int i = 0; i < 100; ++i) pace.took(pace.messages(), 0, 1ms);
  EXPECT_EQ(pace.messages(), SlicePace::messages_max);
  pace.took(500, 0, 20ms);
  EXPECT_EQ(pace.messages(), 250U);
  pace.took(250, 0, 8ms);
  EXPECT_EQ(pace.messages(), 250U) << "neither quick nor slow";
  for (int i = 0; i < 100; ++i) pace.took(pace.messages(), 0, 1s);
  EXPECT_EQ(pace.messages(), SlicePace::messages_min) << "a slow disk does not stop an import";
}

TEST(SlicePace, ATimeThatWasTheDisksSaysNothing) {
  SlicePace pace;
  const std::size_t before = pace.messages();
  for (int i = 0; i < 100; ++i) pace.took(3, 300, 60ms);
  EXPECT_EQ(pace.messages(), before);
}

TEST(MergeSlices, AreAsLargeAsThePaceAllows) {
  SlicePace pace;
  EXPECT_EQ(sizes_of(conversation_of(600, 10), pace), (std::vector<std::size_t>{250, 250, 100}));
  pace.took(250, 0, 1s);
  EXPECT_EQ(sizes_of(conversation_of(350, 10), pace), (std::vector<std::size_t>{150, 150, 50}));
  EXPECT_EQ(sizes_of(conversation_of(8, 100'000), pace), (std::vector<std::size_t>{4, 4}))
      << "by bytes";
  EXPECT_EQ(sizes_of(conversation_of(100, 10), pace), (std::vector<std::size_t>{100}));
}

TEST(MergeSlices, FollowAPaceThatChangesOnTheWay) {
  SlicePace pace;
  ConversationMerge merge = conversation_of(500, 10);
  MergeSlices slices(merge, pace);
  EXPECT_EQ(slices.next().messages.size(), 250U);
  pace.took(250, 0, 20ms);
  EXPECT_EQ(slices.next().messages.size(), 150U);
  EXPECT_EQ(slices.next().messages.size(), 100U);
  EXPECT_TRUE(slices.is_over());
}

}  // namespace
}  // namespace threadkeep
