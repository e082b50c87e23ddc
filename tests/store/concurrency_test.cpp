// Many threads on one store: what each one is told holds, and the numbers agree at the end. Made
// for ThreadSanitizer.
#include <atomic>
#include <set>
#include <thread>

#include "store/contract.h"

namespace threadkeep::test {
namespace {

class Concurrency : public Contract {
 protected:
  static constexpr std::uint64_t writers = 4;
  static constexpr std::uint64_t messages_of_each = 60;
};
INSTANTIATE_FOR_ALL_STORES(Concurrency);

// A page is of one moment: every parent is the message before, and nothing is missing.
void check_page(const MessagePage& page) {
  for (std::size_t i = 1; i < page.messages.size(); ++i) {
    ASSERT_EQ(page.messages[i].message.parent_id, page.messages[i - 1].message.id);
  }
  if (!page.messages.empty()) {
    ASSERT_EQ(page.messages.back().message.id, page.head_id);
  }
}

TEST_P(Concurrency, WritersAndReadersTogether) {
  create(tea);
  Store& shared = store();
  std::atomic<bool> is_ending = false;
  std::atomic<std::uint64_t> appended = 0;
  std::vector<std::thread> threads;
  for (std::uint64_t writer = 1; writer <= writers; ++writer) {
    threads.emplace_back([&, writer] {
      for (std::uint64_t i = 0; i < messages_of_each; ++i) {
        const MessageId id = id_of(writer * 1'000 + i);
        const auto stored = shared.write(ann, said(id, tea, "x"));
        ASSERT_TRUE(stored) << stored.error().detail;
        // What was acknowledged can be read.
        ASSERT_EQ(find_message(shared, ann, id).value().seq, stored->value.seq);
        ASSERT_TRUE(shared.write(ann, said(id, tea, "x")).value().was_there);
        ++appended;
      }
    });
  }
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&] {
      std::int64_t seq = 0;
      while (!is_ending) {
        const std::uint64_t before = appended;
        check_page(path_page(shared, ann, tea, std::nullopt, std::nullopt, 20).value());
        const Conversation row = find_conversation(shared, ann, tea).value();
        ASSERT_GE(row.seq, seq);
        ASSERT_GE(row.message_count, static_cast<std::int64_t>(before));
        seq = row.seq;
        ASSERT_EQ(list_conversations(shared, ann, {}, std::nullopt, 5).value().conversations.size(),
                  1U);
      }
    });
  }
  readers.emplace_back([&] {
    ConversationPatch patch;
    for (int i = 0; !is_ending; ++i) {
      patch.is_pinned = i % 2 == 0;
      ASSERT_TRUE(shared.write(ann, EditConversation{tea, patch}));
      ASSERT_TRUE(shared.check_ready());
    }
  });
  for (std::thread& thread : threads) thread.join();
  is_ending = true;
  for (std::thread& thread : readers) thread.join();

  const MessagePage all = tree_page(shared, ann, tea, 1, 10'000).value();
  ASSERT_EQ(all.messages.size(), writers * messages_of_each);
  std::set<std::int64_t> numbers;
  for (std::size_t i = 0; i < all.messages.size(); ++i) {
    EXPECT_EQ(all.messages[i].message.position, static_cast<Position>(i + 1));
    EXPECT_TRUE(numbers.insert(all.messages[i].message.seq).second);
    EXPECT_GE(all.messages[i].message.seq, *numbers.rbegin());
  }
  EXPECT_EQ(find(tea).message_count, static_cast<std::int64_t>(writers * messages_of_each));
}

TEST_P(Concurrency, TheSameMessageFromManyIsStoredOnce) {
  create(tea);
  Store& shared = store();
  constexpr int senders = 6;
  for (std::uint64_t number = 1; number <= 20; ++number) {
    std::atomic<int> fresh = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < senders; ++i) {
      threads.emplace_back([&] {
        const auto stored = shared.write(ann, said(id_of(number), tea, "x"));
        ASSERT_TRUE(stored);
        if (!stored->was_there) ++fresh;
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(fresh, 1);
  }
  EXPECT_EQ(find(tea).message_count, 20);
}

TEST_P(Concurrency, OneFinalStateWins) {
  create(tea);
  Store& shared = store();
  for (std::uint64_t number = 1; number <= 20; ++number) {
    BeginGeneration begin;
    begin.conversation_id = tea;
    begin.question = said(id_of(1'000 + number), tea, "q");
    begin.answers = {{id_of(2'000 + number), "m"}};
    shared.write(ann, begin).value();
    std::atomic<int> won = 0;
    std::vector<std::thread> threads;
    for (const auto status : {MessageStatus::complete, MessageStatus::cancelled,
                              MessageStatus::error, MessageStatus::interrupted}) {
      threads.emplace_back([&, status] {
        FinishAnswer state;
        state.id = id_of(2'000 + number);
        state.status = status;
        const auto saved = shared.write(ann, state);
        if (saved) ++won;
        if (!saved) {
          ASSERT_EQ(saved.error().code, Errc::already_final);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(won, 1);
  }
}

}  // namespace
}  // namespace threadkeep::test
