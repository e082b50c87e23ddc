#include "sync/purger.h"

#include <gtest/gtest.h>

#include "store/stores.h"

namespace threadkeep::test {
namespace {

TEST(Purger, EmptiesTheTrashByItself) {
  const TemporaryFolder folder(TemporaryFolder::On::memory);
  ManualClock clock;
  UlidMaker ids(clock);
  const auto store = make_store(Kind::sqlite, folder, clock, ids);
  const UserId ann = id_of(1);
  for (std::uint64_t number = 1; number <= 3; ++number) {
    store->create_conversation(ann, chat(id_of(number), "Tea")).value();
  }
  store->delete_conversation(ann, id_of(1), Erase::later).value();
  PurgerOptions options;
  options.first = std::chrono::milliseconds(1);
  options.between = std::chrono::milliseconds(1);
  const Purger purger(*store, clock, options);
  clock.advance(limits::trash_kept_ms - 1);
  store->delete_conversation(ann, id_of(2), Erase::later).value();
  EXPECT_EQ(store->find_conversation(ann, id_of(1)).value().title, "Tea");
  clock.advance(1);
  while (store->find_conversation(ann, id_of(1)).value().title == "Tea") std::this_thread::yield();
  EXPECT_EQ(store->find_conversation(ann, id_of(2)).value().title, "Tea");
  EXPECT_EQ(store->find_conversation(ann, id_of(3)).value().title, "Tea");
}

TEST(Purger, EndsAtOnceWhenThereIsNothingToDoForAnHour) {
  const TemporaryFolder folder(TemporaryFolder::On::memory);
  ManualClock clock;
  UlidMaker ids(clock);
  const auto store = make_store(Kind::memory, folder, clock, ids);
  const Purger purger(*store, clock);
}

}  // namespace
}  // namespace threadkeep::test
