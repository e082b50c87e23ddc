// Running answers: beginning them, retries, checkpoints, final states, what a crash left.
#include "store/contract.h"

namespace threadkeep::test {
namespace {

using testing::ElementsAre;

class Answers : public Contract {
 protected:
  BeginGeneration ask(std::uint64_t question, const std::vector<std::uint64_t>& answers,
                      const std::string& text = "What is tea?") {
    BeginGeneration begin;
    begin.conversation_id = tea;
    begin.question = said(id_of(question), tea, text);
    add(begin, answers);
    return begin;
  }
  BeginGeneration answer(const std::optional<std::uint64_t>& to,
                         const std::vector<std::uint64_t>& answers) {
    BeginGeneration begin;
    begin.conversation_id = tea;
    if (to) begin.answer_to = id_of(*to);
    add(begin, answers);
    return begin;
  }
  static void add(BeginGeneration& begin, const std::vector<std::uint64_t>& answers) {
    for (const std::uint64_t id : answers) {
      begin.answers.push_back({id_of(id), "model " + std::to_string(id)});
    }
  }
  BegunGeneration begin(const BeginGeneration& begin) { return store().write(ann, begin).value(); }
  Errc begin_error(const BeginGeneration& begin) { return error_of(store().write(ann, begin)); }
  static FinishAnswer end(std::uint64_t id, MessageStatus status, const std::string& text = "") {
    FinishAnswer end;
    end.id = id_of(id);
    end.status = status;
    end.content = text_block(text);
    return end;
  }
  FinishAndReserve turn_of(std::uint64_t id, std::uint64_t next) const {
    FinishAndReserve turn;
    turn.conversation_id = tea;
    turn.end = end(id, MessageStatus::complete, "words");
    turn.next.id = id_of(next);
    turn.next.model = "model " + std::to_string(next);
    return turn;
  }
  // A checkpoint whose parts make one text.
  static CheckpointAnswer step(std::uint64_t id, const std::vector<AnswerPart>& parts) {
    CheckpointAnswer step;
    step.id = id_of(id);
    step.parts = parts;
    step.closing = R"("}])";
    return step;
  }
  static AnswerPart first(const std::string& text) {
    return {1, R"([{"type":"text","text":")" + text};
  }
  AnswerProgress progress(std::uint64_t id, std::int64_t from_part) {
    return store()
        .read([&](const Reader& reader) {
          return reader.answers().progress(ann, id_of(id), from_part);
        })
        .value();
  }
  static std::vector<std::string> spelled(const std::vector<AnswerPart>& parts) {
    std::vector<std::string> all;
    for (const AnswerPart& part : parts) all.push_back(std::to_string(part.number) + part.text);
    return all;
  }
  static std::vector<std::uint64_t> ids_of(const std::vector<Message>& rows) {
    std::vector<std::uint64_t> ids;
    for (const Message& row : rows) ids.push_back(number_of(row.id));
    return ids;
  }
};
INSTANTIATE_FOR_ALL_STORES(Answers);

TEST_P(Answers, QuestionAndAnswersAreStoredTogether) {
  create(tea);
  clock_.advance(3);
  const BegunGeneration begun = begin(ask(1, {2, 3}));
  EXPECT_FALSE(begun.was_there);
  EXPECT_EQ(begun.question->content, text_block("What is tea?"));
  ASSERT_EQ(begun.answers.size(), 2U);
  const Message& first = begun.answers.front();
  EXPECT_EQ(first.status, MessageStatus::reserved);
  EXPECT_EQ(first.role, Role::assistant);
  EXPECT_EQ(first.content, "[]");
  EXPECT_EQ(first.model, "model 2");
  EXPECT_EQ(first.parent_id, id_of(1));
  EXPECT_EQ(first.created_at, clock_.now_ms());
  EXPECT_EQ(begun.answers.back().parent_id, id_of(1));
  EXPECT_EQ(begun.conversation.head_id, id_of(2));
  EXPECT_EQ(begun.conversation.model, "model 2");
  EXPECT_EQ(begun.conversation.message_count, 3);
  EXPECT_EQ(begun.conversation.title, "What is tea?");
  EXPECT_EQ(begun.conversation.updated_at, clock_.now_ms());
  EXPECT_EQ(begun.conversation.rev, 1);
  EXPECT_EQ(begun.conversation.seq, 5);
  EXPECT_EQ(show(find(tea)), show(begun.conversation));
  EXPECT_EQ(show(message(3)), show(begun.answers.back()));
  EXPECT_THAT(path(tea), ElementsAre(1, 2));
}

TEST_P(Answers, ARetryWithTheQuestionGivesTheFirstAnswers) {
  create(tea);
  begin(ask(1, {2, 3}));
  EXPECT_TRUE(store().write(ann, end(2, MessageStatus::complete, "A drink.")));
  const std::string before = show(find(tea));
  const BegunGeneration again = begin(ask(1, {8, 9}));
  EXPECT_TRUE(again.was_there);
  EXPECT_THAT(ids_of(again.answers), ElementsAre(2, 3));
  EXPECT_EQ(again.answers.front().status, MessageStatus::complete);
  EXPECT_EQ(again.question->id, id_of(1));
  EXPECT_EQ(show(again.conversation), before);
  EXPECT_EQ(show(find(tea)), before);
}

TEST_P(Answers, ARetryGivesNoMoreAnswersThanItAskedFor) {
  create(tea);
  begin(ask(1, {2, 3}));
  begin(answer(1, {4}));
  EXPECT_THAT(ids_of(begin(ask(1, {8})).answers), ElementsAre(2));
  EXPECT_THAT(ids_of(begin(ask(1, {7, 8, 9})).answers), ElementsAre(2, 3, 4));
}

TEST_P(Answers, ARetryWithTheAnswersIdsGivesThem) {
  create(tea);
  append_numbers(tea, 1, 1);
  begin(answer(1, {2, 3}));
  begin(answer(1, {4}));
  EXPECT_THAT(ids_of(begin(answer(1, {4})).answers), ElementsAre(4));
  const BegunGeneration again = begin(answer(1, {2, 3}));
  EXPECT_TRUE(again.was_there);
  EXPECT_FALSE(again.question);
  EXPECT_THAT(ids_of(again.answers), ElementsAre(2, 3));
  EXPECT_EQ(find(tea).message_count, 4);
}

TEST_P(Answers, AQuestionThatIsThereWithoutAnswersGetsThem) {
  create(tea);
  append(said(id_of(1), tea, "What is tea?"));
  append(said_under(id_of(1), id_of(5), tea, "A remark"));
  const BegunGeneration begun = begin(ask(1, {2}));
  EXPECT_FALSE(begun.was_there);
  EXPECT_EQ(begun.question->id, id_of(1));
  EXPECT_EQ(begun.answers.front().parent_id, id_of(1));
  EXPECT_THAT(path(tea), ElementsAre(1, 2));
  EXPECT_THAT(tree(tea), ElementsAre(1, 5, 2));
}

TEST_P(Answers, WithoutAQuestionAnswersAMessage) {
  create(tea);
  append_numbers(tea, 1, 3);
  const BegunGeneration again = begin(answer(1, {7}));
  EXPECT_EQ(again.answers.front().parent_id, id_of(1));
  EXPECT_FALSE(again.question);
  EXPECT_THAT(path(tea), ElementsAre(1, 7));
  begin(answer(2, {8}));
  EXPECT_THAT(path(tea), ElementsAre(1, 2, 8));
}

TEST_P(Answers, WithoutAMessageToAnswerAnswersTheHead) {
  create(tea);
  EXPECT_EQ(begin_error(answer(std::nullopt, {7})), Errc::parent_unknown);
  append_numbers(tea, 1, 2);
  begin(answer(std::nullopt, {7}));
  EXPECT_THAT(path(tea), ElementsAre(1, 2, 7));
}

TEST_P(Answers, TheQuestionGoesWhereItSays) {
  create(tea);
  append_numbers(tea, 1, 4);
  BeginGeneration edited = ask(6, {7});
  edited.question->place = id_of(2);
  begin(edited);
  EXPECT_THAT(path(tea), ElementsAre(1, 2, 6, 7));
  BeginGeneration anew = ask(8, {9});
  anew.question->place = AsRoot{};
  begin(anew);
  EXPECT_THAT(path(tea), ElementsAre(8, 9));
}

TEST_P(Answers, FailInOrderAndChangeNothing) {
  create_for(bob, bread);
  BeginGeneration foreign = ask(1, {2});
  foreign.conversation_id = bread;
  EXPECT_EQ(begin_error(foreign), Errc::not_found);
  EXPECT_EQ(begin_error(ask(1, {2})), Errc::not_found);
  create(tea);
  create(id_of(102));
  append(said(id_of(50), id_of(102), "elsewhere"));
  append(said(id_of(1), tea, "one"));
  const std::string before = show(find(tea));
  EXPECT_EQ(begin_error(ask(2, {})), Errc::invalid_field);
  EXPECT_EQ(begin_error(ask(2, {2})), Errc::id_conflict);
  EXPECT_EQ(begin_error(ask(2, {3, 3})), Errc::id_conflict);
  EXPECT_EQ(begin_error(ask(1, {3}, "other words")), Errc::id_conflict);
  EXPECT_EQ(begin_error(ask(50, {3}, "elsewhere")), Errc::id_conflict);
  EXPECT_EQ(begin_error(ask(2, {50})), Errc::id_conflict);
  EXPECT_EQ(begin_error(ask(2, {3, 1})), Errc::id_conflict);
  EXPECT_EQ(begin_error(answer(1, {1})), Errc::id_conflict);
  EXPECT_EQ(begin_error(answer(77, {3})), Errc::parent_unknown);
  EXPECT_EQ(begin_error(answer(50, {3})), Errc::parent_unknown);
  BeginGeneration lost = ask(2, {3});
  lost.question->place = id_of(77);
  EXPECT_EQ(begin_error(lost), Errc::parent_unknown);
  lost.question->place = id_of(50);
  EXPECT_EQ(begin_error(lost), Errc::parent_invalid);
  EXPECT_EQ(show(find(tea)), before);
  EXPECT_THAT(tree(tea), ElementsAre(1));
}

TEST_P(Answers, SomeKnownAndSomeNewAnswersAreAConflict) {
  create(tea);
  append_numbers(tea, 1, 1);
  begin(answer(1, {2}));
  EXPECT_EQ(begin_error(answer(1, {2, 3})), Errc::id_conflict);
  EXPECT_THAT(tree(tea), ElementsAre(1, 2));
}

TEST_P(Answers, BeyondTheLimitIsTooLarge) {
  StoreLimits limits;
  limits.messages_per_conversation_max = 2;
  open(limits);
  create(tea);
  EXPECT_EQ(begin_error(ask(1, {2, 3})), Errc::too_large);
  EXPECT_EQ(find(tea).message_count, 0);
  begin(ask(1, {2}));
}

TEST_P(Answers, CheckpointsAddToTheContent) {
  create(tea);
  begin(ask(1, {2}));
  const Conversation before = find(tea);
  clock_.advance(9);
  CheckpointAnswer quiet = step(2, {first("A dr")});
  quiet.announce = CheckpointAnswer::Announce::no;
  EXPECT_TRUE(store().write(ann, quiet));
  EXPECT_EQ(message(2).content, text_block("A dr"));
  EXPECT_EQ(message(2).status, MessageStatus::streaming);
  EXPECT_EQ(message(2).seq, 3);
  EXPECT_EQ(show(find(tea)), show(before));

  EXPECT_TRUE(store().write(ann, step(2, {first("A drink")})));
  EXPECT_EQ(message(2).content, text_block("A drink"));
  EXPECT_EQ(message(2).seq, before.seq + 1);
  CheckpointAnswer more = step(2, {{2, " of le"}});
  more.announce = CheckpointAnswer::Announce::no;
  EXPECT_TRUE(store().write(ann, more));
  EXPECT_TRUE(store().write(ann, step(2, {{2, " of leaves"}, {3, "."}})));
  EXPECT_EQ(message(2).content, text_block("A drink of leaves."));
  EXPECT_EQ(message(2).seq, before.seq + 2);
  EXPECT_EQ(show(find(tea)), show(before));
}

// What a page, the feed, a snapshot, a search and a comparison see is one content.
TEST_P(Answers, WhoeverReadsARunningAnswerSeesItWhole) {
  create(tea);
  begin(ask(1, {2}));
  EXPECT_TRUE(store().write(ann, step(2, {first("Dried "), {2, "leaves"}})));
  const std::string whole = text_block("Dried leaves");
  EXPECT_EQ(message(2).content, whole);
  EXPECT_EQ(path_page(store(), ann, tea, std::nullopt, std::nullopt, 10)
                .value()
                .messages.back()
                .message.content,
            whole);
  EXPECT_EQ(tree_page(store(), ann, tea, 1, 10).value().messages.back().message.content, whole);
  EXPECT_EQ(read_changes(store(), ann, std::nullopt, 100).value().messages.back().content, whole);
  EXPECT_EQ(snapshot_page(store(), ann, SnapshotOf::everything, std::nullopt, 100)
                .value()
                .messages.back()
                .content,
            whole);
  EXPECT_EQ(begin(ask(1, {2})).answers.front().content, whole);
  EXPECT_EQ(scan_words(store(), ann, "dried leaves", 5).value().size(), 1U);
  EXPECT_THAT(scan_words(store(), ann, "drink", 5).value(), testing::IsEmpty());
  // The same content again is the same message.
  NewMessage same = said(id_of(2), tea, "");
  same.role = Role::assistant;
  same.content = whole;
  EXPECT_TRUE(store().write(ann, same).value().was_there);
  same.content = text_block("Dried");
  EXPECT_EQ(error_of(store().write(ann, same)), Errc::id_conflict);
}

TEST_P(Answers, ProgressIsReadFromAPartOn) {
  create(tea);
  begin(ask(1, {2}));
  EXPECT_EQ(progress(2, 1).status, MessageStatus::reserved);
  EXPECT_THAT(progress(2, 1).parts, testing::IsEmpty());
  EXPECT_TRUE(store().write(ann, step(2, {first("A"), {2, "b"}, {3, "c"}})));
  EXPECT_EQ(progress(2, 1).status, MessageStatus::streaming);
  EXPECT_EQ(progress(2, 1).parts.size(), 3U);
  EXPECT_THAT(spelled(progress(2, 2).parts), ElementsAre("2b", "3c"));
  EXPECT_EQ(progress(2, 2).closing, R"("}])");
  EXPECT_THAT(progress(2, 4).parts, testing::IsEmpty());
  EXPECT_TRUE(store().write(ann, end(2, MessageStatus::complete, "Abc")));
  EXPECT_EQ(progress(2, 1).status, MessageStatus::complete);
  EXPECT_THAT(progress(2, 1).parts, testing::IsEmpty());
  const auto of_bob = store().read(
      [&](const Reader& reader) { return reader.answers().progress(bob, id_of(2), 1); });
  EXPECT_EQ(error_of(of_bob), Errc::not_found);
}

TEST_P(Answers, TheEndReplacesAllPartsAndMovesTheConversation) {
  create(tea);
  begin(ask(1, {2}));
  const Conversation before = find(tea);
  CheckpointAnswer quiet = step(2, {first("A dr"), {2, "ink of"}});
  quiet.announce = CheckpointAnswer::Announce::no;
  EXPECT_TRUE(store().write(ann, quiet));
  clock_.advance(9);
  FinishAnswer last = end(2, MessageStatus::error, "A dr");
  last.error = R"({"type":"upstream","detail":"gone"})";
  last.usage = R"({"inputTokens":3})";
  last.token_count = 2;
  EXPECT_TRUE(store().write(ann, last));
  const Message row = message(2);
  EXPECT_EQ(row.status, MessageStatus::error);
  EXPECT_EQ(row.content, text_block("A dr"));
  EXPECT_EQ(row.error, last.error);
  EXPECT_EQ(row.usage, last.usage);
  EXPECT_EQ(row.token_count, 2);
  EXPECT_EQ(row.metadata, "{}");
  EXPECT_EQ(row.parent_id, id_of(1));
  EXPECT_EQ(row.seq, before.seq + 1);
  EXPECT_EQ(find(tea).seq, before.seq + 2);
  EXPECT_EQ(find(tea).updated_at, clock_.now_ms());
  EXPECT_EQ(find(tea).rev, before.rev);
}

TEST_P(Answers, TheEndMayGiveMetadata) {
  create(tea);
  begin(ask(1, {2}));
  FinishAnswer last = end(2, MessageStatus::complete, "A dr");
  last.metadata = metadata_with_finish_reason("{}", FinishReason::length);
  EXPECT_TRUE(store().write(ann, last));
  EXPECT_EQ(finish_reason(message(2)), FinishReason::length);
}

TEST_P(Answers, TheFirstFinalStateStays) {
  const std::vector<MessageStatus> finals{MessageStatus::complete, MessageStatus::cancelled,
                                          MessageStatus::interrupted, MessageStatus::error};
  create(tea);
  std::uint64_t id = 10;
  for (const MessageStatus status : finals) {
    append(said(id_of(++id), tea, "question"));
    begin(answer(std::nullopt, {++id}));
    EXPECT_TRUE(store().write(ann, end(id, status, "first")));
    const std::string row = show(message(id));
    const std::string conversation = show(find(tea));
    for (const MessageStatus later : finals) {
      EXPECT_EQ(error_of(store().write(ann, end(id, later, "later"))), Errc::already_final);
    }
    EXPECT_EQ(error_of(store().write(ann, step(id, {first("late")}))), Errc::already_final);
    EXPECT_EQ(show(message(id)), row);
    EXPECT_EQ(show(find(tea)), conversation);
  }
}

TEST_P(Answers, AMessageThatIsNoRunningAnswerCannotBeSaved) {
  create(tea);
  append_numbers(tea, 1, 1);
  EXPECT_EQ(error_of(store().write(ann, end(1, MessageStatus::complete))), Errc::already_final);
  EXPECT_EQ(error_of(store().write(ann, end(9, MessageStatus::complete))), Errc::not_found);
  begin(answer(1, {2}));
  EXPECT_EQ(error_of(store().write(bob, end(2, MessageStatus::complete))), Errc::not_found);
  EXPECT_EQ(error_of(store().write(ann, step(1, {first("x")}))), Errc::already_final);
  EXPECT_EQ(error_of(store().write(ann, step(9, {first("x")}))), Errc::not_found);
  EXPECT_EQ(error_of(store().write(bob, step(2, {first("x")}))), Errc::not_found);
  EXPECT_EQ(message(2).content, "[]");
}

TEST_P(Answers, AreSavedInTheTrashToo) {
  create(tea);
  begin(ask(1, {2}));
  store().write(ann, DeleteConversation{tea, Erase::later}).value();
  EXPECT_TRUE(store().write(ann, end(2, MessageStatus::complete, "A drink.")));
  store().write(ann, RestoreConversation{tea}).value();
  EXPECT_EQ(message(2).content, text_block("A drink."));
}

TEST_P(Answers, MayEndAsTheNextOneIsReserved) {
  create(tea);
  begin(ask(1, {2}));
  const Conversation before = find(tea);
  clock_.advance(9);
  FinishAndReserve turn = turn_of(2, 3);
  turn.next.metadata = R"({"duet":{"turn":2}})";
  const Message next = store().write(ann, turn).value();
  EXPECT_EQ(show(message(3)), show(next));
  EXPECT_EQ(next.status, MessageStatus::reserved);
  EXPECT_EQ(next.parent_id, id_of(2));
  EXPECT_EQ(next.model, "model 3");
  EXPECT_EQ(next.metadata, turn.next.metadata);
  EXPECT_EQ(message(2).status, MessageStatus::complete);
  EXPECT_EQ(message(2).content, text_block("words"));
  const Conversation after = find(tea);
  EXPECT_EQ(after.head_id, id_of(3));
  EXPECT_EQ(after.model, "model 2");
  EXPECT_EQ(after.message_count, before.message_count + 1);
  EXPECT_EQ(after.updated_at, clock_.now_ms());
  EXPECT_EQ(after.rev, before.rev);
  EXPECT_GT(after.seq, next.seq);
  EXPECT_GT(next.seq, message(2).seq);
  // Again: the same answer, whatever has become of it.
  EXPECT_EQ(show(store().write(ann, turn).value()), show(next));
  EXPECT_TRUE(store().write(ann, end(3, MessageStatus::complete, "more")));
  EXPECT_EQ(show(store().write(ann, turn).value()), show(message(3)));
  EXPECT_EQ(find(tea).message_count, after.message_count);
}

TEST_P(Answers, TheNextOneLeavesTheHeadWhereThePersonHasGone) {
  create(tea);
  begin(ask(1, {2}));
  append(said_under(AsRoot{}, id_of(7), tea, "elsewhere"));
  EXPECT_TRUE(store().write(ann, turn_of(2, 3)));
  EXPECT_EQ(find(tea).head_id, id_of(7));
  EXPECT_EQ(message(3).parent_id, id_of(2));
}

TEST_P(Answers, WhereTheNextOneCannotBeReservedNothingEnds) {
  create(tea);
  create(bread);
  begin(ask(1, {2}));
  const auto error = [&](const FinishAndReserve& turn) {
    return error_of(store().write(ann, turn));
  };
  EXPECT_EQ(error(turn_of(9, 3)), Errc::not_found);
  EXPECT_EQ(error_of(store().write(bob, turn_of(2, 3))), Errc::not_found);
  FinishAndReserve elsewhere = turn_of(2, 3);
  elsewhere.conversation_id = bread;
  EXPECT_EQ(error(elsewhere), Errc::not_found);
  EXPECT_EQ(error(turn_of(2, 1)), Errc::id_conflict);
  EXPECT_EQ(error(turn_of(1, 3)), Errc::already_final);
  store().write(ann, DeleteConversation{tea, Erase::later}).value();
  EXPECT_EQ(error(turn_of(2, 3)), Errc::conversation_deleted);
  store().write(ann, RestoreConversation{tea}).value();
  EXPECT_EQ(message(2).status, MessageStatus::reserved);
  EXPECT_TRUE(store().write(ann, end(2, MessageStatus::cancelled)));
  EXPECT_EQ(error(turn_of(2, 3)), Errc::already_final);
}

TEST_P(Answers, WhatACrashLeftIsInterruptedWithItsText) {
  create(tea);
  create_for(bob, bread);
  begin(ask(1, {2, 3, 4}));
  BeginGeneration bobs;
  bobs.conversation_id = bread;
  bobs.question = said(id_of(1), bread, "Bob's");
  bobs.answers = {{id_of(2), "m"}};
  store().write(bob, bobs).value();
  EXPECT_TRUE(store().write(ann, step(3, {first("A "), {2, "dr"}})));
  EXPECT_TRUE(store().write(ann, end(4, MessageStatus::complete, "A drink.")));
  const Conversation before = find(tea);
  clock_.advance(9);
  EXPECT_EQ(interrupt_unfinished(store()).value(), 3);
  EXPECT_EQ(message(2).status, MessageStatus::interrupted);
  EXPECT_EQ(message(3).status, MessageStatus::interrupted);
  EXPECT_EQ(message(3).content, text_block("A dr"));
  EXPECT_EQ(message(4).status, MessageStatus::complete);
  EXPECT_EQ(message(2).seq, before.seq + 1);
  EXPECT_EQ(message(3).seq, before.seq + 2);
  EXPECT_EQ(show(find(tea)), show(before));
  EXPECT_EQ(find_message(store(), bob, id_of(2)).value().status, MessageStatus::interrupted);
  EXPECT_EQ(interrupt_unfinished(store()).value(), 0);
  EXPECT_THAT(progress(3, 1).parts, testing::IsEmpty());
}

TEST_P(Answers, WordsOfARunningAnswerAreErasedWithItsConversation) {
  create(tea);
  begin(ask(1, {2}));
  EXPECT_TRUE(store().write(ann, step(2, {first("secret")})));
  store().write(ann, DeleteConversation{tea, Erase::now}).value();
  EXPECT_EQ(error_of(store().write(ann, step(2, {first("late")}))), Errc::not_found);
  EXPECT_THAT(progress(2, 1).parts, testing::IsEmpty());
}

}  // namespace
}  // namespace threadkeep::test
