// The list of conversations: order, filters, pages.
#include "store/contract.h"

namespace threadkeep::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class List : public Contract {
 protected:
  // Conversations id_of(1) .. id_of(count), each updated one millisecond after the one before.
  void create_many(std::uint64_t count) {
    for (std::uint64_t i = 1; i <= count; ++i) {
      clock_.advance(1);
      create(id_of(i));
    }
  }
  void patch(std::uint64_t number, const ConversationPatch& patch) {
    store().write(ann, EditConversation{id_of(number), patch}).value();
  }
  std::vector<std::uint64_t> listed(const ConversationFilter& filter = {}) {
    return numbers_of(list(filter));
  }
  // All pages of this size, one after the other.
  std::vector<std::uint64_t> paged(const ConversationFilter& filter, int limit) {
    std::vector<std::uint64_t> numbers;
    std::optional<ListPlace> place;
    do {
      const auto page = list_conversations(store(), ann, filter, place, limit).value();
      EXPECT_LE(page.conversations.size(), static_cast<std::size_t>(limit));
      for (const Conversation& row : page.conversations) numbers.push_back(number_of(row.id));
      place = page.next;
    } while (place);
    return numbers;
  }
};
INSTANTIATE_FOR_ALL_STORES(List);

TEST_P(List, OfAnUnknownUserIsEmpty) {
  const auto page = list_conversations(store(), ann, {}, std::nullopt, 5).value();
  EXPECT_THAT(page.conversations, IsEmpty());
  EXPECT_FALSE(page.next);
}

TEST_P(List, HasTheNewestFirstAndEqualTimesByDescendingId) {
  create_many(3);
  create(id_of(9));
  create(id_of(4));
  EXPECT_THAT(listed(), ElementsAre(9, 4, 3, 2, 1));
  clock_.advance(1);
  append(said(id_of(50), id_of(2), "now"));
  EXPECT_THAT(listed(), ElementsAre(2, 9, 4, 3, 1));
}

TEST_P(List, IsNotMovedByPatches) {
  create_many(3);
  clock_.advance(1);
  ConversationPatch rename;
  rename.title = "x";
  patch(1, rename);
  EXPECT_THAT(listed(), ElementsAre(3, 2, 1));
}

TEST_P(List, ShowsOneUserOnly) {
  create_many(2);
  create_for(bob, id_of(7));
  EXPECT_THAT(listed(), ElementsAre(2, 1));
}

TEST_P(List, PagesOfEverySizeGiveTheSame) {
  create_many(7);
  create(id_of(20));
  create(id_of(19));
  const auto whole = listed();
  ASSERT_EQ(whole.size(), 9U);
  for (int limit = 1; limit <= 10; ++limit) EXPECT_EQ(paged({}, limit), whole) << limit;
}

TEST_P(List, ALastPageThatIsFullHasNoNext) {
  create_many(4);
  const auto page = list_conversations(store(), ann, {}, std::nullopt, 4).value();
  EXPECT_EQ(page.conversations.size(), 4U);
  EXPECT_FALSE(page.next);
}

TEST_P(List, RowsThatMoveWhilePagingAreNeverSeenTwiceBehindThePlace) {
  create_many(6);
  const auto first = list_conversations(store(), ann, {}, std::nullopt, 2).value();  // 6 5
  clock_.advance(1);
  append(said(id_of(50), id_of(6), "seen already"));
  append(said(id_of(51), id_of(3), "not seen yet: it is at the top now"));
  const auto second = list_conversations(store(), ann, {}, first.next, 10).value();
  std::vector<ConversationId> rest;
  for (const Conversation& row : second.conversations) rest.push_back(row.id);
  EXPECT_THAT(numbers_of(rest), ElementsAre(4, 2, 1));
}

TEST_P(List, APlaceNeedsNoRow) {
  create_many(3);
  const Conversation two = find(id_of(2));
  clock_.advance(1);
  append(said(id_of(50), id_of(2), "moved away"));
  const auto page =
      list_conversations(store(), ann, {}, ListPlace{two.updated_at, two.id}, 10).value();
  ASSERT_EQ(page.conversations.size(), 1U);
  EXPECT_EQ(page.conversations.front().id, id_of(1));
}

TEST_P(List, FiltersByEachFieldAndByAllTogether) {
  create_many(8);
  ConversationPatch archive;
  archive.is_archived = true;
  ConversationPatch pin;
  pin.is_pinned = true;
  ConversationPatch work;
  work.folder = "work";
  ConversationPatch tagged;
  tagged.tags = std::vector<std::string>{"blue", "red"};
  for (const std::uint64_t number : {2, 4, 6}) patch(number, archive);
  for (const std::uint64_t number : {4, 5, 6}) patch(number, pin);
  for (const std::uint64_t number : {1, 4, 6, 7}) patch(number, work);
  for (const std::uint64_t number : {3, 6, 7}) patch(number, tagged);

  ConversationFilter filter;
  filter.is_archived = true;
  EXPECT_THAT(listed(filter), ElementsAre(6, 4, 2));
  filter.is_archived = false;
  EXPECT_THAT(listed(filter), ElementsAre(8, 7, 5, 3, 1));
  filter = {};
  filter.is_pinned = true;
  EXPECT_THAT(listed(filter), ElementsAre(6, 5, 4));
  filter.is_pinned = false;
  EXPECT_THAT(listed(filter), ElementsAre(8, 7, 3, 2, 1));
  filter.is_archived = true;
  EXPECT_THAT(listed(filter), ElementsAre(2));
  filter = {};
  filter.folder = "work";
  EXPECT_THAT(listed(filter), ElementsAre(7, 6, 4, 1));
  filter.folder = "wor";
  EXPECT_THAT(listed(filter), IsEmpty());
  filter = {};
  filter.tag = "red";
  EXPECT_THAT(listed(filter), ElementsAre(7, 6, 3));
  filter.folder = "work";
  EXPECT_THAT(listed(filter), ElementsAre(7, 6));
  filter.is_pinned = true;
  filter.is_archived = true;
  EXPECT_THAT(listed(filter), ElementsAre(6));
  filter.is_archived = false;
  EXPECT_THAT(listed(filter), IsEmpty());
}

TEST_P(List, FilteredPagesOfEverySizeGiveTheSame) {
  create_many(12);
  ConversationPatch archive;
  archive.is_archived = true;
  ConversationPatch marks;
  marks.is_pinned = true;
  marks.folder = "work";
  marks.tags = std::vector<std::string>{"t"};
  for (std::uint64_t number = 1; number <= 12; number += 2) patch(number, marks);
  for (std::uint64_t number = 1; number <= 12; number += 3) patch(number, archive);
  std::vector<ConversationFilter> filters(6);
  filters[1].is_archived = false;
  filters[2].is_pinned = true;
  filters[3].folder = "work";
  filters[4].tag = "t";
  filters[5].is_pinned = true;
  filters[5].is_archived = false;
  filters[5].tag = "t";
  for (const ConversationFilter& filter : filters) {
    const auto whole = listed(filter);
    EXPECT_FALSE(whole.empty());
    for (int limit = 1; limit <= 4; ++limit) EXPECT_EQ(paged(filter, limit), whole);
  }
}

TEST_P(List, TagsThatWereTakenAwayNoLongerFind) {
  create_many(1);
  ConversationPatch tags;
  tags.tags = std::vector<std::string>{"a", "b"};
  patch(1, tags);
  tags.tags = std::vector<std::string>{"b"};
  patch(1, tags);
  ConversationFilter filter;
  filter.tag = "a";
  EXPECT_THAT(listed(filter), IsEmpty());
  filter.tag = "b";
  EXPECT_THAT(listed(filter), ElementsAre(1));
}

TEST_P(List, TheTrashHasTheDeletedOnesOnly) {
  create_many(4);
  store().write(ann, DeleteConversation{id_of(2), Erase::later}).value();
  store().write(ann, DeleteConversation{id_of(3), Erase::later}).value();
  store().write(ann, DeleteConversation{id_of(4), Erase::now}).value();
  ConversationFilter trash;
  trash.in_trash = true;
  EXPECT_THAT(listed(), ElementsAre(1));
  EXPECT_THAT(listed(trash), ElementsAre(3, 2));
  store().write(ann, RestoreConversation{id_of(2)}).value();
  EXPECT_THAT(listed(), ElementsAre(2, 1));
  EXPECT_THAT(listed(trash), ElementsAre(3));
}

}  // namespace
}  // namespace threadkeep::test
