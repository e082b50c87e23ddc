#include "http/event_format.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace threadkeep::http {
namespace {

using Events = std::vector<std::string>;  // "event|id|data"

struct Reading {
  explicit Reading(std::size_t max = 1U << 20)
      : reader(max, [this](const EventReader::Event& event) {
          events.push_back(event.event + "|" + event.id + "|" + event.data);
        }) {}
  Events events;
  EventReader reader;
};

Events read_in_two(std::string_view text, std::size_t cut) {
  Reading reading;
  EXPECT_TRUE(reading.reader.feed(text.substr(0, cut)));
  EXPECT_TRUE(reading.reader.feed(text.substr(cut)));
  reading.reader.finish();
  return reading.events;
}

struct Row {
  const char* name;
  std::string text;  // with \n as line end
  Events events;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> table = {
      {"one", "data: a\n\n", {"||a"}},
      {"all_fields", "event: e\nid: 7\ndata: a\n\n", {"e|7|a"}},
      {"several_lines", "data: a\ndata:\ndata: b\n\n", {"||a\n\nb"}},
      {"one_space_only", "data:  a \n\ndata:b\n\n", {"|| a ", "||b"}},
      {"no_colon", "data\n\n", {"||"}},
      {"no_data", "event: e\n\ndata: a\n\n", {"||a"}},
      {"comments_and_unknown", ": hello\nfoo: bar\nretry: 5\ndata: a\n\n", {"||a"}},
      {"byte_order_mark",
       "\xEF\xBB\xBF"
       "data: a\n\n",
       {"||a"}},
      {"mark_only_at_the_start",
       "data: a\n\n\xEF\xBB\xBF"
       "data: b\n\n",
       {"||a"}},
      {"id_stays", "id: 1\ndata: a\n\ndata: b\n\n", {"|1|a", "|1|b"}},
      {"id_with_nul", std::string("id: 1\0\ndata: a\n\n", 16), {"||a"}},
      {"colons_in_value", "data: a:b: c\n\n", {"||a:b: c"}},
      {"cut_without_empty_line", "data: a\n\ndata: b\n", {"||a", "||b"}},
      {"cut_within_line", "data: a\n\ndata: b", {"||a", "||b"}},
      {"many_empty_lines", "\n\n\ndata: a\n\n\n\n", {"||a"}},
      {"empty", "", {}},
  };
  return table;
}

std::string with_line_ends(std::string_view text, std::string_view end) {
  std::string out;
  for (const char c : text) c == '\n' ? out.append(end) : out.append(1, c);
  return out;
}

class EventText : public testing::TestWithParam<Row> {};

TEST_P(EventText, IsReadTheSameWithEveryLineEndCutAtEveryByte) {
  for (const char* end : {"\n", "\r", "\r\n"}) {
    const std::string text = with_line_ends(GetParam().text, end);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      EXPECT_EQ(read_in_two(text, cut), GetParam().events) << "cut at " << cut;
    }
  }
}

TEST_P(EventText, IsReadTheSameByteByByte) {
  for (const char* end : {"\n", "\r", "\r\n"}) {
    Reading reading;
    for (const char c : with_line_ends(GetParam().text, end)) reading.reader.feed({&c, 1});
    reading.reader.finish();
    EXPECT_EQ(reading.events, GetParam().events);
  }
}

INSTANTIATE_TEST_SUITE_P(Row, EventText, testing::ValuesIn(rows()),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(EventReader, TellsAnEventAsSoonAsItIsWhole) {
  Reading reading;
  reading.reader.feed("data: a\r\n\r");
  EXPECT_EQ(reading.events.size(), 1U);
  reading.reader.feed("\ndata: b\r\n\r\n");
  EXPECT_EQ(reading.events.size(), 2U);
}

TEST(EventReader, GivesUpOnAnEventThatIsTooLong) {
  const std::string at_limit = "data:" + std::string(95, 'a');
  Reading fits(100);
  EXPECT_TRUE(fits.reader.feed(at_limit + "\n\n" + at_limit + "\n\n"));
  EXPECT_EQ(fits.events.size(), 2U);
  Reading line(100);
  EXPECT_FALSE(line.reader.feed(at_limit + "a"));
  EXPECT_FALSE(line.reader.feed("\n\ndata: b\n\n"));
  line.reader.finish();
  EXPECT_TRUE(line.events.empty());
  Reading lines(100);
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(lines.reader.feed("data: 0123456789\n")) << i;
  EXPECT_FALSE(lines.reader.feed("data: 0123456789\n"));
}

TEST(AppendEvent, WritesWhatTheReaderReads) {
  std::string text;
  append_event(text, "", "", "plain");
  append_event(text, "delta", "12", "two\nlines");
  append_event(text, "", "13", "");
  append_event(text, "", "", "a\r\nb\rc\n");
  EXPECT_EQ(text.substr(0, text.find("event")), "data: plain\n\n");
  Reading reading;
  reading.reader.feed(text);
  EXPECT_EQ(reading.events, (Events{"||plain", "delta|12|two\nlines", "|13|", "|13|a\nb\nc\n"}));
}

}  // namespace
}  // namespace threadkeep::http
