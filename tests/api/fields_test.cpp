#include "api/fields.h"

#include <gtest/gtest.h>

namespace threadkeep::api {
namespace {

json::Document parsed(const std::string& text) {
  return std::move(json::Document::parse(text, json::Mode::strict).value());
}

TEST(Fields, ReadsWhatIsAskedFor) {
  const auto document = parsed(
      R"({"title":"T","isPinned":true,"folder":null,"tags":["a","b"],"createdAt":5,"metadata":{"b":1,"a":1.50}})");
  Fields fields(document.root());
  EXPECT_EQ(fields.string("title", 10), "T");
  EXPECT_EQ(fields.boolean("isPinned"), true);
  ASSERT_TRUE(fields.nullable_line("folder", entry::folder));
  EXPECT_FALSE(*fields.nullable_line("folder", entry::folder));
  EXPECT_EQ(fields.strings("tags", 2, 10), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(fields.time("createdAt"), 5);
  EXPECT_EQ(fields.object("metadata", entry::Kept::metadata), R"({"b":1,"a":1.50})");
  EXPECT_FALSE(fields.string("absent", 10));
  EXPECT_TRUE(fields.finish());
}

TEST(Fields, RefusesAFieldThatNobodyAskedFor) {
  const auto document = parsed(R"({"titel":"T"})");
  Fields fields(document.root());
  EXPECT_FALSE(fields.string("title", 10));
  const auto finished = fields.finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, Errc::unknown_field);
  EXPECT_EQ(finished.error().detail.find("titel"), std::string::npos)
      << "the input must not be echoed";
}

TEST(Fields, KeepsTheFirstThingThatIsWrong) {
  const auto document = parsed(R"({"a":1,"id":"x"})");
  Fields fields(document.root(), "messages[3]");
  EXPECT_FALSE(fields.string("a", 10));
  EXPECT_FALSE(fields.id("id"));
  const auto finished = fields.finish();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, Errc::invalid_field);
  EXPECT_NE(finished.error().detail.find("messages[3].a"), std::string::npos);
}

TEST(Fields, RefusesWrongKinds) {
  const auto refused = [](const std::string& text, auto ask) {
    const auto document = parsed(text);
    Fields fields(document.root());
    ask(fields);
    return !fields.finish();
  };
  EXPECT_TRUE(refused(R"({"f":"true"})", [](Fields& f) { (void)f.boolean("f"); }));
  EXPECT_TRUE(refused(R"({"f":1.0})", [](Fields& f) { (void)f.time("f"); }));
  EXPECT_TRUE(refused(R"({"f":-1})", [](Fields& f) { (void)f.time("f"); }));
  EXPECT_TRUE(refused(R"({"f":253402300800000})", [](Fields& f) { (void)f.time("f"); }));
  EXPECT_TRUE(
      refused(R"({"f":[]})", [](Fields& f) { (void)f.object("f", entry::Kept::metadata); }));
  EXPECT_TRUE(refused(R"({"f":["a",1]})", [](Fields& f) { (void)f.strings("f", 5, 5); }));
  EXPECT_TRUE(refused(R"({"f":["a","b"]})", [](Fields& f) { (void)f.strings("f", 1, 5); }));
  EXPECT_TRUE(refused(R"({"f":"abc"})", [](Fields& f) { (void)f.string("f", 2); }));
  EXPECT_TRUE(refused(R"({"f":null})", [](Fields& f) { (void)f.string("f", 2); }));
  EXPECT_TRUE(refused(R"([])", [](Fields&) {}));
}

}  // namespace
}  // namespace threadkeep::api
