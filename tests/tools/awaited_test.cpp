// What is kept of an answer that is waited for.
#include "tools/awaited.h"

#include <gtest/gtest.h>

#include "llm/fake_outbound.h"

namespace threadkeep::tools {
namespace {

// The pieces, and how many of them were looked at before the answer was whole.
struct Heard {
  Answer answer;
  std::size_t looked_at = 0;
};
Heard await(const std::vector<std::string>& pieces, Piece (*become)(std::string_view piece)) {
  llm::FakeOutbound outbound;
  outbound.on_start = [&](llm::FakeOutbound::Exchange& exchange) {
    exchange.head(200);
    for (const std::string& piece : pieces) exchange.body(piece);
    exchange.done();
  };
  Heard heard;
  Wants wants;
  if (become != nullptr) {
    wants = [&](const Answer&, std::string_view piece) {
      ++heard.looked_at;
      return become(piece);
    };
  }
  const auto answer = await_answer(outbound, {}, {}, wants);
  EXPECT_TRUE(answer);
  if (answer) heard.answer = *answer;
  return heard;
}

TEST(Awaited, AnswerIsKeptUnlessItIsReadAsItComes) {
  EXPECT_EQ(await({"a", "b"}, nullptr).answer.body, "ab");
  EXPECT_EQ(await({"a", "b"}, [](std::string_view) { return Piece::kept; }).answer.body, "ab");
  const Heard read = await({"a", "b"}, [](std::string_view) { return Piece::read; });
  EXPECT_EQ(read.answer.body, "");
  EXPECT_EQ(read.looked_at, 2U);
}

TEST(Awaited, NothingIsLookedAtAfterTheLastPiece) {
  const Heard heard = await({"a", "b", "c"}, [](std::string_view piece) {
    return piece == "b" ? Piece::last : Piece::kept;
  });
  EXPECT_EQ(heard.answer.body, "a");
  EXPECT_EQ(heard.looked_at, 2U);
}

}  // namespace
}  // namespace threadkeep::tools
