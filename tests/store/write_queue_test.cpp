// Which writes run next, without a database.
#include "store/postgres/write_queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "store/stores.h"

namespace threadkeep::postgres {
namespace {

using test::id_of;

class WriteQueueTest : public testing::Test {
 protected:
  void push(const std::optional<UserId>& user, std::string name) {
    queue_.push(
        {[](sql::Transaction&) {},
         [this, name = std::move(name)](const std::optional<Error>&) { done_ += name + " "; },
         user});
  }
  // Runs them: their names are told.
  std::string run(const WriteBatch& batch) {
    done_.clear();
    for (const UserWrites& of_user : batch.users) {
      for (const WaitingWrite& waiting : of_user.writes) waiting.write.done(std::nullopt);
    }
    return done_;
  }
  void finish(const WriteBatch& batch) {
    for (const UserWrites& of_user : batch.users) queue_.finish(of_user.user);
  }

  const UserId ann = id_of(1);
  const UserId bob = id_of(2);
  WriteQueue queue_;
  std::string done_;
};

TEST_F(WriteQueueTest, WhatWaitsIsTakenTogetherAndEachUsersInOrder) {
  push(ann, "a1");
  push(bob, "b1");
  push(ann, "a2");
  const WriteBatch batch = queue_.take();
  EXPECT_FALSE(batch.was_set_aside);
  EXPECT_EQ(run(batch), "a1 a2 b1 ");
}

TEST_F(WriteQueueTest, AUserIsWithOneLaneAtATime) {
  push(ann, "a1");
  const WriteBatch first = queue_.take();
  push(ann, "a2");
  push(bob, "b1");
  const WriteBatch second = queue_.take();
  EXPECT_EQ(run(second), "b1 ");
  finish(first);
  EXPECT_EQ(run(queue_.take()), "a2 ");
}

TEST_F(WriteQueueTest, WhatBelongsToNobodyComesAloneAndInOrder) {
  push(ann, "a1");
  push(std::nullopt, "n1");
  push(bob, "b1");
  push(std::nullopt, "n2");
  const WriteBatch users = queue_.take();
  EXPECT_EQ(run(users), "a1 b1 ");
  const WriteBatch nobody = queue_.take();
  EXPECT_EQ(run(nobody), "n1 n2 ");
  push(std::nullopt, "n3");
  push(bob, "b2");
  finish(users);
  EXPECT_EQ(run(queue_.take()), "b2 ");
  finish(nobody);
  EXPECT_EQ(run(queue_.take()), "n3 ");
}

TEST_F(WriteQueueTest, ABatchIsLimitedAndTheRestComesAfterIt) {
  for (int i = 0; i < 600; ++i) push(ann, std::to_string(i));
  std::string all;
  std::string expected;
  for (int i = 0; i < 600; ++i) expected += std::to_string(i) + " ";
  for (const std::size_t size : {256U, 256U, 88U}) {
    const WriteBatch batch = queue_.take();
    EXPECT_EQ(batch.size(), size);
    all += run(batch);
    finish(batch);
  }
  EXPECT_EQ(all, expected);
}

TEST_F(WriteQueueTest, WhatWasSetAsideComesAgainBeforeWhatCameMeanwhile) {
  push(ann, "a1");
  push(ann, "a2");
  WriteBatch batch = queue_.take();
  push(ann, "a3");
  push(bob, "b1");
  const auto before = std::chrono::steady_clock::now();
  queue_.set_aside(std::move(batch.users.front()));
  const WriteBatch others = queue_.take();
  EXPECT_EQ(run(others), "b1 ") << "nobody waits for the pause of another";
  const WriteBatch again = queue_.take();
  EXPECT_TRUE(again.was_set_aside);
  EXPECT_EQ(run(again), "a1 a2 a3 ");
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(5));
}

TEST_F(WriteQueueTest, TheEndComesAfterWhatWaits) {
  push(ann, "a1");
  WriteBatch batch = queue_.take();
  queue_.end();
  EXPECT_TRUE(queue_.take().users.empty());
  queue_.set_aside(std::move(batch.users.front()));
  batch = queue_.take();
  EXPECT_EQ(run(batch), "a1 ");
  finish(batch);
  EXPECT_TRUE(queue_.take().users.empty());
}

TEST_F(WriteQueueTest, ManyLanesKeepTheOrderOfEachUser) {
  constexpr int users = 7;
  constexpr int writes = 2'000;
  std::vector<int> last(users, -1);  // of a user: with one lane at a time
  std::atomic<int> wrong = 0;
  std::vector<std::thread> lanes;
  for (int lane = 0; lane < 4; ++lane) {
    lanes.emplace_back([&] {
      for (int turn = 0;; ++turn) {
        WriteBatch batch = queue_.take();
        if (batch.users.empty()) return;
        for (UserWrites& of_user : batch.users) {
          if (turn % 5 == 0 && !batch.was_set_aside) {
            queue_.set_aside(std::move(of_user));
            continue;
          }
          for (const WaitingWrite& waiting : of_user.writes) waiting.write.done(std::nullopt);
          queue_.finish(of_user.user);
        }
      }
    });
  }
  for (int i = 0; i < writes; ++i) {
    const int user = i % users;
    queue_.push({[](sql::Transaction&) {},
                 [&, i, user](const std::optional<Error>&) {
                   if (last[static_cast<std::size_t>(user)] >= i) ++wrong;
                   last[static_cast<std::size_t>(user)] = i;
                 },
                 id_of(static_cast<std::uint64_t>(user))});
  }
  queue_.end();
  for (std::thread& lane : lanes) lane.join();
  EXPECT_EQ(wrong, 0);
  for (int user = 0; user < users; ++user) {
    EXPECT_GE(last[static_cast<std::size_t>(user)], writes - users);
  }
}

}  // namespace
}  // namespace threadkeep::postgres
