// Models over real sockets, against a vendor in this process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "llm/fake_vendor.h"
#include "llm/hearing.h"

namespace threadkeep::llm {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

class OverTheWire : public testing::Test {
 protected:
  OverTheWire() : outbound_(http::Outbound::create()) {
    Vendor nobody = vendor_.row("nobody");
    nobody.label = "Nobody";
    nobody.base_url = "http://127.0.0.1:1/v1";  // nothing listens there
    Vendor entered = vendor_.row("entered");
    entered.source = Vendor::Source::person;
    models_ = make_models({vendor_.row("fake"), nobody, entered}, *outbound_);
  }

  std::unique_ptr<Call> start(std::string_view id, std::function<void(Event)> on_event) {
    Request request;
    request.turns = {{Role::user, R"([{"type":"text","text":"Hi"}])"}};
    return models_->start(UserId(), id, std::move(request), std::move(on_event));
  }

  Heard ask(std::string_view id) {
    Hearing hearing;
    const auto call = start(id, hearing.ear());
    EXPECT_TRUE(hearing.wait_for_end());
    Heard heard = hearing.heard();
    EXPECT_TRUE(heard.breaches.empty()) << heard.breaches.front();
    return heard;
  }

  FakeVendor vendor_;
  std::unique_ptr<http::Outbound> outbound_;
  std::unique_ptr<Models> models_;
};

TEST_F(OverTheWire, AnswersAreStreamed) {
  for (const char* id : {"fake/words", "fake/bytes"}) {
    const Heard heard = ask(id);
    EXPECT_EQ(heard.text, "Grüße, 世界") << heard.failed.value_or("");
    EXPECT_EQ(heard.finished, Finished::Reason::stop);
    ASSERT_TRUE(heard.usage);
    EXPECT_EQ(heard.usage->input_tokens, 5);
    EXPECT_EQ(heard.usage->output_tokens, 3);
  }
  EXPECT_EQ(vendor_.last_key(), "Bearer key-of-the-vendor");
  EXPECT_THAT(vendor_.last_body(), HasSubstr(R"("stream":true)"));
}

TEST_F(OverTheWire, WordsArriveWhileTheAnswerIsMade) {
  Hearing hearing;
  const auto call = start("fake/slow", hearing.ear());
  ASSERT_TRUE(hearing.wait_until([](const Heard& heard) { return heard.text == "one "; }));
  EXPECT_FALSE(hearing.heard().is_ended());
  ASSERT_TRUE(hearing.wait_for_end());
  EXPECT_EQ(hearing.heard().text, "one two three");
}

TEST_F(OverTheWire, ADocumentIsAnAnswerToo) { EXPECT_EQ(ask("fake/document").text, "At once"); }

TEST_F(OverTheWire, RefusalsAreSentences) {
  EXPECT_EQ(ask("fake/401").failed,
            "The vendor refused the API key (401). Check the key in the settings of this server.");
  EXPECT_EQ(ask("fake/404").failed,
            "The vendor does not know the model \"404\" or the address (404): No such model.");
  EXPECT_EQ(ask("fake/429").failed,
            "The vendor takes no more requests at the moment (429); try again in 7 s: Slow down.");
  EXPECT_EQ(ask("fake/500").failed, "The vendor has trouble of its own at the moment (500).");
  EXPECT_EQ(ask("fake/302").failed,
            "The vendor sent a redirect (302), which is not followed. Check the address in the "
            "settings of this server.");
  EXPECT_EQ(ask("entered/401").failed,
            "The vendor refused the API key (401). Check the key under Models and keys.");
  EXPECT_EQ(ask("entered/302").failed,
            "The vendor sent a redirect (302), which is not followed. Check the address under "
            "Models and keys.");
  EXPECT_EQ(ask("fake/empty").failed, "The vendor sent an empty answer.");
  EXPECT_EQ(ask("fake/500").failure->kind, Failure::Kind::overloaded);
  EXPECT_EQ(ask("fake/401").failure->kind, Failure::Kind::auth);
  EXPECT_EQ(ask("fake/429").failure->retry_after_s, 7);
}

TEST_F(OverTheWire, AConnectionThatBreaksIsAFailure) {
  const Heard heard = ask("fake/cut");
  EXPECT_EQ(heard.text, "Half an ans");
  EXPECT_THAT(*heard.failed, HasSubstr("The answer of The vendor broke off: "));
  EXPECT_EQ(heard.failure->kind, Failure::Kind::network);
}

TEST_F(OverTheWire, AStreamThatEndsEarlyIsAFailure) {
  const Heard heard = ask("fake/ends early");
  EXPECT_EQ(heard.text, "Half an ans");
  EXPECT_EQ(heard.failed, "The vendor broke off in the middle of its answer.");
}

TEST_F(OverTheWire, AVendorThatIsNotThereIsAFailure) {
  const Heard heard = ask("nobody/x");
  EXPECT_THAT(*heard.failed, HasSubstr("Nobody could not be reached: "));
  EXPECT_EQ(heard.failure->kind, Failure::Kind::network);
}

TEST_F(OverTheWire, ALineWithoutAnEndIsAFailure) {
  EXPECT_EQ(ask("fake/line without end").failed,
            "The vendor sent a piece of its answer that is too long.");
}

TEST_F(OverTheWire, DestroyingACallLeavesTheVendor) {
  Hearing hearing;
  auto call = start("fake/for ever", hearing.ear());
  ASSERT_TRUE(hearing.wait_until([](const Heard& heard) { return heard.text == "forever"; }));
  call.reset();
  EXPECT_TRUE(vendor_.was_left());
  EXPECT_FALSE(hearing.heard().is_ended());
}

TEST_F(OverTheWire, DestroyingACallBeforeTheFirstWordIsQuick) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) start("fake/silent", [](const Event&) { ADD_FAILURE(); }).reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(2'000));
}

TEST_F(OverTheWire, ACallMayEndItselfFromItsOwnEvent) {
  std::mutex mutex;
  std::unique_ptr<Call> call;
  std::atomic<int> heard = 0;
  {
    const std::lock_guard lock(mutex);
    call = start("fake/words", [&](const Event&) {
      ++heard;
      const std::lock_guard inner(mutex);
      call.reset();
    });
  }
  EXPECT_EQ(ask("fake/slow").text, "one two three");
  EXPECT_EQ(heard, 1);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(call, nullptr);
}

TEST_F(OverTheWire, NothingIsSaidAfterTheDestructor) {
  for (int round = 0; round < 30; ++round) {
    std::atomic<bool> is_gone = false;
    std::atomic<bool> spoke_too_late = false;
    auto call = start("fake/bytes", [&](const Event&) {
      if (is_gone) spoke_too_late = true;
    });
    std::this_thread::sleep_for(std::chrono::microseconds(round * 300));
    call.reset();
    is_gone = true;
    std::this_thread::yield();
    ASSERT_FALSE(spoke_too_late);
  }
}

TEST_F(OverTheWire, ManyAnswersRunSideBySide) {
  std::vector<std::unique_ptr<Hearing>> hearings;
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 20; ++i) {
    hearings.push_back(std::make_unique<Hearing>());
    calls.push_back(start("fake/slow", hearings.back()->ear()));
  }
  for (const auto& hearing : hearings) {
    ASSERT_TRUE(hearing->wait_for_end());
    EXPECT_EQ(hearing->heard().text, "one two three");
  }
}

TEST_F(OverTheWire, OnlyVendorsThatAnswerAreListed) {
  std::vector<std::string> ids;
  for (const ModelRow& row : models_->list(UserId()).models) ids.push_back(row.id);
  EXPECT_THAT(ids, ElementsAre("builtin", "fake/words", "entered/words"));
}

}  // namespace
}  // namespace threadkeep::llm
