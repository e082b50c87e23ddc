// Pages of the path and of the whole tree.
#include <algorithm>

#include "base/limits.h"
#include "store/contract.h"

namespace threadkeep::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Pages : public Contract {
 protected:
  void under(std::uint64_t parent, std::uint64_t number) {
    const Place place = parent == 0 ? Place(AsRoot{}) : Place(id_of(parent));
    append(said_under(place, id_of(number), tea, "message " + std::to_string(number)));
  }
  // A tree with forks of every kind: a second first message, forks on the path, siblings of the
  // newest, a branch of a branch.
  //   1 - 2 - 3 - 4        12 (a first message) - 13
  //       2 - 5 - 6 - 7
  //               6 - 8 - 9
  //   1 - 10 - 11                     14 under 9, 15 under 9, 16 under 14
  void grow() {
    create(tea);
    for (const auto& [parent, number] :
         std::vector<std::pair<std::uint64_t, std::uint64_t>>{{0, 1},
                                                              {1, 2},
                                                              {2, 3},
                                                              {3, 4},
                                                              {2, 5},
                                                              {5, 6},
                                                              {6, 7},
                                                              {6, 8},
                                                              {8, 9},
                                                              {1, 10},
                                                              {10, 11},
                                                              {0, 12},
                                                              {12, 13},
                                                              {9, 14},
                                                              {9, 15},
                                                              {14, 16}}) {
      under(parent, number);
    }
  }
  MessagePage page_of(const std::optional<MessageId>& head, std::optional<Position> from,
                      int limit) {
    return path_page(store(), ann, tea, head, from, limit).value();
  }
  // All pages of this size, walking back; oldest first.
  std::vector<std::uint64_t> walk_back(const std::optional<MessageId>& head, int limit) {
    std::vector<std::uint64_t> numbers;
    std::optional<Position> from;
    do {
      const MessagePage page = page_of(head, from, limit);
      EXPECT_LE(page.messages.size(), static_cast<std::size_t>(limit));
      auto part = numbers_of(page);
      numbers.insert(numbers.begin(), part.begin(), part.end());
      from = page.next;
    } while (from);
    return numbers;
  }
};
INSTANTIATE_FOR_ALL_STORES(Pages);

TEST_P(Pages, OfAnEmptyConversationAreEmpty) {
  create(tea);
  const MessagePage path = page_of(std::nullopt, std::nullopt, 5);
  EXPECT_THAT(path.messages, IsEmpty());
  EXPECT_FALSE(path.next || path.head_id);
  const MessagePage tree = tree_page(store(), ann, tea, 1, 5).value();
  EXPECT_THAT(tree.messages, IsEmpty());
  EXPECT_FALSE(tree.next || tree.head_id);
}

TEST_P(Pages, OfAMissingOrForeignConversationAreNotFound) {
  create_for(bob, bread);
  for (const ConversationId& id : {tea, bread}) {
    EXPECT_EQ(error_of(path_page(store(), ann, id, std::nullopt, std::nullopt, 5)),
              Errc::not_found);
    EXPECT_EQ(error_of(tree_page(store(), ann, id, 1, 5)), Errc::not_found);
  }
}

TEST_P(Pages, HaveTheNewestOfThePathInAscendingOrder) {
  create(tea);
  append_numbers(tea, 1, 7);
  const MessagePage page = page_of(std::nullopt, std::nullopt, 3);
  EXPECT_THAT(numbers_of(page), ElementsAre(5, 6, 7));
  EXPECT_EQ(page.next, 4);
  EXPECT_EQ(page.head_id, id_of(7));
  EXPECT_EQ(page.messages.front().message.parent_id, id_of(4));
  EXPECT_EQ(show(page.messages.back().message), show(message(7)));
  const MessagePage older = page_of(std::nullopt, page.next, 4);
  EXPECT_THAT(numbers_of(older), ElementsAre(1, 2, 3, 4));
  EXPECT_FALSE(older.next);
}

TEST_P(Pages, WalkBackOverForksWithEveryLimit) {
  grow();
  const std::map<std::uint64_t, std::vector<std::uint64_t>> paths{
      {4, {1, 2, 3, 4}}, {7, {1, 2, 5, 6, 7}},         {11, {1, 10, 11}},
      {13, {12, 13}},    {15, {1, 2, 5, 6, 8, 9, 15}}, {16, {1, 2, 5, 6, 8, 9, 14, 16}}};
  for (const auto& [leaf, expected] : paths) {
    for (int limit = 1; limit <= 9; ++limit) {
      EXPECT_EQ(walk_back(id_of(leaf), limit), expected) << leaf << " by " << limit;
    }
  }
}

TEST_P(Pages, OfAMessageWithChildrenEndAtTheNewestLeafBelow) {
  grow();
  EXPECT_EQ(page_of(id_of(3), std::nullopt, 50).head_id, id_of(4));
  EXPECT_EQ(page_of(id_of(5), std::nullopt, 50).head_id, id_of(15));
  EXPECT_EQ(page_of(id_of(9), std::nullopt, 50).head_id, id_of(15));
  EXPECT_EQ(page_of(id_of(14), std::nullopt, 50).head_id, id_of(16));
  EXPECT_EQ(page_of(id_of(1), std::nullopt, 50).head_id, id_of(11));
  EXPECT_EQ(page_of(id_of(12), std::nullopt, 50).head_id, id_of(13));
}

TEST_P(Pages, TheParentOfEachIsTheOneBefore) {
  grow();
  for (int limit = 1; limit <= 9; ++limit) {
    std::optional<Position> from;
    do {
      const MessagePage page = page_of(id_of(16), from, limit);
      for (const MessageInTree& row : page.messages) {
        EXPECT_EQ(row.message.parent_id, message(number_of(row.message.id)).parent_id);
      }
      from = page.next;
    } while (from);
  }
}

TEST_P(Pages, EachMessageHasItsSiblingsInTheOrderOfAdding) {
  grow();
  const std::map<std::uint64_t, std::vector<std::uint64_t>> siblings{
      {1, {1, 12}}, {2, {2, 10}},   {3, {3, 5}},    {4, {4}},      {5, {3, 5}}, {6, {6}},
      {7, {7, 8}},  {8, {7, 8}},    {9, {9}},       {10, {2, 10}}, {11, {11}},  {12, {1, 12}},
      {13, {13}},   {14, {14, 15}}, {15, {14, 15}}, {16, {16}}};
  const auto check = [&](const MessagePage& page) {
    for (const MessageInTree& row : page.messages) {
      EXPECT_EQ(numbers_of(row.siblings.ids), siblings.at(number_of(row.message.id)));
    }
  };
  for (int limit = 1; limit <= 17; ++limit) {
    for (const std::uint64_t leaf : {4, 7, 11, 13, 15, 16}) {
      std::optional<Position> from;
      do {
        const MessagePage page = page_of(id_of(leaf), from, limit);
        check(page);
        from = page.next;
      } while (from);
    }
    std::optional<Position> from = 1;
    do {
      const MessagePage page = tree_page(store(), ann, tea, *from, limit).value();
      check(page);
      from = page.next;
    } while (from);
  }
}

TEST_P(Pages, StayOnTheirPathWhenTheHeadMovesAway) {
  create(tea);
  append_numbers(tea, 1, 6);
  const MessagePage first = page_of(std::nullopt, std::nullopt, 2);  // 5 6
  under(2, 7);                                                       // the head is on 1 2 7 now
  EXPECT_THAT(numbers_of(page_of(first.head_id, first.next, 10)), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(numbers_of(page_of(std::nullopt, first.next, 10)), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(path(tea), ElementsAre(1, 2, 7));
}

TEST_P(Pages, OfTheHeadEndAtTheHeadAlsoWhenItHasChildren) {
  create(tea);
  append_numbers(tea, 1, 4);
  ConversationUpsert upsert;
  upsert.id = tea;
  for (std::uint64_t i = 1; i <= 2; ++i) {
    UpsertMessage listed;
    listed.id = id_of(i);
    listed.role = i == 1 ? Role::user : Role::assistant;
    listed.content = text_block("message " + std::to_string(i));
    upsert.messages.push_back(listed);
  }
  store().write(ann, upsert).value();
  EXPECT_THAT(path(tea), ElementsAre(1, 2));
}

TEST_P(Pages, AHeadOrPlaceOfNoMessageHereIsInvalid) {
  create(tea);
  create(bread);
  append_numbers(tea, 1, 2);
  append(said(id_of(9), bread, "9"));
  const auto fail = [&](const std::optional<MessageId>& head, std::optional<Position> from) {
    return error_of(path_page(store(), ann, tea, head, from, 5));
  };
  EXPECT_EQ(fail(id_of(9), std::nullopt), Errc::invalid_field);
  EXPECT_EQ(fail(id_of(8), std::nullopt), Errc::invalid_field);
  EXPECT_EQ(fail(std::nullopt, 3), Errc::invalid_field);
  EXPECT_EQ(fail(std::nullopt, 0), Errc::invalid_field);
  EXPECT_EQ(fail(std::nullopt, -1), Errc::invalid_field);
}

TEST_P(Pages, OfTheTreeGoByPosition) {
  grow();
  std::vector<std::uint64_t> all(16);
  for (std::uint64_t i = 0; i < 16; ++i) all[i] = i + 1;
  for (int limit = 1; limit <= 17; ++limit) {
    std::vector<std::uint64_t> numbers;
    std::optional<Position> from = 1;
    do {
      const MessagePage page = tree_page(store(), ann, tea, *from, limit).value();
      EXPECT_EQ(page.head_id, id_of(16));
      for (const MessageInTree& row : page.messages) {
        numbers.push_back(number_of(row.message.id));
        EXPECT_EQ(show(row.message), show(message(numbers.back())));
      }
      from = page.next;
    } while (from);
    EXPECT_EQ(numbers, all);
  }
  EXPECT_THAT(numbers_of(tree_page(store(), ann, tea, -5, 2).value()), ElementsAre(1, 2));
  EXPECT_THAT(tree_page(store(), ann, tea, 17, 2).value().messages, IsEmpty());
}

TEST_P(Pages, ManySiblingsOfManyMessages) {
  create(tea);
  under(0, 1);
  for (std::uint64_t i = 2; i <= 40; ++i) under(i / 3 == 0 ? 1 : i / 3, i);
  for (std::uint64_t i = 2; i <= 40; ++i) {
    const MessagePage page = page_of(id_of(i), std::nullopt, 100);
    for (const MessageInTree& row : page.messages) {
      const auto number = number_of(row.message.id);
      std::vector<std::uint64_t> expected;
      for (std::uint64_t other = 1; other <= 40; ++other) {
        const auto parent_of = [](std::uint64_t n) {
          return n == 1 ? 0 : std::max<std::uint64_t>(n / 3, 1);
        };
        if (parent_of(other) == parent_of(number)) expected.push_back(other);
      }
      EXPECT_EQ(numbers_of(row.siblings.ids), expected) << number;
    }
  }
}

TEST_P(Pages, OfMoreSiblingsThanAreListedTheNearestAreAndAllAreCounted) {
  create(tea);
  constexpr std::uint64_t count = limits::siblings_listed_max * 2 + 10;
  under(0, 1);
  for (std::uint64_t i = 2; i <= count + 1; ++i) under(1, i);
  for (const auto& [number, first] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {2, 2}, {33, 2}, {34, 2}, {35, 3}, {70, 38}, {count + 1, count + 2 - 64}}) {
    const MessagePage page = page_of(id_of(number), std::nullopt, 1);
    ASSERT_EQ(page.messages.size(), 1U);
    const Siblings& siblings = page.messages.front().siblings;
    EXPECT_EQ(siblings.count, static_cast<std::int64_t>(count)) << number;
    ASSERT_EQ(siblings.ids.size(), limits::siblings_listed_max) << number;
    EXPECT_EQ(number_of(siblings.ids.front()), first) << number;
    EXPECT_EQ(number_of(siblings.ids.back()), first + 63) << number;
    EXPECT_EQ(siblings.before, static_cast<std::int64_t>(first - 2)) << number;
  }
  // However many there are, a page stays small.
  std::size_t listed = 0;
  const auto page = tree_page(store(), ann, tea, 1, 200).value();
  for (const MessageInTree& row : page.messages) listed += row.siblings.ids.size();
  EXPECT_LE(listed, 200 * limits::siblings_listed_max);
}

TEST_P(Pages, OfSiblingsHaveAllOfThemInTheOrderOfAdding) {
  grow();
  const std::vector<std::vector<std::uint64_t>> families{
      {1, 12}, {2, 10}, {3, 5}, {4}, {6}, {7, 8}, {9}, {11}, {13}, {14, 15}, {16}};
  for (const auto& family : families) {
    for (const std::uint64_t of : family) {
      for (int limit = 1; limit <= 3; ++limit) {
        std::vector<std::uint64_t> numbers;
        std::optional<Position> from = 1;
        do {
          const MessagePage page = sibling_page(store(), ann, tea, id_of(of), *from, limit).value();
          EXPECT_LE(page.messages.size(), static_cast<std::size_t>(limit));
          EXPECT_FALSE(page.head_id);
          for (const MessageInTree& row : page.messages) {
            numbers.push_back(number_of(row.message.id));
            EXPECT_EQ(show(row.message), show(message(numbers.back())));
            EXPECT_EQ(numbers_of(row.siblings.ids), family);
          }
          from = page.next;
        } while (from);
        EXPECT_EQ(numbers, family) << "by " << limit;
      }
    }
  }
  EXPECT_THAT(sibling_page(store(), ann, tea, id_of(16), 99, 5).value().messages, IsEmpty());
}

TEST_P(Pages, OfSiblingsEndWithTheirBytesAndFailAsOthersDo) {
  create(tea);
  create_for(bob, bread);
  under(0, 1);
  for (std::uint64_t i = 2; i <= 6; ++i)
    append(said_under(id_of(1), id_of(i), tea, std::string(1'500'000, 'x')));
  const MessagePage first = sibling_page(store(), ann, tea, id_of(6), 1, 200).value();
  EXPECT_THAT(numbers_of(first), ElementsAre(2, 3, 4));
  ASSERT_EQ(first.next, 5);
  const MessagePage second = sibling_page(store(), ann, tea, id_of(6), 5, 200).value();
  EXPECT_THAT(numbers_of(second), ElementsAre(5, 6));
  EXPECT_FALSE(second.next);
  EXPECT_EQ(error_of(sibling_page(store(), ann, tea, id_of(99), 1, 5)), Errc::invalid_field);
  EXPECT_EQ(error_of(sibling_page(store(), ann, bread, id_of(1), 1, 5)), Errc::not_found);
  store().write(ann, DeleteConversation{tea, Erase::later}).value();
  EXPECT_EQ(error_of(sibling_page(store(), ann, tea, id_of(6), 1, 5)), Errc::conversation_deleted);
}

// Long messages, on a path that goes through forks and a tree of the same.
TEST_P(Pages, EndWithTheirBytesAndGoOn) {
  create(tea);
  const auto long_one = [&](std::uint64_t parent, std::uint64_t number) {
    const Place place = parent == 0 ? Place(AsRoot{}) : Place(id_of(parent));
    append(said_under(place, id_of(number), tea, std::string(1'500'000, 'x')));
  };
  long_one(0, 1);
  long_one(1, 2);
  long_one(2, 3);
  long_one(2, 4);  // a fork in the path
  long_one(4, 5);
  long_one(5, 6);
  long_one(4, 7);
  long_one(7, 8);
  long_one(8, 9);
  const std::vector<std::vector<std::uint64_t>> path{{7, 8, 9}, {1, 2, 4}};
  const std::vector<std::vector<std::uint64_t>> tree{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
  std::optional<Position> from;
  for (const auto& expected : path) {
    const MessagePage page = page_of(std::nullopt, from, 200);
    EXPECT_EQ(numbers_of(page), expected);
    from = page.next;
  }
  EXPECT_FALSE(from);
  from = 1;
  for (const auto& expected : tree) {
    ASSERT_TRUE(from);
    const MessagePage page = tree_page(store(), ann, tea, *from, 200).value();
    EXPECT_EQ(numbers_of(page), expected);
    from = page.next;
  }
  EXPECT_FALSE(from);
  // A page that ends by its bytes at the border of a run, and one that ends by its number.
  EXPECT_EQ(numbers_of(page_of(id_of(6), std::nullopt, 3)), (std::vector<std::uint64_t>{4, 5, 6}));
  EXPECT_EQ(numbers_of(page_of(id_of(6), std::nullopt, 2)), (std::vector<std::uint64_t>{5, 6}));
  for (const MessageInTree& row : page_of(std::nullopt, std::nullopt, 200).messages)
    EXPECT_TRUE(row.message.parent_id);
}

}  // namespace
}  // namespace threadkeep::test
