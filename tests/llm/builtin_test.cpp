#include "llm/builtin/builtin_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/json.h"
#include "llm/builtin/dialogue.h"
#include "llm/builtin/reply.h"
#include "llm/builtin/words.h"
#include "llm/hearing.h"

namespace threadkeep::llm {
namespace {

using testing::HasSubstr;
using testing::Not;

Turn user(std::string_view text) {
  return {Role::user, "[{\"type\":\"text\",\"text\":" + json::quoted(text) + "}]"};
}
Turn assistant(std::string_view text) {
  return {Role::assistant, "[{\"type\":\"text\",\"text\":" + json::quoted(text) + "}]"};
}

Request request_of(std::vector<Turn> turns) {
  Request request;
  request.model = "builtin";
  request.turns = std::move(turns);
  request.tools = {Tool{"search_conversations", "Looks.", "{}"}};
  return request;
}

Heard ask(const Request& request) {
  PacedCalls calls;
  BuiltinModel model(calls, {});
  Hearing hearing;
  const auto call = model.start(builtin_vendor(), request, hearing.ear());
  EXPECT_TRUE(hearing.wait_for_end());
  Heard heard = hearing.heard();
  EXPECT_TRUE(heard.breaches.empty()) << heard.breaches.front();
  return heard;
}

std::string say(std::string_view text) { return ask(request_of({user(text)})).text; }

TEST(Builtin, SaysWhatItIs) {
  for (const char* text : {"Hello", "help", "Who are you?", "Why is the sky blue?"}) {
    EXPECT_THAT(say(text), HasSubstr("not an AI model")) << text;
    EXPECT_THAT(say(text), HasSubstr("`OPENAI_API_KEY`")) << text;
    EXPECT_THAT(say(text), HasSubstr("`OPENAI_BASE_URL`")) << text;
    EXPECT_THAT(say(text), HasSubstr("`OLLAMA_HOST`")) << text;
  }
}

TEST(Builtin, GreetsAndCountsWhatItDoesNotUnderstand) {
  EXPECT_EQ(say("hi there").substr(0, 6), "Hello!");
  EXPECT_THAT(say("This machine is a marvel of engineering, is it?"), Not(HasSubstr("Hello!")));
  EXPECT_THAT(say("Why is the sky blue?"), HasSubstr("Your message has 5 words, and more I do"));
  EXPECT_THAT(ask(request_of({{Role::user, R"([{"type":"image","name":"a.png"}])"}})).text,
              HasSubstr("0 words"));
}

TEST(Builtin, IsShorterTheSecondTime) {
  const Heard second = ask(request_of({user("Why?"), assistant("..."), user("And why not?")}));
  EXPECT_THAT(second.text, HasSubstr("not an AI"));
  EXPECT_THAT(second.text, Not(HasSubstr("OLLAMA_HOST")));
  const Heard help = ask(request_of({user("Why?"), assistant("..."), user("help")}));
  EXPECT_THAT(help.text, HasSubstr("OLLAMA_HOST"));
}

TEST(Builtin, CountsWords) {
  EXPECT_EQ(say("Count the words: the quick brown fox"), "That text has **4 words**.");
  EXPECT_EQ(say("count words: one"), "That text has **1 word**.");
  EXPECT_EQ(say("count words:\nnaïve  one.\nyes"), "That text has **3 words**.");
  EXPECT_EQ(say("How many words are here?"), "Your message has **5 words**.");
  EXPECT_THAT(
      ask(request_of({user("one two three"), assistant("!"), user("how many words was that?")}))
          .text,
      HasSubstr("before this one has **3 words**"));
}

TEST(Builtin, ShowsMarkdown) {
  const std::string all = say("Show me a markdown sample");
  for (const char* part : {"## ", "|---|", "```python", "\n2. ", "- [x] ", "\n\n> "})
    EXPECT_THAT(all, HasSubstr(part));
}

TEST(Builtin, WritesAsManyWordsAsAskedFor) {
  for (const std::size_t words : {1U, 10U, 299U, 300U, 2'500U}) {
    EXPECT_EQ(count_words(say("write " + std::to_string(words) + " words about nothing")), words);
  }
  EXPECT_EQ(count_words(say("Please write a 1,200-word essay")), 1'200U);
  EXPECT_EQ(count_words(say("Tell me a long story")), 2'000U);
  EXPECT_EQ(count_words(say("write 99999999999999999999 words")), 20'000U);
  EXPECT_NE(say("write 100 words"), say("write 100 words, please"));
  EXPECT_THAT(say("write 300 words"), HasSubstr("## Chapter 1"));
}

TEST(Builtin, SaysTheSameEveryTime) {
  EXPECT_EQ(say("Tell me a long story"), say("Tell me a long story"));
}

TEST(Builtin, CountsWordsAsTokens) {
  const Heard heard =
      ask(request_of({user("one two"), assistant("three"), user("write 50 words now")}));
  EXPECT_EQ(heard.usage->input_tokens, 7);
  EXPECT_EQ(heard.usage->output_tokens, 50);
  EXPECT_EQ(heard.finished, Finished::Reason::stop);
}

TEST(Builtin, SpeaksWordByWord) {
  PacedCalls calls;
  BuiltinModel model(calls, std::chrono::milliseconds(1));
  std::vector<std::string> pieces;
  Hearing hearing;
  const auto call = model.start(builtin_vendor(), request_of({user("write 40 words")}),
                                [&, ear = hearing.ear()](const Event& event) {
                                  if (const auto* text = std::get_if<TextDelta>(&event))
                                    pieces.push_back(text->text);
                                  ear(event);
                                });
  ASSERT_TRUE(hearing.wait_for_end());
  EXPECT_EQ(pieces.size(), 40U);
}

TEST(Builtin, GoesOnExactlyWhereItStopped) {
  for (const char* question : {"Tell me a long story", "Show me a markdown sample", "Hello"}) {
    const std::string whole = say(question);
    for (std::size_t cut = 0; cut <= whole.size(); cut += 1 + whole.size() / 50) {
      Request request = request_of({user(question), assistant(whole.substr(0, cut))});
      request.continues = true;
      ASSERT_EQ(ask(request).text, whole.substr(cut)) << question << " at " << cut;
    }
  }
}

TEST(Builtin, GoesOnAfterSeveralInterruptions) {
  const std::string whole = say("Tell me a long story");
  Request request = request_of({user("Tell me a long story"), assistant(whole.substr(0, 100)),
                                assistant(whole.substr(100, 50))});
  request.continues = true;
  const Heard heard = ask(request);
  EXPECT_EQ(heard.text, whole.substr(150));
  EXPECT_EQ(heard.usage->output_tokens, static_cast<std::int64_t>(count_words(whole.substr(150))));
}

TEST(Builtin, NamesItsInstructionsAndGoesOnAfterThem) {
  const Turn system{Role::system, R"([{"type":"text","text":"  Be brief.\nAlways."}])"};
  const std::string whole = ask(request_of({system, user("write 30 words")})).text;
  EXPECT_EQ(whole.substr(0, 12), "> Be brief.\n");
  EXPECT_THAT(whole, Not(HasSubstr("Always")));
  EXPECT_THAT(whole, HasSubstr(say("write 30 words").substr(20, 40)));
  Request request = request_of({system, user("write 30 words"), assistant(whole.substr(0, 30))});
  request.continues = true;
  EXPECT_EQ(ask(request).text, whole.substr(30));
}

TEST(Builtin, NamesEachOfItsInstructions) {
  const auto system = [](const std::string& words) {
    return Turn{Role::system, R"([{"type":"text","text":")" + words + "\"}]"};
  };
  const std::string of_two =
      ask(request_of({system("Of the folder.\\nMore."), system("Of this one."), user("hello")}))
          .text;
  EXPECT_THAT(of_two, testing::StartsWith("> Of the folder.\n>\n> Of this one.\n\n*That is what"));
  std::vector<Turn> many(9, system("Again."));
  many.push_back(user("hello"));
  EXPECT_THAT(ask(request_of(many)).text, HasSubstr("> Again.\n>\n> …\n\n*That"));
}

TEST(Builtin, IsCutByItsLengthAndGoesOnAfterIt) {
  Request request = request_of({user("write 50 words")});
  request.settings.output_tokens_max = 20;
  const Heard cut = ask(request);
  EXPECT_EQ(count_words(cut.text), 20U);
  EXPECT_EQ(cut.finished, Finished::Reason::length);
  EXPECT_EQ(cut.usage->output_tokens, 20);
  request.turns.push_back(assistant(cut.text));
  request.continues = true;
  request.settings.output_tokens_max = 30;
  const Heard rest = ask(request);
  EXPECT_EQ(cut.text + rest.text, say("write 50 words"));
  EXPECT_EQ(rest.finished, Finished::Reason::stop);
}

TEST(Builtin, SaysThatItCannotGoOnForAnother) {
  Request request = request_of({user("Why?"), assistant("Because of the")});
  request.continues = true;
  EXPECT_THAT(ask(request).text, HasSubstr("Another model began this answer."));
}

struct Wish {
  const char* message;
  const char* query;
};

TEST(SearchWish, IsUnderstood) {
  for (const Wish& wish : std::vector<Wish>{
           {"What did I say about tomatoes?", "tomatoes"},
           {"what did i say about \"green tomatoes\" in my past conversations?", "green tomatoes"},
           {"Search my conversations for the holiday in Rome!", "the holiday in Rome"},
           {"search: pasta", "pasta"},
           {"Please find messages about Kafka in my chats", "Kafka"},
           {"Find marmalade in my conversations", "marmalade"},
           {"Tell me about tomatoes", ""},
           {"find", ""},
           {"search ", ""},
           {"search ???", ""},
           {"Finding a good title is hard", ""},
           {"find the bug in this code:\nint main() {}", ""},
           {"", ""},
       }) {
    EXPECT_EQ(search_wish(wish.message), wish.query) << wish.message;
  }
}

TEST(Builtin, CallsTheSearch) {
  const Heard heard = ask(request_of({user("What did I say about \"tomatoes\"?")}));
  ASSERT_EQ(heard.tools.size(), 1U);
  EXPECT_EQ(heard.tools[0].name, "search_conversations");
  EXPECT_EQ(heard.tools[0].input, R"({"query":"tomatoes"})");
  EXPECT_TRUE(heard.tools[0].is_ended);
  EXPECT_EQ(heard.blocks, "tc");
  EXPECT_EQ(heard.finished, Finished::Reason::tool_use);
}

TEST(Builtin, DoesNotCallWhatItIsNotOffered) {
  Request request = request_of({user("search tomatoes")});
  request.tools.clear();
  const Heard heard = ask(request);
  EXPECT_TRUE(heard.tools.empty());
  EXPECT_EQ(heard.finished, Finished::Reason::stop);
}

// The answer after the tool has run: the path with its result at the end.
Request with_result(std::string_view result, std::string_view more = "",
                    std::string_view is_error = "") {
  return request_of(
      {user("search tomatoes"),
       {Role::assistant,
        R"([{"type":"text","text":"I look."},{"type":"tool_use","id":"a","name":"search_conversations","input":{"query":"tomatoes"}},
      {"type":"tool_result","toolUseId":"a","content":)" +
            std::string(result) + std::string(is_error) + "}" + std::string(more) + "]"}});
}

constexpr std::string_view two_hits =
    R"({"query":"tomatoes","hits":[{"conversationId":"x","conversationTitle":"The *garden*","role":"user","snippet":"my tomatoes\n are green"},)"
    R"({"conversationTitle":"Soup","role":"assistant","snippet":"Take six tomatoes"},{"conversationTitle":"Soup","role":"user","snippet":"tomatoes?"}]})";

TEST(Builtin, WordsTheResultOfTheSearch) {
  const Heard heard = ask(with_result(two_hits));
  EXPECT_EQ(heard.text,
            "I found 3 messages in your conversations:\n"
            "\n- **The \\*garden\\***: my tomatoes  are green"
            "\n- **Soup**: Take six tomatoes"
            "\n- **Soup**: tomatoes?");
  EXPECT_TRUE(heard.tools.empty());
  EXPECT_EQ(heard.finished, Finished::Reason::stop);
}

TEST(Builtin, WordsEveryOtherResultToo) {
  EXPECT_THAT(ask(with_result(R"({"query":"tomatoes","hits":[]})")).text,
              HasSubstr("I found nothing about that"));
  EXPECT_EQ(ask(with_result("\"The index is being built.\"", "", ",\"isError\":true")).text,
            "The search did not work: The index is being built.");
  EXPECT_EQ(ask(with_result("\"nothing much\"")).text, "The search says: nothing much");
}

TEST(Builtin, GoesOnAfterATool) {
  const std::string whole = ask(with_result(two_hits)).text;
  Request request = with_result(
      two_hits, ",{\"type\":\"text\",\"text\":" + json::quoted(whole.substr(0, 30)) + "}");
  request.continues = true;
  EXPECT_EQ(ask(request).text, whole.substr(30));
}

TEST(Builtin, ForgetsAnOlderResult) {
  Request request = with_result(two_hits);
  request.turns.push_back(user("write 20 words"));
  EXPECT_EQ(count_words(ask(request).text), 20U);
}

TEST(Builtin, SurvivesContentThatIsNone) {
  EXPECT_FALSE(ask(request_of({})).text.empty());
  EXPECT_FALSE(ask(request_of({{Role::user, "no json"},
                               {Role::assistant, "{}"},
                               {Role::tool, "[1,{\"type\":\"tool_result\"}]"}}))
                   .text.empty());
}

TEST(Words, AreCountedOfAnyText) {
  EXPECT_EQ(count_words(""), 0U);
  EXPECT_EQ(count_words(" one\ttwo\n\nthree "), 3U);
  EXPECT_EQ(count_words("\xFF \x80"), 2U);
}

TEST(Words, KeepEverythingWhenSplit) {
  for (const std::string_view text : {"", " ", " a", "a ", "a  b\n\nc", "a"}) {
    std::string joined;
    for (const std::string_view piece : split_keeping_space(text)) joined += piece;
    EXPECT_EQ(joined, text);
  }
  EXPECT_EQ(split_keeping_space("a  b c").size(), 3U);
}

}  // namespace
}  // namespace threadkeep::llm
