#include "api/event_text.h"

#include <gtest/gtest.h>

namespace threadkeep::api {
namespace {

const MessageId answer = Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV").value();
using Delta = GenerationEvent::Delta;

TEST(EventText, EachEventIsWrittenAsTheDocumentSays) {
  const auto text = [](GenerationEvent::What what) {
    return event_text(GenerationEvent{{answer, 7}, std::move(what)});
  };
  const std::string id = "id: 01ARZ3NDEKTSV4RRFFQ69G5FAV-7\n";
  EXPECT_EQ(
      text(Delta{answer, 2, Delta::Kind::text, "a \"b\"\n"}),
      "event: delta\n" + id +
          R"(data: {"messageId":"01ARZ3NDEKTSV4RRFFQ69G5FAV","index":2,"type":"text","text":"a \"b\"\n"})" +
          "\n\n");
  EXPECT_NE(text(Delta{answer, 2, Delta::Kind::reasoning, ""}).find(R"("type":"reasoning")"),
            std::string::npos);
  EXPECT_NE(text(Delta{answer, 2, Delta::Kind::tool_input, ""}).find(R"("type":"tool_input")"),
            std::string::npos);
  EXPECT_EQ(
      text(GenerationEvent::BlockFinished{answer, 0, R"({"type":"text","text":"x"})"}),
      "event: block\n" + id +
          R"(data: {"messageId":"01ARZ3NDEKTSV4RRFFQ69G5FAV","index":0,"block":{"type":"text","text":"x"}})" +
          "\n\n");
  EXPECT_EQ(
      text(GenerationEvent::StatusChanged{answer, MessageStatus::error, R"({"inputTokens":1})",
                                          R"({"type":"upstream"})", std::nullopt}),
      "event: status\n" + id +
          R"(data: {"messageId":"01ARZ3NDEKTSV4RRFFQ69G5FAV","status":"error","usage":{"inputTokens":1},"error":{"type":"upstream"}})" +
          "\n\n");
  EXPECT_NE(text(GenerationEvent::StatusChanged{
                     answer, MessageStatus::complete, {}, {}, FinishReason::length})
                .find(R"("status":"complete","finishReason":"length"})"),
            std::string::npos);
  EXPECT_EQ(text(TitleChanged{answer, "Tea"}),
            "event: title\n" + id +
                R"(data: {"conversationId":"01ARZ3NDEKTSV4RRFFQ69G5FAV","title":"Tea"})" + "\n\n");
  Message message;
  message.id = answer;
  EXPECT_TRUE(text(GenerationEvent::MessageStored{message})
                  .starts_with("event: message\n" + id +
                               R"(data: {"message":{"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV",)"));
  EXPECT_EQ(event_text(GenerationEvent{{answer, EventPosition::end}, GenerationEvent::End{}}),
            "event: end\nid: 01ARZ3NDEKTSV4RRFFQ69G5FAV-end\ndata: {}\n\n");
}

TEST(EventText, NoticesHaveNoIdAndQuietIsAComment) {
  EXPECT_EQ(hello_text(3), "event: hello\ndata: {\"epoch\":3}\n\n");
  EXPECT_EQ(event_text(Notice{Poke{12}}), "event: poke\ndata: {\"seq\":12}\n\n");
  EXPECT_EQ(event_text(Notice{TitleChanged{answer, "Tea"}}),
            "event: title\n"
            R"(data: {"conversationId":"01ARZ3NDEKTSV4RRFFQ69G5FAV","title":"Tea"})"
            "\n\n");
  EXPECT_EQ(event_text(Notice{Quiet{}}), ":\n\n");
  EXPECT_EQ(event_text(Notice{Stopping{}}), "");
}

TEST(EventText, APositionIsReadAsItWasWritten) {
  for (const std::size_t number :
       {std::size_t{0}, std::size_t{1}, std::size_t{4'000'000'000}, EventPosition::end}) {
    const EventPosition position{answer, number};
    EXPECT_EQ(parse_position(position_text(position)).value(), position);
  }
  for (const char* text :
       {"", "garbage", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAV-",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV--1", "01ARZ3NDEKTSV4RRFFQ69G5FAV-1x",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV-18446744073709551615",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV-99999999999999999999", "nonsense-1"}) {
    const auto parsed = parse_position(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::invalid_cursor) << text;
  }
}

}  // namespace
}  // namespace threadkeep::api
