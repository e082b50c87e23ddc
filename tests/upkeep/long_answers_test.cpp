// Answers whose content stays in their parts: checked, mended and copied like what stands in rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/audit.h"
#include "upkeep/check.h"
#include "upkeep/copy.h"
#include "upkeep/upkeep_support.h"

namespace threadkeep::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using upkeep::Mend;

const UserId ann = id_of(1);
const MessageId answer = id_of(2);

class LongAnswersUpkeep : public UpkeepTest {
 protected:
  void SetUp() override {
    const auto store = open(path_);
    store->local_user();
    store->write(ann, chat(id_of(100))).value();
    BeginGeneration begin;
    begin.conversation_id = id_of(100);
    begin.question = said(id_of(1), id_of(100), "What is tea?");
    begin.answers = {{answer, "model"}};
    store->write(ann, begin).value();
    CheckpointAnswer step;
    step.id = answer;
    step.parts = {{1, R"([{"type":"text","text":")" + std::string(70'000, 'x')}};
    step.closing = R"("}])";
    ASSERT_TRUE(store->write(ann, step));
    FinishAnswer end;
    end.id = answer;
    end.content = content_;
    ASSERT_TRUE(store->write(ann, end));
  }
  std::vector<std::string> check(Mend mend = Mend::no) {
    auto place = mend == Mend::yes ? upkeep::claim_sqlite(path_, clock_).value()
                                   : upkeep::look_at_sqlite(path_).value();
    std::vector<std::string> rules;
    const auto tell = [&](const upkeep::Finding& finding) { rules.push_back(finding.rule); };
    upkeep::check_store(*place.connection, mend, clock_, tell, progress_).value();
    return rules;
  }
  std::string content(const std::string& path) {
    return find_message(*open(path), ann, answer).value().content;
  }
  std::int64_t parts() { return number(path_, "SELECT count(*) FROM answer_parts"); }

  const std::string content_ = text_block(std::string(70'000, 'x') + " camellia");
};

TEST_F(LongAnswersUpkeep, OneIsAsItShouldBe) {
  EXPECT_EQ(parts(), 2);
  EXPECT_THAT(check(), IsEmpty());
  EXPECT_THAT(check(Mend::yes), IsEmpty());
  EXPECT_EQ(Audit(path_).complaint(Audit::History::any), "");
  EXPECT_EQ(content(path_), content_);
}

TEST_F(LongAnswersUpkeep, OneIsCopiedWhole) {
  const std::string copy = folder_.file("copy.db");
  {
    auto from = upkeep::look_at_sqlite(path_).value();
    auto to = upkeep::claim_sqlite(copy, clock_).value();
    ASSERT_TRUE(upkeep::copy_store(from, to, progress_).value().is_equal());
  }
  EXPECT_EQ(content(copy), content_);
}

TEST_F(LongAnswersUpkeep, OneWithoutItsEndIsFoundAndKeepsItsWords) {
  run(path_, "DELETE FROM answer_parts WHERE part = 2");
  EXPECT_THAT(check(Mend::yes), ElementsAre("answer-part"));
  EXPECT_THAT(check(), ElementsAre("answer-part"));
  EXPECT_EQ(content(path_), text_block(std::string(70'000, 'x')));
}

TEST_F(LongAnswersUpkeep, WhatIsWrongInItsPartsIsKeptAsATextInItsRow) {
  run(path_, "UPDATE answer_parts SET text = 'no list ' || text WHERE part = 1");
  EXPECT_THAT(check(Mend::yes), ElementsAre("content"));
  EXPECT_THAT(check(), IsEmpty());
  EXPECT_EQ(parts(), 0);
  EXPECT_THAT(content(path_), HasSubstr(std::string(70'000, 'x')));
}

TEST_F(LongAnswersUpkeep, WithoutAnyPartItIsFound) {
  run(path_, "DELETE FROM answer_parts");
  EXPECT_THAT(check(Mend::yes), ElementsAre("content"));
  EXPECT_THAT(check(), IsEmpty());
}

TEST_F(LongAnswersUpkeep, PartsOfAnAnswerThatStandsInItsRowGo) {
  run(path_, "UPDATE messages SET content = '[]' WHERE content = ''");
  EXPECT_THAT(check(Mend::yes), ElementsAre("answer-part-owner"));
  EXPECT_THAT(check(), IsEmpty());
  EXPECT_EQ(parts(), 0);
}

}  // namespace
}  // namespace threadkeep::test
