#include "tools/mcp_messages.h"

#include <gtest/gtest.h>

#include <set>

namespace threadkeep::tools {
namespace {

json::Document parsed(const std::string& text) {
  return std::move(json::Document::parse(text, json::Mode::foreign).value());
}

std::string tool_json(const std::string& name) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("name", name).key("inputSchema").raw(R"({"type":"object"})");
  writer.end_object();
  return text;
}

TEST(McpMessages, OfferedNamesHaveTheFormOfVendorsAndStayApart) {
  std::set<std::string> names;
  for (const std::string& name :
       {std::string("read"), std::string("read file"), std::string("read_file"),
        std::string("read/file"), std::string("\xC3\xBC"), std::string(70, 'x'),
        std::string(71, 'x')}) {
    const auto document = parsed(tool_json(name));
    const auto listed = listed_tool("a-server-with-24-letters", document.root());
    ASSERT_TRUE(listed) << name;
    EXPECT_LE(listed->offer.name.size(), 64U);
    EXPECT_EQ(listed->name, name);
    for (const char c : listed->offer.name)
      EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-') << name;
    names.insert(listed->offer.name);
    EXPECT_EQ(listed_tool("a-server-with-24-letters", document.root())->offer.name,
              listed->offer.name);
  }
  EXPECT_EQ(names.size(), 7U);
  EXPECT_TRUE(names.contains("a-server-with-24-letters__read"));
}

TEST(McpMessages, WhatCannotBeOfferedFails) {
  for (const char* tool :
       {"{}", R"({"name":"a"})", R"({"name":"a","inputSchema":{"type":"array"}})",
        R"({"name":"a","inputSchema":{"type":"object","properties":7}})"})
    EXPECT_FALSE(listed_tool("s", parsed(tool).root())) << tool;
  const std::string long_schema =
      R"({"name":"a","inputSchema":{"type":"object","title":")" + std::string(40'000, 'x') + "\"}}";
  EXPECT_FALSE(listed_tool("s", parsed(long_schema).root()));
}

TEST(McpMessages, ADescriptionIsCutAndHoldsNoControlCharacters) {
  std::string tool;
  json::Writer writer(tool);
  writer.begin_object()
      .member("name", "a")
      .member("description", "a\x1B[2J" + std::string(5'000, 'x'));
  writer.key("inputSchema").raw(R"({"type":"object"})").end_object();
  const auto listed = listed_tool("s", parsed(tool).root());
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->offer.description.size(), 2'000U);
  EXPECT_EQ(listed->offer.description.substr(0, 5), "a [2J");
}

TEST(McpMessages, AnswersAndRequestsAreToldApart) {
  const auto kind = [](const char* text) { return kind_of(parsed(text).root(), 7); };
  EXPECT_EQ(kind(R"({"id":7,"result":{}})"), McpMessage::answer);
  EXPECT_EQ(kind(R"({"id":7,"error":{}})"), McpMessage::answer);
  EXPECT_EQ(kind(R"({"id":8,"result":{}})"), McpMessage::other);
  EXPECT_EQ(kind(R"({"id":"7","result":{}})"), McpMessage::other);
  EXPECT_EQ(kind(R"({"id":7,"method":"ping"})"), McpMessage::request);
  EXPECT_EQ(kind(R"({"method":"notifications/tools/list_changed"})"), McpMessage::list_changed);
  EXPECT_EQ(kind("7"), McpMessage::other);
  EXPECT_EQ(mcp_reply(parsed(R"({"id":"x","method":"ping"})").root()),
            R"({"jsonrpc":"2.0","id":"x","result":{}})");
}

TEST(McpMessages, StructuredContentIsKeptOnceAndNotWhenItIsTooDeep) {
  const McpResult twice = read_mcp_result(
      R"({"content":[{"type":"text","text":"{\"a\":1}"}],"structuredContent":{"a":1}})");
  EXPECT_EQ(twice.text, "");
  EXPECT_EQ(twice.structured, R"({"a":1})");
  std::string deep = "1";
  for (int i = 0; i < 60; ++i) deep = "{\"a\":" + deep + "}";
  const McpResult too_deep = read_mcp_result("{\"structuredContent\":" + deep + "}");
  EXPECT_EQ(too_deep.structured, "");
  EXPECT_NE(too_deep.text.find("too large"), std::string::npos);
  EXPECT_TRUE(read_mcp_result("[]").is_error);
}

}  // namespace
}  // namespace threadkeep::tools
