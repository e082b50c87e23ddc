#include <set>

#include "gmock/gmock.h"
#include "support.h"

namespace threadkeep {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view empty_system =
    R"({"author":{"role":"system"},"content":{"content_type":"text","parts":[""]},)"
    R"("metadata":{"is_visually_hidden_from_conversation":true}})";

std::vector<TestNode> question_and_answer() {
  return {
      {"root", "", "null"},
      {"frame", "root", std::string(empty_system)},
      {"q", "frame", text_message("user", "What is a fugue?")},
      {"a", "q", text_message("assistant", "A form.", R"("metadata":{"model_slug":"gpt-4o"})")}};
}

TEST(Chatgpt, AConversationComesOverWhole) {
  const SourceConversation converted = convert_text(conversation_json(
      "conv-1", question_and_answer(),
      R"("title":"Fugues","update_time":1700000100.0,"current_node":"a","is_archived":true,)"
      R"("is_starred":true,"default_model_slug":"gpt-4o","gizmo_id":"g-1","id":"other")"));
  const Conversation& row = converted.merge.conversation;
  EXPECT_EQ(converted.source_id, "conv-1");
  EXPECT_EQ(row.title, "Fugues");
  EXPECT_EQ(row.title_source, TitleSource::user);
  EXPECT_EQ(row.created_at, 1'690'000'000'250);
  EXPECT_EQ(row.id.time_ms(), 1'690'000'000'250);
  EXPECT_EQ(row.updated_at, 1'700'000'100'000);
  EXPECT_TRUE(row.is_archived);
  EXPECT_TRUE(row.is_pinned);
  EXPECT_EQ(row.model, "gpt-4o");
  EXPECT_EQ(row.metadata,
            R"({"source":{"product":"chatgpt","id":"conv-1","model":"gpt-4o","gizmo":"g-1"}})");

  ASSERT_EQ(converted.merge.messages.size(), 2U);
  const NewMessage& question = converted.merge.messages[0];
  const NewMessage& answer = converted.merge.messages[1];
  EXPECT_EQ(question.role, Role::user);
  EXPECT_TRUE(std::holds_alternative<AsRoot>(question.place));
  EXPECT_EQ(question.conversation_id, row.id);
  EXPECT_EQ(question.created_at, 1'700'000'000'500);
  EXPECT_EQ(question.id.time_ms(), 1'700'000'000'500);
  EXPECT_EQ(question.model, std::nullopt);
  EXPECT_EQ(question.metadata, R"({"source":{"id":"q"}})");
  EXPECT_EQ(std::get<MessageId>(answer.place), question.id);
  EXPECT_EQ(answer.model, "gpt-4o");
  EXPECT_EQ(answer.status, MessageStatus::complete);
  EXPECT_EQ(row.head_id, answer.id);
  EXPECT_EQ(converted.messages_found, 2);
  EXPECT_EQ(converted.messages_skipped, 0);
  EXPECT_THAT(converted.reasons, IsEmpty());
}

TEST(Chatgpt, IdsAreTheSameAgainAndOthersForOtherPeopleConversationsAndNodes) {
  const std::string text = conversation_json("c", question_and_answer());
  const auto document = json::Document::parse(text, json::Mode::foreign);
  const auto ids_for = [&](const UserId& user) {
    const SourceConversation converted = chatgpt::convert(document->root(), user, test_now_ms);
    std::set<Ulid> ids{converted.merge.conversation.id};
    for (const NewMessage& message : converted.merge.messages) ids.insert(message.id);
    return ids;
  };
  const UserId ann = Ulid::from_bytes("0123456789abcdef"),
               bob = Ulid::from_bytes("0123456789abcdeg");
  EXPECT_EQ(ids_for(ann).size(), 3U);
  EXPECT_EQ(ids_for(ann), ids_for(ann));
  for (const Ulid& id : ids_for(bob)) EXPECT_EQ(ids_for(ann).count(id), 0U);
  EXPECT_NE(convert_text(text).merge.messages[0].id,
            convert_text(conversation_json("d", question_and_answer())).merge.messages[0].id);
}

TEST(Chatgpt, AForeignUlidIsNotOurId) {
  const std::string foreign = "01HF7YATXVZJW0RTZK0Q00G19K";
  const SourceConversation converted =
      convert_text(conversation_json(foreign, {{foreign, "", text_message("user", "hi")}}));
  EXPECT_NE(converted.merge.conversation.id.text(), foreign);
  EXPECT_NE(converted.merge.messages[0].id.text(), foreign);
}

TEST(Chatgpt, IdsDoNotMoveWithTheLastChange) {
  const std::string no_time =
      R"({"author":{"role":"user"},"content":{"content_type":"text","parts":["hi"]}})";
  const auto id_with = [&](std::string_view members) {
    const std::string text =
        R"({"id":"c","mapping":{"m":{"message":)" + no_time + "}}," + std::string(members) + "}";
    return convert_text(text).merge.messages[0].id;
  };
  EXPECT_EQ(id_with(R"("update_time":1700000000)"), id_with(R"("update_time":1710000000)"));
}

TEST(Chatgpt, AConversationWithoutIdIsNamedByItsContent) {
  const SourceConversation one = convert_text(conversation_json("", question_and_answer()));
  const SourceConversation same =
      convert_text(conversation_json("", question_and_answer(), R"("title":"renamed")"));
  std::vector<TestNode> other_nodes = question_and_answer();
  other_nodes.back().message = text_message("assistant", "Another form.");
  const SourceConversation other = convert_text(conversation_json("", other_nodes));
  EXPECT_EQ(one.source_id, "");
  EXPECT_EQ(one.merge.conversation.id, same.merge.conversation.id);
  EXPECT_NE(one.merge.conversation.id, other.merge.conversation.id);
  EXPECT_NE(one.merge.messages[0].id, other.merge.messages[0].id);
}

TEST(Chatgpt, WhatIsLeftOutHandsItsAnswersUp) {
  const std::string hidden = text_message(
      "system", "You are kind.", R"("metadata":{"is_visually_hidden_from_conversation":true})");
  const SourceConversation converted =
      convert_text(conversation_json("c", {{"q", "", text_message("user", "q")},
                                           {"h", "q", hidden},
                                           {"e", "h", text_message("assistant", "")},
                                           {"a1", "e", text_message("assistant", "first")},
                                           {"a2", "e", text_message("assistant", "second")}}));
  ASSERT_EQ(converted.merge.messages.size(), 3U);
  for (const std::size_t answer : {1U, 2U}) {
    EXPECT_EQ(std::get<MessageId>(converted.merge.messages[answer].place),
              converted.merge.messages[0].id);
  }
  EXPECT_EQ(converted.messages_found, 4);
  EXPECT_EQ(converted.messages_skipped, 1);
  EXPECT_EQ(converted.messages_hidden, 1);
}

TEST(Chatgpt, HiddenWordsOfPeopleAndToolsAreKept) {
  const std::string hidden = R"("metadata":{"is_visually_hidden_from_conversation":true})";
  const SourceConversation converted =
      convert_text(conversation_json("c", {{"q", "", text_message("user", "q", hidden)},
                                           {"t", "q", text_message("tool", "t", hidden)}}));
  ASSERT_EQ(converted.merge.messages.size(), 2U);
  EXPECT_EQ(converted.merge.messages[0].metadata, R"({"source":{"id":"q","hidden":true}})");
  // But nobody takes them for something that was said.
  EXPECT_EQ(converted.merge.messages[0].content,
            R"([{"type":"chatgpt/hidden","content":{"content_type":"text","parts":["q"]}}])");
  EXPECT_EQ(converted.verbatim.at("hidden"), 2);
}

// The position of the head among the messages, for a question with two answers, the first of which
// was answered.
std::string head_for(std::string_view more_members) {
  const SourceConversation converted = convert_text(conversation_json(
      "c",
      {{"q", "", text_message("user", "q")},
       {"a1", "q", text_message("assistant", "a1")},
       {"q2", "a1", text_message("user", "q2")},
       {"empty", "q2", text_message("assistant", "")},
       {"a2", "q", R"({"author":{"role":"assistant"},"create_time":1700000009,"content":"a2"})"}},
      more_members));
  for (const NewMessage& message : converted.merge.messages) {
    if (message.id == converted.merge.conversation.head_id) return source_id_of(message.metadata);
  }
  return "(none)";
}

TEST(Chatgpt, TheHeadIsTheLeafThatTheSourceShows) {
  EXPECT_EQ(head_for(R"("current_node":"q2")"), "q2");
  EXPECT_EQ(head_for(R"("current_node":"a2")"), "a2");
  EXPECT_EQ(head_for(R"("current_node":"empty")"), "q2");
  EXPECT_EQ(head_for(R"("current_node":"a1")"), "q2");
}

TEST(Chatgpt, WithoutAKnownCurrentNodeTheHeadIsTheLatestLeaf) {
  for (const char* members :
       {"", R"("current_node":null)", R"("current_node":"nobody")", R"("current_node":7)"}) {
    EXPECT_EQ(head_for(members), "a2") << members;
  }
}

UnixMs time_with(std::string_view create_time, std::string_view conversation_time) {
  const std::string text =
      R"({"id":"c","create_time":)" + std::string(conversation_time) +
      R"(,"mapping":{"p":{"message":{"author":{"role":"user"},"create_time":1700000001,"content":"p"}},)" +
      R"("m":{"parent":"p","message":{"author":{"role":"user"},"content":"m","create_time":)" +
      std::string(create_time) +
      R"(}},"r":{"message":{"author":{"role":"user"},"content":"r","create_time":)" +
      std::string(create_time) + "}}}}";
  const SourceConversation converted = convert_text(text);
  EXPECT_EQ(converted.merge.messages.size(), 3U);
  // "r" has no parent whose time it could take.
  const UnixMs root_ms = converted.merge.messages[2].created_at.value();
  const UnixMs child_ms = converted.merge.messages[1].created_at.value();
  return child_ms * 10 + (root_ms == child_ms ? 0 : root_ms == 1'690'000'000'000 ? 1 : 2);
}

TEST(Chatgpt, AMissingTimeIsThatOfTheParentOrOfTheConversation) {
  EXPECT_EQ(time_with("1700000002.5", "1690000000"), 17'000'000'025'000);
  EXPECT_EQ(time_with(R"("2023-11-14T22:13:22.5Z")", "1690000000"), 17'000'000'025'000);
  for (const char* broken : {"null", "{}", "-11644473600", "253402300799", R"("yesterday")", "0"}) {
    EXPECT_EQ(time_with(broken, "1690000000"), 17'000'000'010'001) << broken;
  }
  EXPECT_EQ(time_with("null", "null"), 17'000'000'010'002);
}

TEST(Chatgpt, WithoutAnyTimeItIsNowAndTheIdsStandStill) {
  const std::string text =
      R"({"id":"c","mapping":{"m":{"message":{"author":{"role":"user"},"content":"hi"}}}})";
  const auto document = json::Document::parse(text, json::Mode::foreign);
  const auto early = chatgpt::convert(document->root(), UserId{}, test_now_ms);
  const auto late = chatgpt::convert(document->root(), UserId{}, test_now_ms + 5);
  EXPECT_EQ(early.merge.messages[0].created_at, test_now_ms);
  EXPECT_EQ(early.merge.conversation.created_at, test_now_ms);
  EXPECT_EQ(early.merge.messages[0].id, late.merge.messages[0].id);
  EXPECT_EQ(early.merge.conversation.id, late.merge.conversation.id);
}

std::string title_with(std::string_view members) {
  return convert_text(conversation_json("c", question_and_answer(), members))
      .merge.conversation.title;
}

TEST(Chatgpt, AMissingTitleIsTheBeginningOfTheFirstQuestion) {
  for (const char* members : {"", R"("title":null)", R"("title":"")", R"("title":"  ")",
                              R"("title":7)", R"("title":"New chat")"}) {
    EXPECT_EQ(title_with(members), "What is a fugue?") << members;
  }
  EXPECT_EQ(
      convert_text(conversation_json("c", question_and_answer())).merge.conversation.title_source,
      TitleSource::excerpt);
  const std::string long_title = title_with(R"("title":")" + std::string(5'000, 'x') + R"(")");
  EXPECT_EQ(long_title.size(), limits::title_bytes_max);
  EXPECT_EQ(title_with(R"("title":"a\u0000b")"),
            "a\xEF\xBF\xBD"
            "b");
}

MessageStatus status_with(std::string_view role, std::string_view members) {
  const std::string message = R"({"author":{"role":")" + std::string(role) +
                              R"("},"content":"words",)" + std::string(members) + "}";
  return convert_text(conversation_json("c", {{"m", "", message}})).merge.messages[0].status;
}

TEST(Chatgpt, AnAnswerThatWasCutShortSaysSo) {
  EXPECT_EQ(status_with("assistant", R"("status":"in_progress")"), MessageStatus::interrupted);
  EXPECT_EQ(status_with("assistant", R"("status":"finished_partial_completion")"),
            MessageStatus::interrupted);
  EXPECT_EQ(status_with("assistant", R"("metadata":{"finish_details":{"type":"interrupted"}})"),
            MessageStatus::interrupted);
  EXPECT_EQ(
      status_with(
          "assistant",
          R"("metadata":{"finish_details":{"type":"interrupted","reason":"client_stopped"}})"),
      MessageStatus::cancelled);
  EXPECT_EQ(status_with("assistant", R"("status":"finished_successfully")"),
            MessageStatus::complete);
  EXPECT_EQ(status_with("assistant", R"("status":3)"), MessageStatus::complete);
  EXPECT_EQ(status_with("user", R"("status":"in_progress")"), MessageStatus::complete);
}

TEST(Chatgpt, UnknownAuthorsAreKeptAndNamed) {
  const SourceConversation converted = convert_text(conversation_json(
      "c", {{"a", "", R"({"author":null,"content":"one"})"},
            {"b", "a", R"({"author":{"role":"critic"},"content":"two"})"},
            {"c", "b", R"({"author":{"role":"developer"},"content":"three"})"},
            {"d", "c", R"({"author":{"role":"tool","name":"web"},"content":"four"})"},
            {"e", "d", R"({"content":"five","author":"user"})"}}));
  std::vector<Role> roles;
  for (const NewMessage& message : converted.merge.messages) roles.push_back(message.role);
  EXPECT_THAT(roles,
              ElementsAre(Role::assistant, Role::assistant, Role::system, Role::tool, Role::user));
  EXPECT_EQ(converted.merge.messages[1].metadata, R"({"source":{"id":"b","role":"critic"}})");
  EXPECT_EQ(converted.merge.messages[3].metadata, R"({"source":{"id":"d","author":"web"}})");
  EXPECT_THAT(converted.reasons, ElementsAre(HasSubstr("2 messages have an author")));
}

TEST(Chatgpt, AMessageThatIsTooLargeIsNamedAndItsAnswersStay) {
  const std::string large(limits::content_bytes_max, 'x');
  const SourceConversation converted =
      convert_text(conversation_json("c", {{"a", "", text_message("user", "one")},
                                           {"b", "a", text_message("assistant", large)},
                                           {"c", "b", text_message("user", "three")}}));
  ASSERT_EQ(converted.merge.messages.size(), 2U);
  EXPECT_EQ(std::get<MessageId>(converted.merge.messages[1].place), converted.merge.messages[0].id);
  EXPECT_EQ(converted.messages_found, 3);
  EXPECT_EQ(converted.messages_skipped, 1);
  EXPECT_THAT(converted.reasons, ElementsAre(HasSubstr("larger than a message can be")));

  std::string parts;
  for (std::size_t i = 0; i <= limits::content_blocks_max; ++i) parts += i > 0 ? ",\"x\"" : "\"x\"";
  EXPECT_EQ(blocks_of(message_json("user", R"({"content_type":"text","parts":[)" + parts + "]}")),
            "(nothing)");
  const std::string fits(
      limits::content_bytes_max - std::string_view(R"([{"type":"text","text":""}])").size(), 'x');
  EXPECT_EQ(blocks_of(text_message("user", fits)).size(), limits::content_bytes_max);
}

TEST(Chatgpt, BrokenTreesComeInAsFarAsTheyGo) {
  const SourceConversation circle = convert_text(conversation_json(
      "c", {{"a", "b", text_message("user", "one")}, {"b", "a", text_message("user", "two")}}));
  EXPECT_EQ(circle.merge.messages.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<AsRoot>(circle.merge.messages[0].place));
  EXPECT_THAT(circle.reasons, ElementsAre(HasSubstr("circle")));

  const SourceConversation orphan =
      convert_text(conversation_json("c", {{"a", "gone", text_message("user", "one")}}));
  EXPECT_EQ(orphan.merge.messages.size(), 1U);
  EXPECT_THAT(orphan.reasons, ElementsAre(HasSubstr("not in the file")));

  const SourceConversation broken = convert_text(
      R"({"mapping":{"a":5,"b":{"message":"hello"},"c":null,"d":{},"e":{"message":{"content":"x","author":{"role":"user"}}}}})");
  EXPECT_EQ(broken.merge.messages.size(), 1U);
  EXPECT_EQ(broken.messages_found, 3);
  EXPECT_EQ(broken.messages_skipped, 2);
  EXPECT_THAT(broken.reasons, ElementsAre("2 entries are no messages."));
}

TEST(Chatgpt, ADuplicateKeyOfTheMappingIsOneMessage) {
  const std::string one = R"("m":{"message":{"author":{"role":"user"},"content":"first"}})";
  const std::string two = R"("m":{"message":{"author":{"role":"user"},"content":"second"}})";
  const SourceConversation converted = convert_text(R"({"mapping":{)" + one + "," + two + "}}");
  ASSERT_EQ(converted.merge.messages.size(), 1U);
  EXPECT_THAT(converted.merge.messages[0].content, HasSubstr("second"));
}

TEST(Chatgpt, VerbatimBlocksAreCountedByType) {
  const SourceConversation converted = convert_text(conversation_json(
      "c",
      {{"a", "",
        message_json(
            "user",
            R"({"content_type":"multimodal_text","parts":[)"
            R"({"content_type":"image_asset_pointer"},{"content_type":"image_asset_pointer"}]})")},
       {"b", "a", message_json("assistant", R"({"content_type":"hologram"})")}}));
  EXPECT_THAT(converted.verbatim,
              ElementsAre(std::pair<const std::string, std::int64_t>("hologram", 1),
                          std::pair<const std::string, std::int64_t>("image_asset_pointer", 2)));
}

TEST(Chatgpt, AnAnswerThatWasSupersededIsKeptAndNotShown) {
  const SourceConversation converted = convert_text(conversation_json(
      "c", {{"q", "", text_message("user", "q")},
            {"old", "q", text_message("assistant", "Draft", R"("weight":0.0)")},
            {"new", "old", text_message("assistant", "Final", R"("weight":1.0)")}}));
  ASSERT_EQ(converted.merge.messages.size(), 3U);
  EXPECT_THAT(converted.merge.messages[1].content, HasSubstr("chatgpt/hidden"));
  EXPECT_EQ(plain_text(converted.merge.messages[1].content, 100), "");
  EXPECT_EQ(plain_text(converted.merge.messages[2].content, 100), "Final");
}

TEST(Chatgpt, AHiddenQuestionGivesNoTitle) {
  const SourceConversation converted = convert_text(
      conversation_json("c", {{"h", "", text_message("user", "(go on)", R"("weight":0)")},
                              {"q", "h", text_message("user", "Draw a cat")}}));
  EXPECT_EQ(converted.merge.conversation.title, "Draw a cat");
}

std::string message_of_time(std::string_view role, std::string_view text, std::string_view time) {
  return R"({"author":{"role":")" + std::string(role) + R"("},"create_time":)" + std::string(time) +
         R"(,"content":{"content_type":"text","parts":[")" + std::string(text) + "\"]}}";
}

TEST(Chatgpt, AMessageWithoutATimeGetsThatOfWhatFollows) {
  const SourceConversation converted =
      convert_text(conversation_json("c",
                                     {{"a", "", message_of_time("user", "a", "null")},
                                      {"b", "a", message_of_time("assistant", "b", "null")},
                                      {"c", "b", message_of_time("user", "c", "1780000020")},
                                      {"d", "c", message_of_time("assistant", "d", "null")},
                                      {"e", "d", message_of_time("user", "e", "1780000010")}},
                                     R"("update_time":1780001000)"));
  std::vector<UnixMs> times;
  for (const NewMessage& message : converted.merge.messages) times.push_back(*message.created_at);
  // "e" is of a clock that was set back; what has no time does not follow it.
  EXPECT_THAT(times, ElementsAre(1'780'000'020'000, 1'780'000'020'000, 1'780'000'020'000,
                                 1'780'000'020'000, 1'780'000'010'000));
}

TEST(Chatgpt, NothingIsLaterThanNow) {
  const SourceConversation converted = convert_text(conversation_json(
      "c", {{"q", "", message_of_time("user", "q", "4070908800")}}, R"("update_time":4070908800)"));
  EXPECT_EQ(converted.merge.conversation.updated_at, test_now_ms);
  EXPECT_EQ(converted.merge.messages[0].created_at, test_now_ms);
}

TEST(Chatgpt, APinnedTimePins) {
  const auto is_pinned = [](std::string_view members) {
    return convert_text(conversation_json("c", question_and_answer(), members))
        .merge.conversation.is_pinned;
  };
  EXPECT_TRUE(is_pinned(R"("pinned_time":1780000003.5,"is_starred":null)"));
  EXPECT_TRUE(is_pinned(R"("is_starred":true)"));
  EXPECT_FALSE(is_pinned(R"("pinned_time":null,"is_starred":false)"));
}

TEST(Chatgpt, TheConversationsModelIsThatOfItsAnswers) {
  const SourceConversation converted = convert_text(conversation_json(
      "c",
      {{"q", "", text_message("user", "q")},
       {"a", "q", text_message("assistant", "a")},
       {"b", "a", text_message("assistant", "b", R"("metadata":{"model_slug":"gpt-4o"})")}},
      R"("default_model_slug":"gpt-5-thinking")"));
  EXPECT_EQ(converted.merge.conversation.model, "gpt-5-thinking");
  EXPECT_EQ(converted.merge.messages[0].model, std::nullopt);
  EXPECT_EQ(converted.merge.messages[1].model, "gpt-5-thinking");
  EXPECT_EQ(converted.merge.messages[2].model, "gpt-4o");
}

TEST(Chatgpt, ATitleIsOneLine) {
  const auto title = [](std::string_view text) {
    return convert_text(
               conversation_json("c", question_and_answer(), "\"title\":" + json::quoted(text)))
        .merge.conversation.title;
  };
  EXPECT_EQ(title("Two\nlines\tand tab"), "Two lines and tab");
  EXPECT_EQ(title("\r\na\n\nb\x7F\xC2\x85\xE2\x80\xA8"), "a b");
  EXPECT_EQ(title("  two  spaces  "), "  two  spaces  ");
  EXPECT_LE(title(std::string(5'000, 'x') + "\n").size(), limits::title_bytes_max);
}

}  // namespace
}  // namespace threadkeep
