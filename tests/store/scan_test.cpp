// Looking for words in all messages, and that nobody sees another's.
#include "store/contract.h"

namespace threadkeep::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Scan : public Contract {
 protected:
  void say(std::uint64_t id, const ConversationId& conversation, const std::string& text,
           UnixMs created_at) {
    NewMessage message = said(id_of(id), conversation, text);
    message.created_at = created_at;
    append(message);
  }
  std::vector<std::uint64_t> found(const std::string& query, int limit = 10) {
    std::vector<std::uint64_t> numbers;
    const auto hits = scan_words(store(), ann, query, limit).value();
    for (const SearchHit& hit : hits) {
      numbers.push_back(number_of(hit.message_id));
    }
    return numbers;
  }
};
INSTANTIATE_FOR_ALL_STORES(Scan);

TEST_P(Scan, TellsWhatAndWhereItFound) {
  create(tea, "About tea");
  NewMessage message = said(id_of(1), tea, "The kettle sings.", Role::assistant);
  message.created_at = 5;
  append(message);
  const auto hits = scan_words(store(), ann, "KETTLE", 10).value();
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits.front().conversation_id, tea);
  EXPECT_EQ(hits.front().conversation_title, "About tea");
  EXPECT_EQ(hits.front().message_id, id_of(1));
  EXPECT_EQ(hits.front().role, Role::assistant);
  EXPECT_EQ(hits.front().created_at, 5);
  EXPECT_EQ(hits.front().snippet, "The kettle sings.");
}

TEST_P(Scan, FindsMessagesWithAllWords) {
  create(tea);
  say(1, tea, "green tea", 1);
  say(2, tea, "black tea", 2);
  say(3, tea, "Green is a colour", 3);
  EXPECT_THAT(found("tea"), ElementsAre(2, 1));
  EXPECT_THAT(found("green"), ElementsAre(3, 1));
  EXPECT_THAT(found("tea green"), ElementsAre(1));
  EXPECT_THAT(found("tea coffee"), IsEmpty());
}

TEST_P(Scan, AQueryWithoutWordsFindsNothing) {
  create(tea);
  say(1, tea, "green tea", 1);
  EXPECT_THAT(found(""), IsEmpty());
  EXPECT_THAT(found(" ... % * \" "), IsEmpty());
  EXPECT_THAT(scan_words(store(), id_of(99), "tea", 5).value(), IsEmpty());
}

TEST_P(Scan, GivesTheNewestAndNoMoreThanAskedFor) {
  create(tea);
  create(bread);
  say(1, tea, "word", 30);
  say(2, bread, "word", 10);
  say(3, tea, "word", 20);
  say(4, bread, "word", 20);
  say(5, tea, "word", 40);
  EXPECT_THAT(found("word"), ElementsAre(5, 1, 4, 3, 2));
  EXPECT_THAT(found("word", 2), ElementsAre(5, 1));
  EXPECT_THAT(found("word", 3), ElementsAre(5, 1, 4));
}

TEST_P(Scan, StopsWhenNobodyWaitsForIt) {
  create(tea);
  append(said(id_of(1), tea, "word"));
  std::stop_source stop;
  const auto scan = [&] {
    return store().read([&](const Reader& reader) {
      return reader.search().scan(ann, "word", 5, stop.get_token());
    });
  };
  EXPECT_EQ(scan().value().size(), 1U);
  stop.request_stop();
  EXPECT_EQ(error_of(scan()), Errc::cancelled);
}

TEST_P(Scan, LeavesOutTheTrash) {
  create(tea);
  say(1, tea, "word", 1);
  store().write(ann, DeleteConversation{tea, Erase::later}).value();
  EXPECT_THAT(found("word"), IsEmpty());
  store().write(ann, RestoreConversation{tea}).value();
  EXPECT_THAT(found("word"), ElementsAre(1));
}

TEST_P(Scan, SeesOneUsersMessagesOnly) {
  create(tea);
  create_for(bob, bread);
  say(1, tea, "secret", 1);
  store().write(bob, said(id_of(2), bread, "secret")).value();
  EXPECT_THAT(found("secret"), ElementsAre(1));
}

TEST_P(Scan, CutsALongMessageAroundTheMatch) {
  create(tea);
  say(1, tea, std::string(1000, 'a') + " needle " + std::string(1000, 'b'), 1);
  const auto hits = scan_words(store(), ann, "needle", 1).value();
  EXPECT_THAT(hits.front().snippet, HasSubstr("needle"));
  EXPECT_LE(hits.front().snippet.size(), 210U);
}

}  // namespace
}  // namespace threadkeep::test
