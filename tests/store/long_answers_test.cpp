// Answers that are so long that a store may leave their content where the checkpoints put it.
#include "store/contract.h"

namespace threadkeep::test {
namespace {

class LongAnswers : public Contract {
 protected:
  void SetUp() override {
    limits_.long_answer_bytes = 20;
    open(limits_);
    create(tea);
    BeginGeneration begin;
    begin.conversation_id = tea;
    begin.question = said(id_of(1), tea, "What is tea?");
    begin.answers = {{id_of(2), "model"}};
    ASSERT_TRUE(store().write(ann, begin));
  }
  static CheckpointAnswer step(const std::vector<AnswerPart>& parts) {
    CheckpointAnswer step;
    step.id = id_of(2);
    step.parts = parts;
    step.closing = R"("}])";
    return step;
  }
  static AnswerPart first(const std::string& text) {
    return {1, R"([{"type":"text","text":")" + text};
  }
  static FinishAnswer end(const std::string& text) {
    FinishAnswer end;
    end.id = id_of(2);
    end.content = text_block(text);
    return end;
  }
  // With two parts, and an end that has more than they.
  void answer() {
    ASSERT_TRUE(store().write(ann, step({first("A drink")})));
    ASSERT_TRUE(store().write(ann, step({{2, " made of"}})));
    ASSERT_TRUE(store().write(ann, end("A drink made of camellia.")));
  }
  std::size_t found(const std::string& word) {
    return scan_words(store(), ann, word, 10).value().size();
  }

  StoreLimits limits_;
};
INSTANTIATE_FOR_ALL_STORES(LongAnswers);

TEST_P(LongAnswers, OneIsWholeWhereverItIsRead) {
  answer();
  const std::string whole = text_block("A drink made of camellia.");
  EXPECT_EQ(message(2).content, whole);
  EXPECT_EQ(path_page(store(), ann, tea, std::nullopt, std::nullopt, 10)
                .value()
                .messages.back()
                .message.content,
            whole);
  EXPECT_EQ(read_changes(store(), ann, std::nullopt, 10).value().messages.back().content, whole);
  EXPECT_EQ(snapshot_page(store(), ann, SnapshotOf::everything, std::nullopt, 10)
                .value()
                .messages.back()
                .content,
            whole);
  EXPECT_EQ(found("camellia"), 1U);
}

TEST_P(LongAnswers, TheFirstEndStays) {
  answer();
  const std::string before = show(message(2));
  EXPECT_EQ(error_of(store().write(ann, step({{3, " and more"}}))), Errc::already_final);
  EXPECT_EQ(error_of(store().write(ann, end("Another one."))), Errc::already_final);
  EXPECT_EQ(interrupt_unfinished(store()), 0);
  EXPECT_EQ(show(message(2)), before);
}

TEST_P(LongAnswers, OneThatEndsOtherwiseThanItBeganIsItsEnd) {
  ASSERT_TRUE(store().write(ann, step({first("A drink"), {2, " made of"}})));
  ASSERT_TRUE(store().write(ann, end("Tea is made of camellia.")));
  EXPECT_EQ(message(2).content, text_block("Tea is made of camellia."));
}

TEST_P(LongAnswers, OneWithoutCheckpointsIsItsEnd) {
  ASSERT_TRUE(store().write(ann, end("Tea is made of camellia.")));
  EXPECT_EQ(message(2).content, text_block("Tea is made of camellia."));
}

TEST_P(LongAnswers, ARetryOfItIsTheSameAndAnotherTextIsNot) {
  answer();
  NewMessage again = said(id_of(2), tea, "A drink made of camellia.");
  again.role = Role::assistant;
  EXPECT_TRUE(store().write(ann, again));
  again.content = text_block("Another one.");
  EXPECT_EQ(error_of(store().write(ann, again)), Errc::id_conflict);
}

TEST_P(LongAnswers, OneComesBackFromTheTrashWhole) {
  answer();
  const ChosenMessages chosen = std::vector<MessageId>{id_of(2)};
  ASSERT_TRUE(store().write(ann, DeleteMessages{tea, chosen, Erase::later, std::nullopt}));
  EXPECT_EQ(found("camellia"), 0U);
  ASSERT_TRUE(store().write(ann, RestoreMessages{tea, chosen, std::nullopt}));
  EXPECT_EQ(message(2).content, text_block("A drink made of camellia."));
}

TEST_P(LongAnswers, OneThatIsErasedHasNoWords) {
  answer();
  const ChosenMessages chosen = std::vector<MessageId>{id_of(2)};
  ASSERT_TRUE(store().write(ann, DeleteMessages{tea, chosen, Erase::now, std::nullopt}));
  EXPECT_EQ(message(2).content, "[]");
}

}  // namespace
}  // namespace threadkeep::test
