#include "gmock/gmock.h"
#include "support.h"

namespace threadkeep {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string content_of(std::string_view role, std::string_view content,
                       std::string_view more = "") {
  return blocks_of(message_json(role, content, more));
}

TEST(ChatgptContent, EachTextPartIsABlockAndBlankOnesAreLeftOut) {
  EXPECT_EQ(content_of("user", R"({"content_type":"text","parts":["one",""," \n","two"]})"),
            R"([{"type":"text","text":"one"},{"type":"text","text":"two"}])");
}

TEST(ChatgptContent, AMessageThatSaysNothingIsLeftOut) {
  for (const char* content :
       {R"({"content_type":"text","parts":[""]})", R"({"content_type":"text","parts":[]})",
        R"({"content_type":"text"})", R"({"content_type":"thoughts","thoughts":[]})", "null", "{}",
        R"({"content_type":"code","language":"unknown","text":""})",
        R"({"content_type":"tether_browsing_display","result":"","summary":""})"}) {
    EXPECT_EQ(content_of("assistant", content), "(nothing)") << content;
  }
}

TEST(ChatgptContent, ContentWithoutTypeIsTextAndSoIsABareString) {
  EXPECT_EQ(content_of("user", R"({"parts":["hello"]})"), R"([{"type":"text","text":"hello"}])");
  EXPECT_EQ(content_of("user", R"("hello")"), R"([{"type":"text","text":"hello"}])");
  EXPECT_EQ(content_of("user", R"({"content_type":"text","text":"hello"})"),
            R"([{"type":"text","text":"hello"}])");
}

TEST(ChatgptContent, PicturesAndSoundStayAsTheyCameAmongTheWords) {
  EXPECT_EQ(
      content_of(
          "user",
          R"({"content_type":"multimodal_text","parts":["look",)"
          R"({"content_type":"image_asset_pointer","asset_pointer":"file-service://f1","width":8},)"
          R"({"content_type":"audio_transcription","text":"spoken","direction":"in"},)"
          R"({"content_type":"audio_asset_pointer","asset_pointer":"sediment://a1"},"end"]})"),
      R"([{"type":"text","text":"look"},)"
      R"({"type":"chatgpt/image_asset_pointer","content":{"content_type":"image_asset_pointer","asset_pointer":"file-service://f1","width":8}},)"
      R"({"type":"text","text":"spoken"},)"
      R"({"type":"chatgpt/audio_asset_pointer","content":{"content_type":"audio_asset_pointer","asset_pointer":"sediment://a1"}},)"
      R"({"type":"text","text":"end"}])");
}

TEST(ChatgptContent, AnUploadGivesItsPictureItsNameAndOtherUploadsAreKept) {
  EXPECT_EQ(
      content_of(
          "user",
          R"({"content_type":"multimodal_text","parts":[)"
          R"({"content_type":"image_asset_pointer","asset_pointer":"file-service://file-A"}]})",
          R"("metadata":{"attachments":[{"id":"file-A","name":"cat.png"},{"id":"file-B","name":"notes.txt"}]})"),
      R"([{"type":"chatgpt/image_asset_pointer","name":"cat.png","content":{"content_type":"image_asset_pointer","asset_pointer":"file-service://file-A"}},)"
      R"({"type":"chatgpt/attachment","name":"notes.txt","content":{"id":"file-B","name":"notes.txt"}}])");
}

TEST(ChatgptContent, ALiveVoicePartTakesItsNameFromTheSoundInside) {
  EXPECT_THAT(
      content_of(
          "user",
          R"({"content_type":"multimodal_text","parts":[{"content_type":"real_time_user_audio_video_asset_pointer",)"
          R"("frames_asset_pointers":[],"audio_asset_pointer":{"asset_pointer":"sediment://file-V"}}]})",
          R"("metadata":{"attachments":[{"id":"file-V","name":"voice.wav"}]})"),
      HasSubstr(R"("type":"chatgpt/real_time_user_audio_video_asset_pointer","name":"voice.wav")"));
}

TEST(ChatgptContent, UnknownTypesStayAsTheyCame) {
  EXPECT_EQ(
      content_of("assistant", R"({"content_type":"hologram","text":"x","n":[1,2.50,null]})"),
      R"([{"type":"chatgpt/hologram","content":{"content_type":"hologram","text":"x","n":[1,2.50,null]}}])");
  EXPECT_EQ(content_of("user", R"({"content_type":"multimodal_text","parts":[7,{"a":1}]})"),
            R"([{"type":"chatgpt/part","content":7},{"type":"chatgpt/part","content":{"a":1}}])");
  EXPECT_EQ(content_of("user", "17"), R"([{"type":"chatgpt/part","content":17}])");
}

TEST(ChatgptContent, AKnownTypeOfAnotherShapeStaysAsItCame) {
  EXPECT_EQ(content_of("assistant", R"({"content_type":"code","text":{"a":1}})"),
            R"([{"type":"chatgpt/code","content":{"content_type":"code","text":{"a":1}}}])");
  EXPECT_EQ(content_of("assistant", R"({"content_type":"text","parts":{"a":1}})"),
            R"([{"type":"chatgpt/text","content":{"content_type":"text","parts":{"a":1}}}])");
}

TEST(ChatgptContent, CodeForPeopleIsFencedSoThatItCannotCloseTheFence) {
  EXPECT_EQ(content_of("assistant", R"({"content_type":"code","language":"python","text":"x = 1"})",
                       R"("recipient":"all")"),
            R"([{"type":"text","text":"```python\nx = 1\n```"}])");
  EXPECT_EQ(content_of("assistant",
                       R"({"content_type":"code","language":"unknown","text":"a\n````\nb\n"})"),
            R"([{"type":"text","text":"`````\na\n````\nb\n`````"}])");
  EXPECT_EQ(content_of("assistant", R"({"content_type":"code","language":"x\ny","text":"a"})"),
            R"([{"type":"text","text":"```\na\n```"}])");
}

TEST(ChatgptContent, WhatIsAddressedToAToolIsAToolCall) {
  EXPECT_THAT(
      content_of("assistant", R"({"content_type":"code","language":"python","text":"x = 1"})",
                 R"("recipient":"python")"),
      HasSubstr(R"("name":"python","input":{"language":"python","code":"x = 1"}})"));
  EXPECT_THAT(
      content_of("assistant", R"({"content_type":"text","parts":["{\"query\": \"a\\u0000\"}"]})",
                 R"("recipient":"browser.search")"),
      HasSubstr("\"name\":\"browser.search\",\"input\":{\"query\":\"a\xEF\xBF\xBD\"}}"));
  EXPECT_THAT(
      content_of("assistant", R"({"content_type":"text","parts":["The person likes tea."]})",
                 R"("recipient":"bio")"),
      HasSubstr(R"("name":"bio","input":{"text":"The person likes tea."}})"));
  EXPECT_THAT(content_of("assistant", R"({"content_type":"text","parts":["{broken"]})",
                         R"("recipient":"bio")"),
              HasSubstr(R"("input":{"text":"{broken"}})"));
  EXPECT_EQ(
      content_of("user", R"({"content_type":"text","parts":["hello"]})", R"("recipient":"python")"),
      R"([{"type":"text","text":"hello"}])");
}

// What a tool said to a call, as content; "CALL" stands for the id of the call.
std::string answer_to_a_call(std::string_view tool_content) {
  const SourceConversation converted = convert_text(
      conversation_json("c", {{"call", "",
                               message_json("assistant", R"({"content_type":"code","text":"look"})",
                                            R"("recipient":"browser")")},
                              {"answer", "call", message_json("tool", tool_content)}}));
  EXPECT_EQ(converted.merge.messages.size(), 2U);
  const std::string call_id = converted.merge.messages[0].id.text();
  EXPECT_THAT(converted.merge.messages[0].content, HasSubstr(R"("id":")" + call_id));
  std::string content = converted.merge.messages.back().content;
  const std::size_t at = content.find(call_id);
  return at == std::string::npos ? content : content.replace(at, call_id.size(), "CALL");
}

TEST(ChatgptContent, WhatAToolSaysIsTheResultOfTheCallAboveIt) {
  EXPECT_EQ(answer_to_a_call(R"({"content_type":"execution_output","text":"42"})"),
            R"([{"type":"tool_result","toolUseId":"CALL","content":"42"}])");
  EXPECT_EQ(answer_to_a_call(R"({"content_type":"system_error","name":"E","text":"no"})"),
            R"([{"type":"tool_result","toolUseId":"CALL","content":"E\nno","isError":true}])");
  EXPECT_EQ(answer_to_a_call(R"({"content_type":"tether_quote","url":"https://a.example/",)"
                             R"("title":"A","text":"words"})"),
            R"([{"type":"tool_result","toolUseId":"CALL","content":"words"},)"
            R"({"type":"source","url":"https://a.example/","title":"A"}])");
  EXPECT_EQ(answer_to_a_call(
                R"({"content_type":"tether_browsing_display","result":" ","summary":"sum"})"),
            R"([{"type":"tool_result","toolUseId":"CALL","content":"sum"}])");
  EXPECT_EQ(answer_to_a_call(R"({"content_type":"multimodal_text","parts":[)"
                             R"({"content_type":"image_asset_pointer"},"made it"]})"),
            R"([{"type":"tool_result","toolUseId":"CALL","content":"made it"},)"
            R"({"type":"chatgpt/image_asset_pointer",)"
            R"("content":{"content_type":"image_asset_pointer"}}])");
}

TEST(ChatgptContent, WhatAToolSaysWithoutACallIsText) {
  EXPECT_EQ(content_of("tool", R"({"content_type":"text","parts":["hi"]})"),
            R"([{"type":"text","text":"hi"}])");
  EXPECT_EQ(content_of("tool", R"({"content_type":"execution_output","text":"42"})"),
            R"([{"type":"text","text":"```\n42\n```"}])");
  EXPECT_EQ(
      content_of("tool",
                 R"({"content_type":"tether_quote","url":"file-1","title":"a.pdf","text":"w"})"),
      R"([{"type":"text","text":"a.pdf"},{"type":"text","text":"w"}])");
}

TEST(ChatgptContent, ThoughtsAndRecapsAreReasoning) {
  EXPECT_EQ(
      content_of("assistant",
                 R"({"content_type":"thoughts","thoughts":[{"summary":"Plan","content":"first"},)"
                 R"({"summary":"","content":"","chunks":["sec","ond"]},{"summary":"Only"},{}]})"),
      R"([{"type":"reasoning","text":"**Plan**\n\nfirst"},{"type":"reasoning","text":"second"},)"
      R"({"type":"reasoning","text":"**Only**"}])");
  EXPECT_EQ(content_of("assistant", R"({"content_type":"thoughts","parts":["old shape"]})"),
            R"([{"type":"reasoning","text":"old shape"}])");
  EXPECT_EQ(
      content_of("assistant", R"({"content_type":"reasoning_recap","content":"Thought for 5s"})"),
      R"([{"type":"reasoning","text":"Thought for 5s"}])");
}

TEST(ChatgptContent, ShownInstructionsAreTheSystems) {
  const SourceConversation converted = convert_text(conversation_json(
      "c",
      {{"m", "",
        message_json(
            "user",
            R"({"content_type":"user_editable_context","user_profile":"SRE","user_instructions":"Short."})")}}));
  ASSERT_EQ(converted.merge.messages.size(), 1U);
  EXPECT_EQ(converted.merge.messages[0].role, Role::system);
  EXPECT_EQ(converted.merge.messages[0].content,
            R"([{"type":"text","text":"SRE"},{"type":"text","text":"Short."}])");
  EXPECT_EQ(
      content_of("assistant",
                 R"({"content_type":"model_editable_context","model_set_context":"likes tea"})"),
      R"([{"type":"text","text":"likes tea"}])");
}

TEST(ChatgptContent, CitedPagesBecomeSourcesOnce) {
  EXPECT_EQ(
      content_of(
          "assistant", R"({"content_type":"text","parts":["Rome"]})",
          R"("metadata":{"citations":[{"metadata":{"url":"https://a.example/","title":"A"}},{"metadata":{"url":"javascript:alert"
}
},{}],)"
          R"("content_references":[{"type":"grouped_webpages","items":[{"url":"https://a.example/","title":"again"},)"
          R"({"url":"http://b.example/","supporting_websites":[{"url":"https://c.example/"}]}]},)"
          R"({"type":"sources_footnote","sources":[{"url":"https://d.example/","title":"D"}]}]})"),
      R"([{"type":"text","text":"Rome"},{"type":"source","url":"https://a.example/","title":"A"},)"
      R"({"type":"source","url":"http://b.example/"},{"type":"source","url":"https://c.example/"},)"
      R"({"type":"source","url":"https://d.example/","title":"D"}])");
}

// The marks as the export writes them: \ue200 cite \ue202 turn0search0 \ue201
TEST(ChatgptContent, MarksOfTheAnswerGiveWayToWhatTheyMean) {
  const std::string metadata =
      R"("metadata":{"content_references":[{"matched_text":"\ue200cite\ue202turn0search0\ue201",)"
      R"("alt":"[A](https://a.example/)."}]})";
  const auto shown = [&](std::string_view text) {
    return content_of("assistant",
                      R"({"content_type":"text","parts":[")" + std::string(text) + R"("]})",
                      metadata);
  };
  EXPECT_EQ(shown(R"(Rome \ue200cite\ue202turn0search0\ue201)"),
            R"([{"type":"text","text":"Rome [A](https://a.example/)."}])");
  EXPECT_EQ(shown(R"(Rome\ue200cite\ue202turn9\ue201.)"), R"([{"type":"text","text":"Rome."}])");
  EXPECT_EQ(shown(R"(In \ue200entity\ue202[\"city\",\"Paris\",\"capital\"]\ue201.)"),
            R"([{"type":"text","text":"In Paris."}])");
  EXPECT_EQ(shown(R"(\ue203Rome\ue204\ue200cite\ue202x\ue201 stands)"),
            R"([{"type":"text","text":"Rome stands"}])");
  EXPECT_EQ(shown(R"(\ue200cite\ue202x\ue201)"), "(nothing)");
}

TEST(ChatgptContent, AnUnfinishedMarkSwallowsNoWords) {
  EXPECT_THAT(
      content_of(
          "assistant",
          R"({"content_type":"text","parts":["a \ue200cite and on \ue200cite\ue202x\ue201 b"]})"),
      HasSubstr("cite and on  b"));
  EXPECT_THAT(content_of("assistant",
                         R"({"content_type":"text","parts":["a \ue200cite\ue202turn0 the end"]})"),
              HasSubstr("turn0 the end"));
}

TEST(ChatgptContent, MarksInAPersonsWordsStay) {
  EXPECT_THAT(content_of("user", R"({"content_type":"text","parts":["a \ue200x\ue201"]})"),
              HasSubstr("\xEE\x88\x80x\xEE\x88\x81"));
}

TEST(ChatgptContent, WhatOurReaderRefusesIsWrittenSoThatItDoesNot) {
  const std::string content = content_of(
      "user",
      R"({"content_type":"odd","\u0000":"a\u0000b","s":"\ud800","n":[1e400,-0,99999999999999999999,1e-400,-0.0,12.50]})");
  EXPECT_EQ(content,
            "[{\"type\":\"chatgpt/"
            "odd\",\"content\":{\"content_type\":\"odd\",\"\xEF\xBF\xBD\":\"a\xEF\xBF\xBD"
            "b\",\"s\":\"\xEF\xBF\xBD\","
            R"("n":["1e400","-0","99999999999999999999","1e-400",-0.0,12.50]}}])");
  EXPECT_TRUE(json::Document::parse(content, json::Mode::strict));
  EXPECT_EQ(content_of("user", R"({"content_type":"text","parts":["a\u0000b\udc00"]})"),
            "[{\"type\":\"text\",\"text\":\"a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\"}]");
}

TEST(ChatgptContent, DeepNestingIsKeptAsText) {
  const std::string deep = std::string(300, '[') + std::string(300, ']');
  const std::string content = content_of("user", R"({"content_type":"odd","deep":)" + deep + "}");
  EXPECT_TRUE(json::Document::parse(content, json::Mode::strict));
  EXPECT_THAT(content, HasSubstr("\"[["));
}

TEST(ChatgptContent, ThoughtsMayBeAStringOrAListOfStrings) {
  EXPECT_EQ(content_of("assistant", R"({"content_type":"thoughts","thoughts":"One string."})"),
            R"([{"type":"reasoning","text":"One string."}])");
  EXPECT_EQ(
      content_of(
          "assistant",
          R"({"content_type":"thoughts","thoughts":["In a list."," ",{"content":"Usual."}]})"),
      R"([{"type":"reasoning","text":"In a list."},{"type":"reasoning","text":"Usual."}])");
}

std::string with_widget(std::string_view state) {
  return blocks_of(
      message_json("assistant", R"({"content_type":"text","parts":[""]})",
                   R"("metadata":{"chatgpt_sdk":{"widget_state":)" + json::quoted(state) + "}}"));
}

TEST(ChatgptContent, TheReportOfDeepResearchLiesInTheStateOfItsWidget) {
  EXPECT_EQ(
      with_widget(
          R"({"status":"completed","report_message":{"content":{"content_type":"text","parts":["# Bees","Forty hives."]},)"
          R"("metadata":{"content_references":[{"type":"webpage","items":[{"title":"Hives","url":"https://example.org/h"}]}]}}})"),
      R"([{"type":"text","text":"# Bees\n\nForty hives."},{"type":"source","url":"https://example.org/h","title":"Hives"}])");
}

TEST(ChatgptContent, AWidgetOfAnotherKindStaysAsItCame) {
  for (const char* state :
       {R"({"board":[1,2]})", "no json", R"({"report_message":{"content":5}})"}) {
    EXPECT_EQ(with_widget(state), R"([{"type":"chatgpt/widget","content":{"widget_state":)" +
                                      json::quoted(state) + "}}]");
  }
}

}  // namespace
}  // namespace threadkeep
