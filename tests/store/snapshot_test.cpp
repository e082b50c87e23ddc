// Sync::snapshot: everything, in pages, while others go on writing.
#include <algorithm>

#include "store/contract.h"
#include "store/replica.h"

namespace threadkeep::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Snapshot : public Contract {
 protected:
  SnapshotPage page(const std::optional<SnapshotPlace>& from, int limit,
                    SnapshotOf what = SnapshotOf::everything) {
    return snapshot_page(store(), ann, what, from, limit).value();
  }
  // Three conversations, each newer than the one before, with 1, 2 and 3 messages.
  void fill() {
    std::uint64_t number = 0;
    for (std::uint64_t i = 1; i <= 3; ++i) {
      create(id_of(100 + i));
      clock_.advance(1);
      for (std::uint64_t message = 0; message < i; ++message) {
        append(said(id_of(++number), id_of(100 + i), "x"));
      }
    }
  }
};
INSTANTIATE_FOR_ALL_STORES(Snapshot);

std::vector<std::uint64_t> conversations_of(const SnapshotPage& page) {
  std::vector<std::uint64_t> numbers;
  for (const Conversation& row : page.conversations) numbers.push_back(number_of(row.id));
  return numbers;
}
std::vector<std::uint64_t> messages_of(const SnapshotPage& page) {
  std::vector<std::uint64_t> numbers;
  for (const Message& row : page.messages) numbers.push_back(number_of(row.id));
  return numbers;
}

TEST_P(Snapshot, OfAUserWhoHasNothing) {
  const SnapshotPage empty = page(std::nullopt, 5);
  EXPECT_THAT(empty.conversations, IsEmpty());
  EXPECT_FALSE(empty.next);
  EXPECT_EQ(empty.changes_from.seq, 0);
  EXPECT_FALSE(read_changes(store(), ann, empty.changes_from, 5).value().has_more);
}

TEST_P(Snapshot, TheNewestConversationsFirstThenTheirMessagesByPosition) {
  fill();
  const SnapshotPage all = page(std::nullopt, 100);
  EXPECT_THAT(conversations_of(all), ElementsAre(103, 102, 101));
  EXPECT_THAT(messages_of(all), ElementsAre(4, 5, 6, 2, 3, 1));
  EXPECT_FALSE(all.next);
  EXPECT_EQ(show(all.messages[1]), show(message(5)));
  EXPECT_EQ(all.changes_from.seq, 15);
}

TEST_P(Snapshot, InPagesOfAnySize) {
  fill();
  for (int limit = 1; limit <= 12; ++limit) {
    std::vector<std::uint64_t> conversations;
    std::vector<std::uint64_t> messages;
    std::optional<SnapshotPlace> from;
    do {
      const SnapshotPage next = page(from, limit);
      EXPECT_LE(next.conversations.size() + next.messages.size(), static_cast<std::size_t>(limit));
      for (const std::uint64_t number : conversations_of(next)) conversations.push_back(number);
      for (const std::uint64_t number : messages_of(next)) messages.push_back(number);
      from = next.next;
    } while (from);
    EXPECT_THAT(conversations, ElementsAre(103, 102, 101)) << limit;
    EXPECT_THAT(messages, ElementsAre(4, 5, 6, 2, 3, 1)) << limit;
  }
}

TEST_P(Snapshot, OfTheConversationsAlone) {
  fill();
  const SnapshotPage first = page(std::nullopt, 2, SnapshotOf::conversations);
  EXPECT_THAT(conversations_of(first), ElementsAre(103, 102));
  const SnapshotPage second = page(first.next, 2, SnapshotOf::conversations);
  EXPECT_THAT(conversations_of(second), ElementsAre(101));
  EXPECT_THAT(second.messages, IsEmpty());
  EXPECT_FALSE(second.next);
}

TEST_P(Snapshot, WithTheTrashAndTheArchiveAndWithoutWhatIsErased) {
  fill();
  ConversationPatch patch;
  patch.is_archived = true;
  store().write(ann, EditConversation{id_of(101), patch}).value();
  store().write(ann, DeleteConversation{id_of(102), Erase::later}).value();
  store().write(ann, DeleteConversation{id_of(103), Erase::now}).value();
  const SnapshotPage all = page(std::nullopt, 100);
  EXPECT_THAT(conversations_of(all), ElementsAre(102, 101));
  EXPECT_THAT(messages_of(all), ElementsAre(2, 3, 1));
}

// A conversation that is written to while the pages are read moves to the front of the list, behind
// the reader's back.
TEST_P(Snapshot, AndTheFeedGiveEverythingWhateverHappensMeanwhile) {
  fill();
  std::uint64_t number = 1'000;
  for (int pages = 1; pages <= 8; ++pages) {
    std::vector<std::uint64_t> messages;
    std::optional<SnapshotPlace> from;
    const auto read = [&] {
      const SnapshotPage next = page(from, 1);
      for (const std::uint64_t each : messages_of(next)) messages.push_back(each);
      from = next.next;
    };
    for (int i = 0; i < pages; ++i) read();
    // The oldest of the list becomes the newest.
    ConversationFilter any;
    const auto oldest = list(any).back();
    clock_.advance(1);
    append(said(id_of(++number), oldest, "meanwhile"));
    while (from) read();
    std::sort(messages.begin(), messages.end());
    for (std::uint64_t each = 1; each <= 6; ++each) {
      EXPECT_THAT(messages, testing::Contains(each)) << pages;
    }
  }
}

TEST_P(Snapshot, IsRefusedInAnotherEpoch) {
  fill();
  const auto from = page(std::nullopt, 2).next;
  bump_epoch(store(), 0).value();
  EXPECT_EQ(error_of(snapshot_page(store(), ann, SnapshotOf::everything, from, 2)),
            Errc::resync_required);
}

TEST_P(Snapshot, ADeviceThatReadsItInTheMidstOfWritesEndsWithTheSame) {
  fill();
  std::uint64_t number = 1'000;
  for (int limit = 1; limit <= 6; ++limit) {
    Replica replica(ann);
    replica.read_snapshot(store(), limit);
    append(said(id_of(++number), id_of(101 + static_cast<std::uint64_t>(limit) % 3), "x"));
    replica.pull_all(store(), limit);
    EXPECT_EQ(replica.difference(store()), "") << limit;
  }
}

}  // namespace
}  // namespace threadkeep::test
