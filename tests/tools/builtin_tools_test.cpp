// The tools that read the store and the clock.
#include <gtest/gtest.h>

#include "domain/content.h"
#include "json/json.h"
#include "store/memory/memory_store.h"
#include "tools/current_time.h"
#include "tools/read_conversation.h"
#include "tools/registry.h"

namespace threadkeep::tools {
namespace {

class BuiltinTools : public ::testing::Test {
 protected:
  BuiltinTools()
      : ids_(system_clock()),
        store_(make_memory_store(system_clock(), ids_)),
        user_(store_->local_user()) {
    registry_.add(read_conversation(*store_));
    registry_.add(current_time(system_clock()));
    NewConversation tea;
    tea.id = conversation_;
    tea.title = "Tea";
    EXPECT_TRUE(store_->write(user_, tea));
  }
  void say(const std::string& text) {
    NewMessage message;
    message.id = ids_.next();
    message.conversation_id = conversation_;
    message.content = text_content(text);
    ASSERT_TRUE(store_->write(user_, message));
  }
  ToolResult run(const std::string& name, const std::string& input, const UserId& user) {
    const auto parsed = json::Document::parse(input, json::Mode::strict).value();
    return registry_.find(name)->run(user, parsed.root(), {});
  }
  ToolResult read(const std::string& more = "") {
    return run("read_conversation",
               R"({"conversationId":")" + conversation_.text() + "\"" + more + "}", user_);
  }

  UlidMaker ids_;
  std::unique_ptr<Store> store_;
  UserId user_;
  ConversationId conversation_ = Ulid::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV").value();
  Registry registry_;
};

TEST_F(BuiltinTools, AConversationIsReadPageByPage) {
  for (int i = 1; i <= 5; ++i) say("message " + std::to_string(i));
  std::string all;
  std::string more = R"(,"limit":2)";
  for (int pages = 0; pages < 3; ++pages) {
    const auto page = json::Document::parse(read(more).content, json::Mode::strict).value();
    EXPECT_EQ(page.root()["title"].string(), "Tea");
    std::string texts;
    for (const json::Value message : page.root()["messages"].items())
      texts += std::string(message["text"].string()) + ";";
    all = texts + all;
    const auto older = page.root()["older"].integer();
    EXPECT_EQ(older.has_value(), pages < 2);
    if (older) more = R"(,"limit":2,"from":)" + std::to_string(*older);
  }
  EXPECT_EQ(all, "message 1;message 2;message 3;message 4;message 5;");
}

TEST_F(BuiltinTools, ALongConversationIsGivenInPieces) {
  for (int i = 0; i < 8; ++i) say(std::string(15'000, 'a'));
  const auto page = json::Document::parse(read().content, json::Mode::strict).value();
  EXPECT_EQ(page.root()["messages"].size(), 4U);
  EXPECT_TRUE(page.root()["older"].integer());
}

TEST_F(BuiltinTools, NothingElseIsRead) {
  say("A drink.");
  EXPECT_FALSE(read().is_error);
  EXPECT_TRUE(run("read_conversation", R"({"conversationId":"01ARZ3NDEKTSV4RRFFQ69G5FAW"})", user_)
                  .is_error);
  EXPECT_TRUE(run("read_conversation", R"({"conversationId":"tea"})", user_).is_error);
  EXPECT_TRUE(run("read_conversation", R"({})", user_).is_error);
  EXPECT_TRUE(read(R"(,"limit":51)").is_error);
  EXPECT_TRUE(read(R"(,"from":99)").is_error);
  const UserId other = ids_.next();
  EXPECT_EQ(run("read_conversation", R"({"conversationId":")" + conversation_.text() + "\"}", other)
                .content,
            run("read_conversation", R"({"conversationId":"01ARZ3NDEKTSV4RRFFQ69G5FAW"})", user_)
                .content);
  store_->write(user_, DeleteConversation{conversation_, Erase::later}).value();
  EXPECT_TRUE(read().is_error);
}

TEST_F(BuiltinTools, TheTimeIsTold) {
  const auto told =
      json::Document::parse(run("current_time", "{}", user_).content, json::Mode::strict).value();
  EXPECT_NEAR(static_cast<double>(*told.root()["unixMs"].integer()),
              static_cast<double>(system_clock().now_ms()), 5'000);
  EXPECT_EQ(told.root()["utc"].string().size(), 20U);
  EXPECT_TRUE(run("current_time", R"({"zone":"x"})", user_).is_error);
}

}  // namespace
}  // namespace threadkeep::tools
