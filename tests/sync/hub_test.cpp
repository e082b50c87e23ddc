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
class Ear final : public Listener {
 public:
  bool on_poke(std::int64_t seq) override { return hear("poke " + std::to_string(seq)); }
  bool on_title(const std::string& data) override { return hear("title " + data); }
  bool on_quiet() override { return hear("quiet"); }
  void on_stop() override { hear("stop"); }

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
  EXPECT_EQ(hub.listen(ann, first), Admission::listening);
  EXPECT_EQ(hub.listen(ann, second), Admission::listening);
  EXPECT_EQ(hub.listen(bob, other), Admission::listening);
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
  EXPECT_EQ(hub.listen(ann, ear), Admission::listening);
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
  EXPECT_EQ(hub.listen(ann, ear), Admission::listening);
  hub.title(ann, "Tea");
  hub.title(ann, "Bread");
  ear->wait_for("title Bread");
  EXPECT_THAT(ear->heard(), ElementsAre("title Tea", "title Bread"));
}

TEST(Hub, WhoIsGoneIsToldNothingMore) {
  Hub hub(never_quiet());
  const auto slow = std::make_shared<Ear>();
  const auto left = std::make_shared<Ear>();
  const auto stays = std::make_shared<Ear>();
  EXPECT_EQ(hub.listen(ann, slow), Admission::listening);
  EXPECT_EQ(hub.listen(ann, left), Admission::listening);
  EXPECT_EQ(hub.listen(ann, stays), Admission::listening);
  hub.leave(ann, left.get());
  hub.leave(ann, left.get());
  hub.leave(bob, left.get());
  slow->is_there = false;
  hub.poke(ann, 1);
  stays->wait_for("poke 1");
  hub.poke(ann, 2);
  stays->wait_for("poke 2");
  EXPECT_THAT(slow->heard(), ElementsAre("poke 1"));
  EXPECT_TRUE(left->heard().empty());
  EXPECT_EQ(hub.listeners(), 1U);
}

TEST(Hub, ItIsSeenThatSomeoneIsStillThere) {
  HubOptions options;
  options.quiet = std::chrono::milliseconds(5);
  Hub hub(options);
  const auto ear = std::make_shared<Ear>();
  EXPECT_EQ(hub.listen(ann, ear), Admission::listening);
  ear->wait_for("quiet");
  ear->is_there = false;
  while (hub.listeners() != 0) std::this_thread::yield();
}

TEST(Hub, SoManyMayListenAndNoMore) {
  HubOptions options = never_quiet();
  options.listeners_per_user_max = 2;
  options.listeners_max = 3;
  Hub hub(options);
  std::vector<std::shared_ptr<Ear>> ears;
  for (int i = 0; i < 5; ++i) ears.push_back(std::make_shared<Ear>());
  EXPECT_EQ(hub.listen(ann, ears[0]), Admission::listening);
  EXPECT_EQ(hub.listen(ann, ears[1]), Admission::listening);
  EXPECT_EQ(hub.listen(ann, ears[2]), Admission::too_many);
  EXPECT_EQ(hub.listen(bob, ears[3]), Admission::listening);
  EXPECT_EQ(hub.listen(id_of(3), ears[4]), Admission::too_many);
  hub.leave(ann, ears[0].get());
  EXPECT_EQ(hub.listen(ann, ears[2]), Admission::listening);
}

TEST(Hub, TheEndIsToldAndLetsNobodyIn) {
  Hub hub(never_quiet());
  const auto ear = std::make_shared<Ear>();
  EXPECT_EQ(hub.listen(ann, ear), Admission::listening);
  hub.stop();
  EXPECT_THAT(ear->heard(), ElementsAre("stop"));
  EXPECT_EQ(hub.listen(ann, std::make_shared<Ear>()), Admission::stopping);
  hub.poke(ann, 1);
  hub.stop();
  EXPECT_EQ(ear->heard().size(), 1U);
}

TEST(Hub, APokeComesBehindTheCommit) {
  const TemporaryFolder folder(TemporaryFolder::On::memory);
  ManualClock clock;
  UlidMaker ids(clock);
  Hub hub(never_quiet());
  const auto store = make_store(Kind::sqlite, folder, clock, ids);
  store->set_commit_listener([&hub](const UserId& user, std::int64_t seq) { hub.poke(user, seq); });
  store->create_conversation(ann, chat(id_of(100))).value();

  // Pulls when it is poked, and sees at least what the poke was about.
  class Device final : public Listener {
   public:
    explicit Device(Store& data) : store(data) {}
    bool on_poke(std::int64_t seq) override {
      const auto page = store.changes(ann, std::nullopt, 1'000).value();
      EXPECT_FALSE(page.has_more);
      EXPECT_GE(page.next.seq, seq);
      seen = seq;
      return true;
    }
    bool on_title(const std::string&) override { return true; }
    bool on_quiet() override { return true; }
    void on_stop() override {}
    Store& store;
    std::atomic<std::int64_t> seen = 0;
  };
  const auto device = std::make_shared<Device>(*store);
  EXPECT_EQ(hub.listen(ann, device), Admission::listening);
  for (std::uint64_t number = 1; number <= 200; ++number) {
    store->append(ann, said(id_of(number), id_of(100), "x")).value();
  }
  while (device->seen != 401) std::this_thread::yield();
  store->set_commit_listener(nullptr);
}

TEST(Hub, ManyThreadsAtOnce) {
  Hub hub(never_quiet());
  const auto ear = std::make_shared<Ear>();
  EXPECT_EQ(hub.listen(ann, ear), Admission::listening);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::int64_t i = 0; i < 500; ++i) {
        hub.poke(ann, i + 1);
        const auto guest = std::make_shared<Ear>();
        if (hub.listen(bob, guest) == Admission::listening) hub.poke(bob, i + 1);
        if (thread % 2 == 0) guest->is_there = false;
        hub.leave(bob, guest.get());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  hub.poke(ann, 1'000);
  ear->wait_for("poke 1000");
  EXPECT_EQ(hub.listeners(), 1U);
}

}  // namespace
}  // namespace threadkeep::test
