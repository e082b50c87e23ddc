#include "sync/hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "store/stores.h"

namespace threadkeep::test {
namespace {

using testing::ElementsAre;
using Admission = Hub::Admission;

const UserId ann = id_of(1);
const UserId bob = id_of(2);

// Keeps what it is told, and waits for it.
class Ear final : public Subscriber {
 public:
  bool on_notice(const Notice& notice) override {
    if (const auto* poke = std::get_if<Poke>(&notice))
      return hear("poke " + std::to_string(poke->seq));
    if (const auto* changed = std::get_if<TitleChanged>(&notice))
      return hear("title " + changed->title);
    return hear(std::holds_alternative<Quiet>(notice) ? "quiet" : "stop");
  }

  // Until `wanted` was heard.
  void wait_for(const std::string& wanted) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock,
                  [&] { return std::find(heard_.begin(), heard_.end(), wanted) != heard_.end(); });
  }
  std::vector<std::string> heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  std::atomic<bool> is_there = true;

 private:
  bool hear(std::string what) {
    const std::lock_guard lock(mutex_);
    heard_.push_back(std::move(what));
    changed_.notify_all();
    return is_there;
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> heard_;
};

HubOptions never_quiet() {
  HubOptions options;
  options.quiet = std::chrono::hours(1);
  return options;
}

TEST(Hub, APokeReachesTheUsersDevicesAndNobodyElse) {
  Hub hub(never_quiet());
  const auto first = std::make_shared<Ear>();
  const auto second = std::make_shared<Ear>();
  const auto other = std::make_shared<Ear>();
  EXPECT_EQ(hub.subscribe(ann, first), Admission::subscribed);
  EXPECT_EQ(hub.subscribe(ann, second), Admission::subscribed);
  EXPECT_EQ(hub.subscribe(bob, other), Admission::subscribed);
  hub.poke(ann, 7);
  first->wait_for("poke 7");
  second->wait_for("poke 7");
  hub.poke(bob, 3);
  other->wait_for("poke 3");
  EXPECT_THAT(other->heard(), ElementsAre("poke 3"));
}

TEST(Hub, PokesThatComeTogetherAreOneWithTheGreatestNumber) {
  HubOptions options = never_quiet();
  options.between_pokes = std::chrono::milliseconds(200);
  Hub hub(options);
  const auto ear = std::make_shared<Ear>();
  EXPECT_EQ(hub.subscribe(ann, ear), Admission::subscribed);
  hub.poke(ann, 1);
  ear->wait_for("poke 1");
  for (std::int64_t seq = 2; seq <= 1'000; ++seq) hub.poke(ann, seq == 999 ? 1'000 : seq);
  ear->wait_for("poke 1000");
  // More of them than one only on a machine that took a pause in between.
  EXPECT_LE(ear->heard().size(), 20U);
}

TEST(Hub, TitlesAreNotMerged) {
  Hub hub(never_quiet());
  const auto ear = std::make_shared<Ear>();
  EXPECT_EQ(hub.subscribe(ann, ear), Admission::subscribed);
  hub.tell_title(ann, {id_of(100), "Tea"});
  hub.tell_title(ann, {id_of(100), "Bread"});
  ear->wait_for("title Bread");
  EXPECT_THAT(ear->heard(), ElementsAre("title Tea", "title Bread"));
}

TEST(Hub, WhoIsGoneIsToldNothingMore) {
  Hub hub(never_quiet());
  const auto slow = std::make_shared<Ear>();
  const auto left = std::make_shared<Ear>();
  const auto stays = std::make_shared<Ear>();
  EXPECT_EQ(hub.subscribe(ann, slow), Admission::subscribed);
  EXPECT_EQ(hub.subscribe(ann, left), Admission::subscribed);
  EXPECT_EQ(hub.subscribe(ann, stays), Admission::subscribed);
  hub.unsubscribe(ann, left.get());
  hub.unsubscribe(ann, left.get());
  hub.unsubscribe(bob, left.get());
  slow->is_there = false;
  hub.poke(ann, 1);
  stays->wait_for("poke 1");
  hub.poke(ann, 2);
  stays->wait_for("poke 2");
  EXPECT_THAT(slow->heard(), ElementsAre("poke 1"));
  EXPECT_TRUE(left->heard().empty());
  EXPECT_EQ(hub.subscriber_count(), 1U);
}

TEST(Hub, ItIsSeenThatSomeoneIsStillThere) {
  HubOptions options;
  options.quiet = std::chrono::milliseconds(5);
  Hub hub(options);
  const auto ear = std::make_shared<Ear>();
  EXPECT_EQ(hub.subscribe(ann, ear), Admission::subscribed);
  ear->wait_for("quiet");
  ear->is_there = false;
  while (hub.subscriber_count() != 0) std::this_thread::yield();
}

TEST(Hub, OnlyAsManyAsMayBeAreLetIn) {
  HubOptions options = never_quiet();
  options.subscribers_per_user_max = 2;
  options.subscribers_max = 3;
  Hub hub(options);
  std::vector<std::shared_ptr<Ear>> ears;
  for (int i = 0; i < 5; ++i) ears.push_back(std::make_shared<Ear>());
  EXPECT_EQ(hub.subscribe(ann, ears[0]), Admission::subscribed);
  EXPECT_EQ(hub.subscribe(ann, ears[1]), Admission::subscribed);
  EXPECT_EQ(hub.subscribe(ann, ears[2]), Admission::too_many);
  EXPECT_EQ(hub.subscribe(bob, ears[3]), Admission::subscribed);
  EXPECT_EQ(hub.subscribe(id_of(3), ears[4]), Admission::too_many);
  hub.unsubscribe(ann, ears[0].get());
  EXPECT_EQ(hub.subscribe(ann, ears[2]), Admission::subscribed);
}

TEST(Hub, TheEndIsToldAndLetsNobodyIn) {
  Hub hub(never_quiet());
  const auto ear = std::make_shared<Ear>();
  EXPECT_EQ(hub.subscribe(ann, ear), Admission::subscribed);
  hub.stop();
  EXPECT_THAT(ear->heard(), ElementsAre("stop"));
  EXPECT_EQ(hub.subscribe(ann, std::make_shared<Ear>()), Admission::stopping);
  hub.poke(ann, 1);
  hub.stop();
  EXPECT_EQ(ear->heard().size(), 1U);
}

TEST(Hub, APokeComesAfterTheCommit) {
  const TemporaryFolder folder(TemporaryFolder::On::memory);
  ManualClock clock;
  UlidMaker ids(clock);
  Hub hub(never_quiet());
  const auto store = make_store(Kind::sqlite, folder, clock, ids);
  store->set_commit_listener([&hub](const UserId& user, std::int64_t seq) { hub.poke(user, seq); });
  store->write(ann, chat(id_of(100))).value();

  // Pulls when it is poked, and sees at least what the poke was about.
  class Device final : public Subscriber {
   public:
    explicit Device(Store& data) : store(data) {}
    bool on_notice(const Notice& notice) override {
      const auto* poke = std::get_if<Poke>(&notice);
      if (poke == nullptr) return true;
      const auto page = read_changes(store, ann, std::nullopt, 1'000).value();
      EXPECT_FALSE(page.has_more);
      EXPECT_GE(page.next.seq, poke->seq);
      seen = poke->seq;
      return true;
    }
    Store& store;
    std::atomic<std::int64_t> seen = 0;
  };
  const auto device = std::make_shared<Device>(*store);
  EXPECT_EQ(hub.subscribe(ann, device), Admission::subscribed);
  for (std::uint64_t number = 1; number <= 200; ++number) {
    store->write(ann, said(id_of(number), id_of(100), "x")).value();
  }
  while (device->seen != 401) std::this_thread::yield();
  store->set_commit_listener(nullptr);
}

TEST(Hub, ManyThreadsAtOnce) {
  Hub hub(never_quiet());
  const auto ear = std::make_shared<Ear>();
  EXPECT_EQ(hub.subscribe(ann, ear), Admission::subscribed);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::int64_t i = 0; i < 500; ++i) {
        hub.poke(ann, i + 1);
        const auto guest = std::make_shared<Ear>();
        if (hub.subscribe(bob, guest) == Admission::subscribed) hub.poke(bob, i + 1);
        if (thread % 2 == 0) guest->is_there = false;
        hub.unsubscribe(bob, guest.get());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  hub.poke(ann, 1'000);
  ear->wait_for("poke 1000");
  EXPECT_EQ(hub.subscriber_count(), 1U);
}

}  // namespace
}  // namespace threadkeep::test
