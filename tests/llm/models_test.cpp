// Models over an outbound client without a network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "llm/fake_outbound.h"
#include "llm/hearing.h"
#include "llm/models.h"

namespace threadkeep::llm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view hello = "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\n";
constexpr std::string_view world = "data: {\"choices\":[{\"delta\":{\"content\":\" world\"}}]}\n\n";
constexpr std::string_view done =
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

class ConfiguredModels : public testing::Test {
 protected:
  ConfiguredModels() {
    Vendor one;
    one.name = "one";
    one.label = "One";
    one.base_url = "https://one.example/v1";
    one.api_key = "key-of-one";
    Vendor two;
    two.name = "two";
    two.label = "Two";
    two.base_url = "http://127.0.0.1:11434/v1";
    Vendor openai;
    openai.name = "openai";
    openai.label = "OpenAI";
    openai.protocol = ProtocolId::openai;
    openai.base_url = "https://api.openai.com/v1";
    ModelsOptions options;
    options.builtin_word_pause = {};
    models_ = make_models({one, two, openai}, outbound_, options);
  }

  std::unique_ptr<Call> start(std::string_view id, std::function<void(Event)> on_event) {
    Request request;
    request.turns = {{Role::user, R"([{"type":"text","text":"Hi"}])"}};
    return models_->start(UserId(), id, std::move(request), std::move(on_event));
  }
  FakeOutbound::Exchange& exchange() { return *outbound_.exchanges.back(); }

  FakeOutbound outbound_;
  std::unique_ptr<Models> models_;
};

TEST_F(ConfiguredModels, AreKnownByTheirVendor) {
  for (const char* id : {"builtin", "one/gpt", "one/meta/llama:latest", "two/x"})
    EXPECT_TRUE(models_->knows(UserId(), id)) << id;
  for (const char* id :
       {"", "one", "one/", "/gpt", "three/gpt", "Builtin", "builtin/x", "ONE/gpt", " one/gpt"})
    EXPECT_FALSE(models_->knows(UserId(), id)) << id;
}

TEST_F(ConfiguredModels, ListTheBuiltInOneFirst) {
  outbound_.on_start = [](FakeOutbound::Exchange& exchange) {
    exchange.head(200);
    exchange.body(R"({"data":[{"id":"m"}]})");
    exchange.done();
  };
  std::vector<std::string> ids;
  for (const ModelRow& row : models_->list(UserId()).models) ids.push_back(row.id);
  EXPECT_THAT(ids, ElementsAre("builtin", "one/m", "two/m", "openai/m"));
}

TEST_F(ConfiguredModels, OfOpenAiAreAskedInTheProtocolThatIsRightForThem) {
  const auto asked_at = [&](std::string_view id) {
    const auto call = start(id, [](const Event&) {});
    return exchange().request.url.substr(std::string_view("https://api.openai.com/v1").size());
  };
  for (const char* id : {"openai/gpt-5", "openai/gpt-5.4-mini", "openai/o1", "openai/o3-pro",
                         "openai/o4-mini-2025-04-16", "openai/codex-mini-latest"})
    EXPECT_EQ(asked_at(id), "/responses") << id;
  for (const char* id : {"openai/gpt-4o", "openai/gpt-4.1-nano", "openai/gpt-5-chat-latest",
                         "openai/gpt-3.5-turbo", "openai/gpt-oss-20b", "openai/omni", "openai/x"})
    EXPECT_EQ(asked_at(id), "/chat/completions") << id;
}

TEST_F(ConfiguredModels, TellWhatTheyTakeAsTheProtocolThatAsksThem) {
  EXPECT_EQ(models_->takes(UserId(), "one/gpt").documents, Takes::Documents::none);
  EXPECT_EQ(models_->takes(UserId(), "one/gpt").pictures, Takes::Pictures::all);
  EXPECT_EQ(models_->takes(UserId(), "openai/gpt-4o").documents, Takes::Documents::pdf);
  EXPECT_EQ(models_->takes(UserId(), "openai/o3").documents, Takes::Documents::pdf);
  EXPECT_EQ(models_->takes(UserId(), "builtin").texts, Takes::Texts::none);
  EXPECT_EQ(models_->takes(UserId(), "three/gpt").pictures, Takes::Pictures::none);
}

TEST_F(ConfiguredModels, AskTheVendor) {
  Hearing hearing;
  const auto call = start("one/meta/llama", hearing.ear());
  EXPECT_EQ(exchange().request.method, http::Method::post);
  EXPECT_EQ(exchange().request.url, "https://one.example/v1/chat/completions");
  EXPECT_EQ(exchange().header("Authorization"), "Bearer key-of-one");
  EXPECT_EQ(exchange().header("Accept"), "text/event-stream");
  EXPECT_EQ(exchange().header("Content-Type"), "application/json");
  EXPECT_THAT(exchange().request.body, HasSubstr(R"("model":"meta/llama")"));
  EXPECT_THAT(exchange().request.body, HasSubstr(R"({"role":"user","content":"Hi"})"));
  exchange().head(200);
  exchange().body(hello);
  EXPECT_EQ(hearing.heard().text, "Hello");
  exchange().body(world);
  exchange().body(done);
  exchange().done();
  EXPECT_EQ(hearing.heard().text, "Hello world");
  EXPECT_EQ(hearing.heard().finished, Finished::Reason::stop);
  EXPECT_TRUE(hearing.heard().breaches.empty());
}

TEST_F(ConfiguredModels, SendNoKeyWhereNoneIsSet) {
  const auto call = start("two/x", [](const Event&) {});
  EXPECT_EQ(exchange().header("Authorization"), "");
}

TEST_F(ConfiguredModels, TellARefusalWithoutTheKey) {
  Hearing hearing;
  const auto call = start("one/gpt", hearing.ear());
  exchange().head(400, {});
  exchange().body(R"({"error":{"message":"key-of-one is odd"}})");
  exchange().done();
  EXPECT_EQ(hearing.heard().failed, "One did not accept the request (400): [key] is odd.");
}

TEST_F(ConfiguredModels, CancelTheRequestWithTheCall) {
  Hearing hearing;
  auto call = start("one/gpt", hearing.ear());
  exchange().head(200);
  exchange().body(hello);
  EXPECT_FALSE(exchange().is_cancelled);
  call.reset();
  EXPECT_TRUE(exchange().is_cancelled);
  EXPECT_FALSE(hearing.heard().is_ended());
}

// One piece of the network holds several events; the first ends the call.
TEST_F(ConfiguredModels, AreSilentWhenTheCallEndsFromItsOwnEvent) {
  std::unique_ptr<Call> call;
  int heard = 0;
  call = start("one/gpt", [&](const Event&) {
    ++heard;
    call.reset();
  });
  exchange().head(200);
  exchange().body(std::string(hello) + std::string(world) + std::string(done));
  EXPECT_EQ(heard, 1);
  EXPECT_TRUE(exchange().is_cancelled);
}

TEST_F(ConfiguredModels, MakeToolIdsUpThatDiffer) {
  const auto ask = [&] {
    Hearing hearing;
    const auto call = start("one/gpt", hearing.ear());
    exchange().head(200);
    exchange().body(
        "data: "
        "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"function\":{\"name\":\"f\"}}]},\"finish_"
        "reason\":\"tool_calls\"}]}\n\n");
    exchange().done();
    return hearing.heard().tools.at(0).id;
  };
  EXPECT_NE(ask(), ask());
}

TEST_F(ConfiguredModels, FailOnceForAnUnknownId) {
  for (const char* id : {"three/gpt", "nothing", ""}) {
    Hearing hearing;
    const auto call = start(id, hearing.ear());
    ASSERT_TRUE(hearing.wait_for_end());
    EXPECT_THAT(*hearing.heard().failed, HasSubstr("No model with that name"));
    EXPECT_EQ(hearing.heard().failure->kind, Failure::Kind::unknown_model);
    EXPECT_TRUE(outbound_.exchanges.empty());
  }
}

TEST_F(ConfiguredModels, HaveTheBuiltInOne) {
  Hearing hearing;
  const auto call = start("builtin", hearing.ear());
  ASSERT_TRUE(hearing.wait_for_end());
  EXPECT_THAT(hearing.heard().text, HasSubstr("built-in model"));
  EXPECT_TRUE(outbound_.exchanges.empty());
}

// What a listener is told: "t:words" and so on.
std::vector<std::string> spelled(const std::vector<Event>& events) {
  std::vector<std::string> all;
  for (const Event& event : events) {
    if (const auto* words = std::get_if<TextDelta>(&event)) all.push_back("t:" + words->text);
    if (const auto* words = std::get_if<ReasoningDelta>(&event)) all.push_back("r:" + words->text);
    if (const auto* words = std::get_if<ToolInputDelta>(&event)) all.push_back("i:" + words->json);
    if (std::holds_alternative<Finished>(event)) all.emplace_back("end");
  }
  return all;
}

TEST_F(ConfiguredModels, OnePieceOfTheNetworkIsOnePieceOfText) {
  std::vector<Event> events;
  const auto call = start("one/gpt", [&](Event event) { events.push_back(std::move(event)); });
  exchange().head(200);
  std::string letters;
  for (int i = 0; i < 50; ++i)
    letters += "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n";
  const std::string thought = "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"y\"}}]}\n\n";
  exchange().body(thought + thought + letters);
  EXPECT_THAT(spelled(events), ElementsAre("r:yy", "t:" + std::string(50, 'x')))
      << "and told at once, not with the next piece";
  exchange().body(letters);
  exchange().body(done);
  EXPECT_THAT(spelled(events),
              ElementsAre("r:yy", "t:" + std::string(50, 'x'), "t:" + std::string(50, 'x'), "end"));
}

TEST_F(ConfiguredModels, NothingIsToldOfAPieceAfterTheCallWasEnded) {
  std::vector<Event> events;
  std::unique_ptr<Call> call;
  call = start("one/gpt", [&](Event event) {
    events.push_back(std::move(event));
    call.reset();
  });
  exchange().head(200);
  exchange().body("data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"y\"}}]}\n\n" +
                  std::string(hello) + std::string(world));
  EXPECT_THAT(spelled(events), ElementsAre("r:y"));
}

class EnteredModels : public testing::Test {
 protected:
  EnteredModels() {
    Vendor configured = vendor("one", "https://one.example/v1");
    configured.source = Vendor::Source::environment;
    ModelsOptions options;
    options.builtin_word_pause = {};
    models_ = make_models(
        {{configured},
         [this](const UserId& user) { return user == ann_ ? entered_ : VendorSources::Entered(); }},
        {configured_outbound_, entered_outbound_}, options);
    for (FakeOutbound* outbound : {&configured_outbound_, &entered_outbound_}) {
      outbound->on_start = [](FakeOutbound::Exchange& exchange) {
        exchange.head(200);
        exchange.body(R"({"data":[{"id":"m","context_length":9000}]})");
        exchange.done();
      };
    }
  }

  static Vendor vendor(const char* name, const char* base_url) {
    Vendor vendor;
    vendor.name = name;
    vendor.label = name;
    vendor.base_url = base_url;
    vendor.api_key = std::string("key-of-") + name;
    vendor.source = Vendor::Source::person;
    return vendor;
  }
  void enter(std::vector<Vendor> vendors) {
    entered_ = std::make_shared<const std::vector<Vendor>>(std::move(vendors));
  }
  std::vector<std::string> ids(const UserId& user) {
    std::vector<std::string> ids;
    for (const ModelRow& row : models_->list(user).models) ids.push_back(row.id);
    return ids;
  }

  static UserId user_of(const char* text) { return Ulid::parse(text).value(); }
  const UserId ann_ = user_of("00000000000000000000000001");
  const UserId bob_ = user_of("00000000000000000000000002");
  VendorSources::Entered entered_;
  FakeOutbound configured_outbound_;
  FakeOutbound entered_outbound_;
  std::unique_ptr<Models> models_;
};

TEST_F(EnteredModels, AreThoseOfTheirUserAtOnce) {
  EXPECT_THAT(ids(ann_), ElementsAre("builtin", "one/m"));
  enter({vendor("mine", "https://mine.example/v1")});
  EXPECT_THAT(ids(ann_), ElementsAre("builtin", "one/m", "mine/m"));
  EXPECT_EQ(models_->context_tokens(ann_, "mine/m"), 9'000);
  EXPECT_EQ(configured_outbound_.exchanges.size(), 1U) << "who was the same is not asked again";
  EXPECT_THAT(ids(bob_), ElementsAre("builtin", "one/m"));
  EXPECT_FALSE(models_->knows(bob_, "mine/m"));
  enter({});
  EXPECT_FALSE(models_->knows(ann_, "mine/m"));
  EXPECT_THAT(ids(ann_), ElementsAre("builtin", "one/m"));
}

TEST_F(EnteredModels, AreAskedOverCheckedConnectionsUnlessTheAddressIsTheVendorsOwn) {
  enter(
      {vendor("mine", "http://127.0.0.1:5/v1"), vendor("groq", "https://api.groq.com/openai/v1")});
  (void)ids(ann_);
  ASSERT_EQ(entered_outbound_.exchanges.size(), 1U);
  EXPECT_EQ(entered_outbound_.exchanges[0]->request.url, "http://127.0.0.1:5/v1/models");
  ASSERT_EQ(configured_outbound_.exchanges.size(), 2U);
  EXPECT_EQ(configured_outbound_.exchanges[1]->header("Authorization"), "Bearer key-of-groq");
}

TEST_F(EnteredModels, GoOnWithWhatTheyBeganWith) {
  enter({vendor("mine", "https://mine.example/v1")});
  entered_outbound_.on_start = nullptr;
  Hearing hearing;
  const auto call = models_->start(ann_, "mine/m", {}, hearing.ear());
  enter({vendor("mine", "https://other.example/v1")});
  EXPECT_TRUE(models_->knows(ann_, "mine/m"));
  FakeOutbound::Exchange& exchange = *entered_outbound_.exchanges.back();
  EXPECT_EQ(exchange.header("Authorization"), "Bearer key-of-mine");
  exchange.head(200);
  exchange.body(hello);
  exchange.body(done);
  exchange.done();
  EXPECT_EQ(hearing.heard().text, "Hello");
}

TEST_F(EnteredModels, ThatCannotBeAskedSayWhyAndAskNobody) {
  Vendor lost = vendor("mine", "https://mine.example/v1");
  lost.obstacle = "Enter the key again.";
  enter({lost});
  const ModelCatalogue all = models_->list(ann_);
  ASSERT_EQ(all.away.size(), 1U);
  EXPECT_EQ(all.away[0].reason, "Enter the key again.");
  Hearing hearing;
  const auto call = models_->start(ann_, "mine/m", {}, hearing.ear());
  ASSERT_TRUE(hearing.wait_for_end());
  EXPECT_EQ(hearing.heard().failed, "Enter the key again.");
  EXPECT_TRUE(entered_outbound_.exchanges.empty());
}

}  // namespace
}  // namespace threadkeep::llm
