#include "domain/wire.h"

#include <gtest/gtest.h>

namespace threadkeep {
namespace {

const std::string id_1 = "00000000000000000000000001";
const std::string id_2 = "00000000000000000000000002";
const std::string id_3 = "00000000000000000000000003";
Ulid id(const std::string& text) { return *Ulid::parse(text); }

TEST(Wire, OfANewConversation) {
  Conversation conversation;
  conversation.id = id(id_1);
  EXPECT_EQ(
      conversation_json(conversation),
      R"({"id":"00000000000000000000000001","title":"","titleSource":"default","model":null,"createdAt":0,"updatedAt":0,)"
      R"("messageCount":0,"isArchived":false,"isPinned":false,"isUnread":false,"folder":null,"tags":[],"headId":null,"settings":{},"metadata":{},"rev":0,"seq":0})");
}

TEST(Wire, OfAConversationWithEverything) {
  Conversation conversation;
  conversation.id = id(id_1);
  conversation.title = "A \"title\"";
  conversation.title_source = TitleSource::user;
  conversation.model = "m";
  conversation.created_at = 1'700'000'000'000;
  conversation.updated_at = 1'700'000'000'001;
  conversation.message_count = 2;
  conversation.is_archived = true;
  conversation.is_pinned = true;
  conversation.is_unread = true;
  conversation.folder = "";
  conversation.tags = {"a", "é"};
  conversation.head_id = id(id_2);
  conversation.settings = {"Be \"brief\"\n", 0.5, 100, Effort::low, {{"a"}}, {}};
  conversation.metadata = R"({ "kept" : 1.0 })";
  conversation.rev = 3;
  conversation.seq = 9'007'199'254'740'993;
  conversation.deleted_at = 5;
  EXPECT_EQ(
      conversation_json(conversation),
      R"({"id":"00000000000000000000000001","title":"A \"title\"","titleSource":"user","model":"m","createdAt":1700000000000,)"
      R"("updatedAt":1700000000001,"messageCount":2,"isArchived":true,"isPinned":true,"isUnread":true,"folder":"","tags":["a","é"],)"
      R"("headId":"00000000000000000000000002","settings":{"system":"Be \"brief\"\n","temperature":0.5,"maxTokens":100,"effort":"low","tools":["a"]},)"
      R"("metadata":{ "kept" : 1.0 },"rev":3,"seq":9007199254740993,"deletedAt":5})");
}

TEST(Wire, OfAMessageWithTheLeast) {
  Message message;
  message.id = id(id_2);
  message.conversation_id = id(id_1);
  EXPECT_EQ(
      message_json(message),
      R"({"id":"00000000000000000000000002","conversationId":"00000000000000000000000001","parentId":null,"role":"user",)"
      R"("content":[],"status":"complete","createdAt":0,"metadata":{},"position":0,"seq":0})");
}

TEST(Wire, OfAMessageWithEverything) {
  Message message;
  message.id = id(id_3);
  message.conversation_id = id(id_1);
  message.parent_id = id(id_2);
  message.role = Role::assistant;
  message.content = R"([ {"type":"text", "text":"\u00e9"} ])";
  message.status = MessageStatus::error;
  message.model = "m";
  message.created_at = 7;
  message.token_count = 12;
  message.usage = R"({"inputTokens":1})";
  message.error = R"({"type":"t"})";
  message.metadata = R"({"a":1})";
  message.position = 4;
  message.seq = 5;
  EXPECT_EQ(
      message_json(message),
      R"({"id":"00000000000000000000000003","conversationId":"00000000000000000000000001",)"
      R"("parentId":"00000000000000000000000002","role":"assistant","content":[ {"type":"text", "text":"\u00e9"} ],)"
      R"("status":"error","model":"m","createdAt":7,"tokenCount":12,"usage":{"inputTokens":1},"error":{"type":"t"},)"
      R"("metadata":{"a":1},"position":4,"seq":5})");
}

TEST(Wire, OfADeletedMessageHasNoWordsOutsideOfTheTrash) {
  Message message;
  message.id = id(id_3);
  message.conversation_id = id(id_1);
  message.parent_id = id(id_2);
  message.content = R"([{"type":"text","text":"words"}])";
  message.usage = R"({"inputTokens":1})";
  message.error = R"({"type":"t","detail":"words"})";
  message.metadata = R"({"a":"words"})";
  message.position = 4;
  message.seq = 5;
  message.deleted_at = 6;
  EXPECT_EQ(
      message_json(message),
      R"({"id":"00000000000000000000000003","conversationId":"00000000000000000000000001",)"
      R"("parentId":"00000000000000000000000002","role":"user","content":[],"status":"complete","createdAt":0,)"
      R"("metadata":{},"position":4,"seq":5,"deletedAt":6})");
  std::string trash;
  json::Writer writer(trash);
  writer.begin_object();
  write_whole_message_members(writer, message);
  writer.end_object();
  EXPECT_NE(trash.find(R"("text":"words")"), std::string::npos);
  EXPECT_NE(trash.find(R"("metadata":{"a":"words"})"), std::string::npos);
}

TEST(Wire, OfMembersAmongOthers) {
  std::string out;
  json::Writer writer(out);
  Message message;
  writer.begin_object();
  write_message_members(writer, message);
  writer.member("siblingCount", 1).end_object();
  const Result<json::Document> parsed = json::Document::parse(out, json::Mode::strict);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->root()["siblingCount"].integer(), 1);
}

}  // namespace
}  // namespace threadkeep
