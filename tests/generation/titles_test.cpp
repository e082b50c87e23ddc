// Titles that models make, over a MemoryStore.
#include "generation/titles.h"

#include <gtest/gtest.h>

#include "domain/content.h"
#include "generation/generations_fixture.h"

namespace threadkeep {
namespace {

using test::becomes_true;
using test::ScriptedModels;

class TitlesTest : public testing::Test {
 protected:
  TitlesTest() { user_ = store_->local_user(); }

  // A conversation with a question, and with an answer unless that is empty.
  ConversationId conversation(const std::string& question, const std::string& answer,
                              std::optional<std::string> model = "vendor/m") {
    const ConversationId id = ids_.next();
    NewConversation created;
    created.id = id;
    created.model = std::move(model);
    EXPECT_TRUE(store_->write(user_, created));
    add(id, Role::user, question);
    if (!answer.empty()) add(id, Role::assistant, answer);
    return id;
  }
  void add(const ConversationId& id, Role role, const std::string& text) {
    NewMessage message;
    message.id = ids_.next();
    message.conversation_id = id;
    message.role = role;
    message.content = text_content(text);
    ASSERT_TRUE(store_->write(user_, message));
  }
  Conversation row(const ConversationId& id) {
    return store_
        ->read([&](const Reader& reader) { return reader.conversations().find(user_, id); })
        .value();
  }
  void rename(const ConversationId& id, const std::string& title) {
    EditConversation edit{id, {}};
    edit.patch.title = title;
    ASSERT_TRUE(store_->write(user_, edit));
  }
  // Waits for the question to the model, and answers it.
  void answer(std::size_t call, const std::string& title) {
    ASSERT_TRUE(becomes_true([&] { return models_.count() > call; }));
    models_.say_text(call, title);
    models_.finish(call);
  }
  std::future<Result<Titles::Made>> begin(Titles& titles, const ConversationId& id) {
    const auto made = std::make_shared<std::promise<Result<Titles::Made>>>();
    titles.make(user_, id,
                [made](Result<Titles::Made> result) { made->set_value(std::move(result)); });
    return made->get_future();
  }
  std::future<Result<Titles::Made>> begin(const ConversationId& id) { return begin(titles_, id); }
  Result<Titles::Made> make(const ConversationId& id) { return begin(id).get(); }
  Titles::Refusal refusal(const ConversationId& id) { return make(id).value().refusal.value(); }

  UlidMaker ids_{system_clock()};
  std::unique_ptr<Store> store_ = make_memory_store(system_clock(), ids_);
  UserId user_;
  ScriptedModels models_;
  std::mutex mutex_;
  std::vector<std::string> told_;
  Titles titles_{*store_, models_, [this](const UserId&, const TitleChanged& changed) {
                   const std::lock_guard lock(mutex_);
                   told_.push_back(changed.title);
                 }};
};

TEST_F(TitlesTest, ComeInTheBackground) {
  const ConversationId id = conversation("Wie lange zieht Tee?", "Drei Minuten.");
  EXPECT_EQ(row(id).title_source, TitleSource::excerpt);
  const Conversation before = row(id);
  titles_.consider(user_, id);
  titles_.consider(user_, id);
  answer(0, "\"Wie lange Tee ziehen soll.\"");
  ASSERT_TRUE(becomes_true([&] { return row(id).title_source == TitleSource::model; }));
  EXPECT_EQ(row(id).title, "Wie lange Tee ziehen soll");
  EXPECT_GT(row(id).seq, before.seq) << "devices hear of it";
  EXPECT_EQ(row(id).updated_at, before.updated_at) << "it stays where it is in the list";
  EXPECT_TRUE(becomes_true([&] {
    const std::lock_guard lock(mutex_);
    return told_ == std::vector<std::string>{"Wie lange Tee ziehen soll"};
  }));
  const llm::Request request = models_.request(0);
  ASSERT_EQ(request.turns.size(), 2U);
  EXPECT_EQ(request.turns[0].role, Role::system);
  EXPECT_NE(request.turns[1].content.find("Wie lange zieht Tee?"), std::string::npos);
  EXPECT_NE(request.turns[1].content.find("Drei Minuten."), std::string::npos);
  EXPECT_TRUE(request.tools.empty());
  // Once named it is left alone.
  titles_.consider(user_, id);
  EXPECT_FALSE(becomes_true([&] { return models_.count() > 1; }));
}

TEST_F(TitlesTest, NeverGoOverWhatAPersonWrote) {
  const ConversationId id = conversation("Tea?", "Yes.");
  titles_.consider(user_, id);
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 1; }));
  rename(id, "Mine");
  answer(0, "Drinking tea in the morning");
  EXPECT_TRUE(becomes_true([&] { return models_.live_count() == 0; }));
  EXPECT_EQ(refusal(id), Titles::Refusal::by_person);
  EXPECT_EQ(row(id).title, "Mine");
  EXPECT_EQ(row(id).title_source, TitleSource::user);
  EXPECT_TRUE(told_.empty());
  EXPECT_EQ(models_.count(), 1U) << "nobody is asked for nothing";
}

TEST_F(TitlesTest, ATitleThatItWasMadeWithIsAPersons) {
  NewConversation created;
  created.id = ids_.next();
  created.title = "Given";
  created.model = "vendor/m";
  ASSERT_TRUE(store_->write(user_, created));
  add(created.id, Role::user, "A?");
  add(created.id, Role::assistant, "B.");
  titles_.consider(user_, created.id);
  EXPECT_EQ(refusal(created.id), Titles::Refusal::by_person);
  EXPECT_EQ(models_.count(), 0U);
}

TEST_F(TitlesTest, AreMadeAgainWhenAsked) {
  const ConversationId id = conversation("Tea?", "Yes.");
  auto first = begin(id);
  answer(0, "First");
  EXPECT_EQ(first.get().value().conversation.title, "First");
  auto second = begin(id);
  answer(1, "Second");
  EXPECT_EQ(second.get().value().conversation.title, "Second");
  auto nonsense = begin(id);
  answer(2, std::string(300, 'x'));
  EXPECT_EQ(nonsense.get().value().refusal, Titles::Refusal::no_title);
  EXPECT_EQ(row(id).title, "Second");
  auto endless = begin(id);
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 4; }));
  for (int i = 0; i < 100; ++i) models_.say_text(3, std::string(100, 'y'));
  EXPECT_EQ(endless.get().value().refusal, Titles::Refusal::no_title);
  // A person takes it and gives it back.
  rename(id, "Mine");
  rename(id, "");
  auto again = begin(id);
  answer(4, "Third");
  EXPECT_EQ(again.get().value().conversation.title, "Third");
}

// A device that was offline had named it before the model did.
TEST_F(TitlesTest, GiveWayToANameThatComesLate) {
  const ConversationId id = conversation("Tea?", "Yes.");
  const UnixMs long_ago = system_clock().now_ms() - 60'000;
  titles_.consider(user_, id);
  answer(0, "Drinking tea");
  ASSERT_TRUE(becomes_true([&] { return row(id).title_source == TitleSource::model; }));
  EditConversation edit{id, {}};
  edit.patch.title = "Mine";
  edit.patch.edited_at = long_ago;
  ASSERT_TRUE(store_->write(user_, edit));
  EXPECT_EQ(row(id).title, "Mine");
  EXPECT_EQ(row(id).title_source, TitleSource::user);
}

TEST_F(TitlesTest, SayWhyThereIsNone) {
  EXPECT_EQ(refusal(conversation("Tea?", "")), Titles::Refusal::no_words);
  EXPECT_EQ(refusal(conversation("Tea?", "Yes.", std::nullopt)), Titles::Refusal::no_model);
  EXPECT_EQ(refusal(conversation("Tea?", "Yes.", "builtin")), Titles::Refusal::no_model);
  EXPECT_EQ(make(ids_.next()).error().code, Errc::not_found);
  const ConversationId gone = conversation("Tea?", "Yes.");
  ASSERT_TRUE(store_->write(user_, DeleteConversation{gone}));
  EXPECT_EQ(make(gone).error().code, Errc::conversation_deleted);
  EXPECT_EQ(models_.count(), 0U);

  const ConversationId id = conversation("Tea?", "Yes.");
  auto failed = begin(id);
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 1; }));
  llm::Failure failure;
  failure.sentence = "The vendor refused the API key (401).";
  models_.say(0, llm::Failed{failure});
  const auto result = failed.get();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::upstream_failed);
  EXPECT_EQ(result.error().detail, failure.sentence);
}

TEST_F(TitlesTest, LeaveALongConversationAlone) {
  const ConversationId id = conversation("Tea?", "Yes.");
  for (int i = 0; i < 4; ++i) {
    add(id, Role::user, "More?");
    add(id, Role::assistant, "More.");
  }
  titles_.consider(user_, id);
  EXPECT_FALSE(becomes_true([&] { return models_.count() > 0; }));
}

TEST_F(TitlesTest, EndWithTheServer) {
  const ConversationId id = conversation("Tea?", "Yes.");
  titles_.consider(user_, id);
  auto waiting = begin(id);
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 2; }));
  titles_.stop();
  EXPECT_EQ(waiting.get().error().code, Errc::cancelled);
  EXPECT_EQ(models_.live_count(), 0U);
  titles_.consider(user_, id);
  EXPECT_EQ(make(id).error().code, Errc::cancelled);
  EXPECT_EQ(row(id).title_source, TitleSource::excerpt);
}

// A vendor that does not answer holds up no more than its own.
TEST_F(TitlesTest, SeveralAreThoughtOfAtOnce) {
  const ConversationId slow = conversation("Tea?", "Yes.");
  const ConversationId quick = conversation("Bread?", "No.");
  auto first = begin(slow);
  ASSERT_TRUE(becomes_true([&] { return models_.count() == 1; }));
  auto second = begin(quick);
  answer(1, "Bread");
  EXPECT_EQ(second.get().value().conversation.title, "Bread");
  answer(0, "Tea");
  EXPECT_EQ(first.get().value().conversation.title, "Tea");
}

// An answer may be stored when all that was told of it has been taken down.
TEST_F(TitlesTest, AreNotWantedAnyMoreWhenTheyAreGone) {
  const ConversationId id = conversation("Tea?", "Yes.");
  std::function<void()> late;
  {
    Titles gone(*store_, models_, [](const UserId&, const TitleChanged&) {});
    late = gone.considering(user_, id);
  }
  late();
  EXPECT_EQ(models_.count(), 0U);
  titles_.considering(user_, id)();
  EXPECT_TRUE(becomes_true([&] { return models_.count() == 1; }));
}

TEST_F(TitlesTest, DoNotWaitForEver) {
  TitleLimits limits;
  limits.wait_max = std::chrono::milliseconds(20);
  Titles impatient(
      *store_, models_, [](const UserId&, const TitleChanged&) {}, limits);
  EXPECT_EQ(begin(impatient, conversation("Tea?", "Yes.")).get().error().code,
            Errc::upstream_failed);
  EXPECT_EQ(models_.live_count(), 0U);
}

}  // namespace
}  // namespace threadkeep
