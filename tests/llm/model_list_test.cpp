#include "llm/model_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "llm/fake_outbound.h"
#include "llm/openai/model_rows.h"
#include "llm/openai_chat/openai_chat.h"

namespace threadkeep::llm {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

Vendor vendor(const char* name) {
  Vendor vendor;
  vendor.name = name;
  vendor.label = std::string("The ") + name;
  vendor.base_url = std::string("http://") + name + "/v1";
  vendor.api_key = std::string("key-of-") + name;
  return vendor;
}

std::string list_of(std::vector<std::string> ids) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().member("object", "list").key("data").begin_array();
  for (const std::string& id : ids)
    writer.begin_object().member("id", id).member("object", "model").end_object();
  writer.end_array().end_object();
  return body;
}

std::vector<std::string> ids_of(const std::vector<ModelRow>& rows) {
  std::vector<std::string> ids;
  for (const ModelRow& row : rows) ids.push_back(row.id);
  return ids;
}

TEST(ReadModelList, LeavesOutWhatIsNoChatModel) {
  const auto rows = read_model_list(vendor("openai"), list_of({"gpt-4o",
                                                               "text-embedding-3-small",
                                                               "whisper-1",
                                                               "tts-1-hd",
                                                               "gpt-4o-mini-tts",
                                                               "dall-e-3",
                                                               "omni-moderation-latest",
                                                               "gpt-image-1",
                                                               "gpt-4o-realtime-preview",
                                                               "gpt-4o-transcribe",
                                                               "davinci-002",
                                                               "babbage-002",
                                                               "gpt-3.5-turbo-instruct",
                                                               "sora-2",
                                                               "gpt-4o-audio-preview",
                                                               "nomic-embed-text:latest",
                                                               "o3",
                                                               "llama3.2:latest",
                                                               "qwen/qwen3-embedding-8b",
                                                               "chatgpt-4o-latest",
                                                               "gpt-3.5-turbo",
                                                               "speechless-7b"}));
  EXPECT_THAT(ids_of(*rows),
              ElementsAre("openai/chatgpt-4o-latest", "openai/gpt-3.5-turbo", "openai/gpt-4o",
                          "openai/llama3.2:latest", "openai/o3", "openai/speechless-7b"));
}

TEST(ReadModelList, BelievesVendorsThatSayIt) {
  const auto rows = read_model_list(
      vendor("v"),
      R"({"data":[{"id":"a","capabilities":{"completion_chat":false}},{"id":"b","capabilities":{"completion_chat":true}},
      {"id":"c","architecture":{"output_modalities":["image"]}},{"id":"d","architecture":{"output_modalities":["image","text"]}}]})");
  EXPECT_THAT(ids_of(*rows), ElementsAre("v/b", "v/d"));
}

TEST(ReadModelList, CleansWhatIsShown) {
  const auto rows = read_model_list(
      vendor("v"),
      R"({"data":[{"id":"x/y","name":"X:\nY","description":"One sentence. And another."},{"id":"z"},{"id":"z"},{"id":""},{"x":1},7]})");
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ(rows->at(0).id, "v/x/y");
  EXPECT_EQ(rows->at(0).name, "X: Y");
  EXPECT_EQ(rows->at(0).vendor, "The v");
  EXPECT_EQ(rows->at(0).description, "One sentence.");
  EXPECT_EQ(rows->at(1).name, "z");
}

TEST(ReadModelList, KnowsSinceWhenAModelIsThere) {
  const auto rows = read_model_list(
      vendor("v"),
      R"({"data":[{"id":"a","created":1700000000},{"id":"b"},{"id":"c","created":"x"}]})");
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_EQ(rows->at(0).created_at_s, 1'700'000'000);
  EXPECT_EQ(rows->at(1).created_at_s, 0);
  EXPECT_EQ(rows->at(2).created_at_s, 0);
}

TEST(ReadModelList, KnowsTheWindowByEachVendorsWordForIt) {
  const auto rows = read_model_list(
      vendor("v"),
      R"({"data":[{"id":"a","context_length":128000},{"id":"b","context_window":8192},)"
      R"({"id":"c","max_context_length":32768},{"id":"d","max_model_len":4096},)"
      R"({"id":"e","context_length":"many"},{"id":"f","context_length":-1},{"id":"g"}]})");
  ASSERT_EQ(rows->size(), 7U);
  std::vector<std::int64_t> windows;
  for (const ModelRow& row : *rows) windows.push_back(row.context_tokens.value_or(0));
  EXPECT_THAT(windows, ElementsAre(128'000, 8'192, 32'768, 4'096, 0, 0, 0));
}

TEST(ReadModelList, TakesABareListAndNothingElse) {
  EXPECT_EQ(read_model_list(vendor("v"), R"([{"id":"a"}])")->size(), 1U);
  EXPECT_FALSE(read_model_list(vendor("v"), "<html>"));
  EXPECT_FALSE(read_model_list(vendor("v"), R"({"error":{"message":"no"}})"));
  EXPECT_FALSE(read_model_list(vendor("v"), ""));
}

class ModelLists : public testing::Test {
 protected:
  void SetUp() override {
    outbound_.on_start = [this](FakeOutbound::Exchange& exchange) {
      const std::string& url = exchange.request.url;
      if (url == silent_url_) return;
      exchange.head(url == refusing_url_ ? 401 : 200);
      exchange.body(list_of({"m1"}));
      exchange.body("\n");
      const Error reset{Errc::upstream_failed, "reset"};
      exchange.done(url == breaking_url_ ? &reset : nullptr);
    };
  }

  std::vector<ModelList::Source> sources() {
    return {{vendors_[0], protocol_}, {vendors_[1], protocol_}};
  }

  std::string silent_url_;
  std::string refusing_url_;
  std::string breaking_url_;
  FakeOutbound outbound_;
  OpenAiChat protocol_{outbound_};
  const std::vector<Vendor> vendors_ = {vendor("a"), vendor("b")};
};

TEST_F(ModelLists, AreAskedOfAllVendors) {
  ModelList list(sources(), {});
  EXPECT_THAT(ids_of(list.catalogue().models), ElementsAre("a/m1", "b/m1"));
  ASSERT_EQ(outbound_.exchanges.size(), 2U);
  const FakeOutbound::Exchange& first = *outbound_.exchanges[0];
  EXPECT_EQ(first.request.url, "http://a/v1/models");
  EXPECT_EQ(first.request.method, http::Method::get);
  EXPECT_EQ(first.header("Authorization"), "Bearer key-of-a");
  EXPECT_EQ(outbound_.exchanges[1]->header("Authorization"), "Bearer key-of-b");
}

TEST_F(ModelLists, KeepTheWindowsForWhoAsksAModel) {
  outbound_.on_start = [](FakeOutbound::Exchange& exchange) {
    exchange.head(200);
    exchange.body(R"({"data":[{"id":"m1","context_length":1000},{"id":"m2"}]})");
    exchange.done(nullptr);
  };
  ModelList list(sources(), {});
  EXPECT_FALSE(list.context_tokens("a/m1"));  // nobody is asked for it
  EXPECT_TRUE(outbound_.exchanges.empty());
  list.catalogue();
  EXPECT_EQ(list.context_tokens("a/m1"), 1'000);
  EXPECT_FALSE(list.context_tokens("a/m2"));
}

TEST_F(ModelLists, TheWordOfTheOperatorGoesOverTheVendors) {
  outbound_.on_start = [](FakeOutbound::Exchange& exchange) {
    exchange.head(200);
    exchange.body(R"({"data":[{"id":"m1","context_length":1000},{"id":"m2"}]})");
    exchange.done(nullptr);
  };
  ModelListOptions options;
  options.windows = {{"a/m1", 700}, {"b/*", 800}};
  ModelList list(sources(), options);
  EXPECT_EQ(list.context_tokens("a/m1"), 700) << "before any list";
  std::vector<std::int64_t> windows;
  for (const ModelRow& row : list.catalogue().models)
    windows.push_back(row.context_tokens.value_or(0));
  EXPECT_THAT(windows, ElementsAre(700, 0, 800, 800));
}

TEST_F(ModelLists, AreKept) {
  ModelList list(sources(), {});
  list.catalogue();
  list.catalogue();
  EXPECT_EQ(outbound_.exchanges.size(), 2U);
}

TEST_F(ModelLists, AreAskedForAgain) {
  ModelListOptions options;
  options.kept = milliseconds(20);
  ModelList list(sources(), options);
  list.catalogue();
  std::this_thread::sleep_for(milliseconds(30));
  list.catalogue();
  EXPECT_EQ(outbound_.exchanges.size(), 4U);
}

TEST_F(ModelLists, LeaveOutWhoDoesNotAnswerInTime) {
  silent_url_ = "http://a/v1/models";
  ModelListOptions options;
  options.wait_max = milliseconds(50);
  options.silence_kept = milliseconds(200);
  ModelList list(sources(), options);
  const auto begin = std::chrono::steady_clock::now();
  const ModelCatalogue catalogue = list.catalogue();
  EXPECT_THAT(ids_of(catalogue.models), ElementsAre("b/m1"));
  EXPECT_EQ(catalogue.away.at(0).reason, "The a does not answer.");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(50));
  EXPECT_TRUE(outbound_.exchanges[0]->is_cancelled);
  // Not again at once, but soon.
  list.catalogue();
  EXPECT_EQ(outbound_.exchanges.size(), 2U);
  silent_url_.clear();
  std::this_thread::sleep_for(milliseconds(210));
  EXPECT_THAT(ids_of(list.catalogue().models), ElementsAre("a/m1", "b/m1"));
  EXPECT_EQ(outbound_.exchanges.size(), 3U);
}

TEST_F(ModelLists, SayWhyThereIsNoList) {
  refusing_url_ = "http://a/v1/models";
  breaking_url_ = "http://b/v1/models";
  ModelList list(sources(), {});
  const ModelCatalogue catalogue = list.catalogue();
  EXPECT_TRUE(catalogue.models.empty());
  ASSERT_EQ(catalogue.away.size(), 2U);
  EXPECT_EQ(catalogue.away[0].name, "a");
  EXPECT_EQ(catalogue.away[0].label, "The a");
  EXPECT_EQ(catalogue.away[0].reason,
            "The a refused the API key (401). Check the key in the settings of this server.");
  EXPECT_EQ(catalogue.away[1].reason, "The answer of The b broke off: reset.");
}

TEST_F(ModelLists, AskAnewOnlyThoseThatGaveNone) {
  refusing_url_ = "http://a/v1/models";
  ModelList list(sources(), {});
  list.catalogue();
  refusing_url_.clear();
  EXPECT_EQ(list.catalogue().away.size(), 1U) << "left alone for a while";
  EXPECT_EQ(outbound_.exchanges.size(), 2U);
  const ModelCatalogue again = list.catalogue(Models::Asking::anew);
  EXPECT_TRUE(again.away.empty());
  EXPECT_THAT(ids_of(again.models), ElementsAre("a/m1", "b/m1"));
  EXPECT_EQ(outbound_.exchanges.size(), 3U) << "the other one is not asked";
}

TEST_F(ModelLists, TellAnAddressThatIsNone) {
  outbound_.on_start = [](FakeOutbound::Exchange& exchange) {
    const bool is_first = exchange.request.url == "http://a/v1/models";
    exchange.head(is_first ? 404 : 200);
    exchange.body("<html>Welcome</html>");
    exchange.done(nullptr);
  };
  ModelList list(sources(), {});
  const ModelCatalogue catalogue = list.catalogue();
  EXPECT_EQ(catalogue.away.at(0).reason, "The a has no list of models at this address (404).");
  EXPECT_EQ(catalogue.away.at(1).reason,
            "The b answered with something that is no list of models. Check the address in the "
            "settings of this server.");
}

}  // namespace
}  // namespace threadkeep::llm
