// What fits into the window of a model, and what is said of the rest.
#include "generation/context.h"

#include <gtest/gtest.h>

#include "generation/generations_fixture.h"

namespace threadkeep::test {
namespace {

using generation::estimated_tokens;
using generation::readable_tokens;
using generation::turns_to_leave_out;

TEST(Context, TheEstimateErrsUpwards) {
  // As o200k_base counts them: 10, 7, 9, 8.
  EXPECT_GE(estimated_tokens("The quick brown fox jumps over the lazy dog."), 10);
  EXPECT_GE(estimated_tokens("今天天气很好，我们去公园"), 9);
  EXPECT_GE(estimated_tokens("{\"a\":[1,2,{}]}"), 9);
  EXPECT_GE(estimated_tokens("🦉🦉🦉🦉"), 8);
  EXPECT_LE(estimated_tokens(std::string(30'000, 'a')), 10'001);
}

TEST(Context, FilesCount) {
  const std::string picture =
      R"([{"type":"image","attachmentId":"x","name":"a","mediaType":"image/png","size":9000000}])";
  const std::string file = R"([{"type":"file","attachmentId":"x","size":30000}])";
  const auto tokens_of = [](Role role, const std::string& content) {
    return estimated_tokens(llm::Turn{role, content}, nullptr, llm::Takes());
  };
  EXPECT_GE(tokens_of(Role::user, picture), 1'600);
  EXPECT_LE(tokens_of(Role::user, picture), 1'700);
  EXPECT_GE(tokens_of(Role::user, file), 10'000);
  EXPECT_LE(tokens_of(Role::assistant, file), 100) << "it is named";
}

TEST(Context, AFileCountsAsWhatIsGivenOfIt) {
  const std::string content =
      R"([{"type":"file","attachmentId":"x","name":"a.pdf","mediaType":"application/pdf","size":3000000}])";
  llm::Attachments files;
  files["x"].bytes = "%PDF-1.7" + std::string(2'999'992, ' ');
  files["x"].size = 3'000'000;
  files["x"].text = llm::Attachment::Text{std::string(3'000, 'a'), std::nullopt};
  llm::Takes takes;
  takes.documents = llm::Takes::Documents::none;
  const auto tokens = [&] {
    return estimated_tokens(llm::Turn{Role::user, content}, &files, takes);
  };
  EXPECT_GE(tokens(), 1'000);
  EXPECT_LE(tokens(), 1'200) << "its text";
  files["x"].text = llm::Attachment::Text{{}, llm::Omission::no_text};
  EXPECT_LE(tokens(), 200) << "a note";
  takes.documents = llm::Takes::Documents::pdf;
  EXPECT_GE(tokens(), 1'000'000) << "all of it";
}

TEST(Context, RoomIsKeptForTheAnswer) {
  EXPECT_EQ(readable_tokens(100'000, std::nullopt), 95'904);
  EXPECT_EQ(readable_tokens(100'000, 10'000), 90'000);
  EXPECT_EQ(readable_tokens(8'000, 32'000), 4'000);
}

TEST(Context, TheOldestAreLeftOutAndTheLastStays) {
  const std::vector<std::int64_t> tokens = {1'000, 1'000, 1'000, 1'000};
  EXPECT_EQ(turns_to_leave_out(tokens, 0, 100'000), 0U);
  EXPECT_EQ(turns_to_leave_out(tokens, 0, 2'500), 2U);
  EXPECT_EQ(turns_to_leave_out(tokens, 1, 2'500), 2U);  // the first one is given, and takes room
  EXPECT_EQ(turns_to_leave_out(tokens, 0, 10), 3U);
  EXPECT_EQ(turns_to_leave_out({}, 0, 10), 0U);
}

class ContextOfAnswers : public GenerationsTest {
 protected:
  // To a long question, both a thousand tokens as they are estimated.
  MessageId long_answer() {
    const auto request = ask("1 " + std::string(3'000, 'a'));
    EXPECT_TRUE(generations_->start(user_, request, std::make_shared<Recorder>()));
    models_.say_text(0, std::string(3'000, 'b'));
    models_.finish(0);
    EXPECT_TRUE(
        becomes_true([&] { return row(request.answer_ids[0]).status == MessageStatus::complete; }));
    return request.answer_ids[0];
  }
};

TEST_F(ContextOfAnswers, AModelIsGivenWhatFitsAndTheAnswerSaysFromWhere) {
  const MessageId first = long_answer();
  EXPECT_EQ(row(first).metadata, "{}");

  auto second = ask("2");
  second.models = {"narrow", "wide"};
  second.answer_ids = {ids_.next(), ids_.next()};
  models_.set_context_tokens("narrow", 2'200);
  models_.set_context_tokens("wide", 100'000);
  ASSERT_TRUE(generations_->start(user_, second, std::make_shared<Recorder>()));
  EXPECT_EQ(models_.request(1).turns.size(), 2U);
  EXPECT_EQ(models_.request(2).turns.size(), 3U);
  for (const std::size_t call : {1U, 2U}) {
    models_.say_text(call, "Yes.");
    models_.finish(call);
  }
  for (const MessageId& id : second.answer_ids)
    ASSERT_TRUE(becomes_true([&] { return row(id).status == MessageStatus::complete; }));
  EXPECT_EQ(row(second.answer_ids[0]).metadata, R"({"contextFrom":")" + first.text() + R"("})");
  EXPECT_EQ(row(second.answer_ids[1]).metadata, "{}");
}

TEST_F(ContextOfAnswers, TheSystemMessageIsGivenWhateverIsLeftOut) {
  GenerationLimits limits;
  limits.context_bytes_max = 4'000;
  restart(limits);
  NewMessage system;
  system.id = ids_.next();
  system.conversation_id = conversation_;
  system.role = Role::system;
  system.content = text_content("Be brief.");
  ASSERT_TRUE(store_->write(user_, system));
  const MessageId first = long_answer();
  const auto second = ask("2");
  ASSERT_TRUE(generations_->start(user_, second, std::make_shared<Recorder>()));
  const auto turns = models_.request(1).turns;
  ASSERT_EQ(turns.size(), 3U);
  EXPECT_EQ(turns[0].role, Role::system);
  EXPECT_EQ(turns[1].role, Role::assistant);
  models_.say_text(1, "Yes.");
  models_.finish(1);
  ASSERT_TRUE(
      becomes_true([&] { return row(second.answer_ids[0]).status == MessageStatus::complete; }));
  EXPECT_EQ(row(second.answer_ids[0]).metadata, R"({"contextFrom":")" + first.text() + R"("})");
}

}  // namespace
}  // namespace threadkeep::test
