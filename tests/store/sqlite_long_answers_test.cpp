// Where SQLite keeps the content of long answers, and that nothing of it is left when it is erased.
#include "store/sqlite_fixture.h"

namespace threadkeep::test {
namespace {

using sqlite::SqliteConnection;

class SqliteLongAnswers : public Sqlite {
 protected:
  // An answer of so many bytes whose checkpoints have come as far as its last word.
  static void answer(Store& store, std::size_t bytes) {
    ASSERT_TRUE(store.write(user, chat(tea)));
    BeginGeneration begin;
    begin.conversation_id = tea;
    begin.question = said(id_of(1), tea, "What is tea?");
    begin.answers = {{id_of(2), "model"}};
    ASSERT_TRUE(store.write(user, begin));
    CheckpointAnswer step;
    step.id = id_of(2);
    step.parts = {{1, R"([{"type":"text","text":")" + std::string(bytes, 'x')}};
    step.closing = R"("}])";
    ASSERT_TRUE(store.write(user, step));
    FinishAnswer end;
    end.id = id_of(2);
    end.content = content(bytes);
    ASSERT_TRUE(store.write(user, end));
  }
  static std::string content(std::size_t bytes) {
    return text_block(std::string(bytes, 'x') + " camellia");
  }
  std::int64_t parts() {
    return number(*connect(SqliteConnection::Use::reading), "SELECT count(*) FROM answer_parts");
  }
};

TEST_F(SqliteLongAnswers, OneStaysInItsPartsAcrossARestart) {
  answer(*open(), std::size_t{64} << 10);
  EXPECT_EQ(parts(), 2);
  EXPECT_EQ(find_message(*open(), user, id_of(2)).value().content, content(std::size_t{64} << 10));
}

TEST_F(SqliteLongAnswers, AShorterOneGoesIntoItsRow) {
  answer(*open(), std::size_t{63} << 10);
  EXPECT_EQ(parts(), 0);
}

TEST_F(SqliteLongAnswers, OneThatNamesFilesGoesIntoItsRowWhereTheyAreLookedFor) {
  const auto store = open();
  answer(*store, 10);
  BeginGeneration begin;
  begin.conversation_id = tea;
  begin.answer_to = id_of(2);
  begin.answers = {{id_of(3), "model"}};
  ASSERT_TRUE(store->write(user, begin));
  CheckpointAnswer step;
  step.id = id_of(3);
  step.parts = {{1, R"([{"type":"image","attachmentId":")" + std::string(64, 'a') +
                        R"("},{"type":"text","text":")" + std::string(70'000, 'x')}};
  step.closing = R"("}])";
  ASSERT_TRUE(store->write(user, step));
  FinishAnswer end;
  end.id = id_of(3);
  end.content = step.parts.front().text + step.closing;
  ASSERT_TRUE(store->write(user, end));
  EXPECT_EQ(parts(), 0);
}

TEST_F(SqliteLongAnswers, ErasedWithItsConversationNothingIsLeft) {
  const auto store = open();
  answer(*store, std::size_t{64} << 10);
  ASSERT_TRUE(store->write(user, DeleteConversation{tea, Erase::now}));
  EXPECT_EQ(parts(), 0);
}

TEST_F(SqliteLongAnswers, ErasedAloneNothingIsLeft) {
  const auto store = open();
  answer(*store, std::size_t{64} << 10);
  const ChosenMessages chosen = std::vector<MessageId>{id_of(2)};
  ASSERT_TRUE(store->write(user, DeleteMessages{tea, chosen, Erase::now, std::nullopt}));
  EXPECT_EQ(parts(), 0);
}

}  // namespace
}  // namespace threadkeep::test
