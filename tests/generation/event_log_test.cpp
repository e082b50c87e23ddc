// What is kept of a generation's events for clients that come back.
#include "generation/event_log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace threadkeep::generation {
namespace {

const MessageId id = Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV").value();

GenerationEvent::Delta letter(char c) {
  return {id, 0, GenerationEvent::Delta::Kind::text, std::string(1, c)};
}

std::string text_after(const EventLog& log, std::size_t number) {
  std::string text;
  log.replay_after(number, [&](const GenerationEvent& event) {
    text += std::get<GenerationEvent::Delta>(event.what).text;
    return true;
  });
  return text;
}

TEST(EventLog, NumbersAndReplaysEvents) {
  EventLog log(10'000);
  for (const char c : std::string("abcd")) log.add(id, letter(c));
  EXPECT_EQ(log.last_number(), 4U);
  EXPECT_EQ(log.newest().position, (EventPosition{id, 4}));
  EXPECT_TRUE(log.holds_all_after(1));
  EXPECT_EQ(text_after(log, 1), "bcd");
  EXPECT_TRUE(log.holds_all_after(4));
  EXPECT_EQ(text_after(log, 4), "");
  EXPECT_FALSE(log.holds_all_after(5)) << "nobody has seen what was not said yet";
}

TEST(EventLog, KeepsTheNewestThatFit) {
  const std::size_t one = bytes_of({{id, 1}, letter('x')});
  EventLog log(one * 3);
  for (char c = 'a'; c <= 'z'; ++c) log.add(id, letter(c));
  EXPECT_EQ(log.last_number(), 26U);
  EXPECT_FALSE(log.holds_all_after(22));
  ASSERT_TRUE(log.holds_all_after(23));
  EXPECT_EQ(text_after(log, 23), "xyz");
}

TEST(EventLog, KeepsOneThatIsTooLargeUntilTheNextComes) {
  EventLog log(1'000);
  log.add(id, letter('a'));
  log.add(id, GenerationEvent::BlockFinished{id, 0, std::string(5'000, 'b')});
  EXPECT_FALSE(log.holds_all_after(1)) << "it does not fit into a replay";
  EXPECT_TRUE(log.holds_all_after(2));
  log.add(id, letter('c'));
  EXPECT_FALSE(log.holds_all_after(1));
  ASSERT_TRUE(log.holds_all_after(2));
  EXPECT_EQ(text_after(log, 2), "c");
}

TEST(EventLog, TheEndStandsLast) {
  EventLog log(1'000);
  log.add(id, letter('a'));
  EXPECT_EQ(log.add(id, GenerationEvent::End{}).position.number, EventPosition::end);
  EXPECT_EQ(log.last_number(), 2U);
  EXPECT_TRUE(log.holds_all_after(1));
}

}  // namespace
}  // namespace threadkeep::generation
