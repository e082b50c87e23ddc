// What a tool's input must look like.
#include "tools/input_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace threadkeep::tools {
namespace {

InputSchema schema(const std::string& text) { return InputSchema::parse(text).value(); }
std::string fault(const InputSchema& schema, const std::string& input) {
  return schema.find_fault(input).value_or("");
}

TEST(InputSchemas, WhatFitsIsTakenAndWhatDoesNotIsNamed) {
  const InputSchema search = schema(
      R"({"type":"object","properties":{"query":{"type":"string","minLength":1},)"
      R"("limit":{"type":"integer","minimum":1,"maximum":20}},"required":["query"],"additionalProperties":false})");
  EXPECT_EQ(fault(search, R"({"query":"tea"})"), "");
  EXPECT_EQ(fault(search, R"({"query":"tea","limit":20})"), "");
  EXPECT_THAT(fault(search, R"({"query":""})"), testing::HasSubstr("query"));
  EXPECT_THAT(fault(search, R"({"query":"tea","limit":21})"), testing::HasSubstr("limit"));
  EXPECT_THAT(fault(search, R"({"query":"tea","limit":1.5})"), testing::HasSubstr("limit"));
  EXPECT_THAT(fault(search, R"({"query":"tea","more":1})"), testing::HasSubstr("more"));
  EXPECT_THAT(fault(search, R"({})"), testing::HasSubstr("query"));
  EXPECT_THAT(fault(search, R"({"query":["tea"]})"), testing::HasSubstr("query"));
}

TEST(InputSchemas, AnInputIsAnObject) {
  const InputSchema any = schema(R"({"type":"object"})");
  for (const char* input : {"[]", "1", "null", "\"{}\""})
    EXPECT_EQ(fault(any, input), "The input is no JSON object.") << input;
  for (const char* input : {"", "{", "{}{}", "{'a':1}"})
    EXPECT_EQ(fault(any, input), "The input is no JSON.") << input;
  EXPECT_EQ(fault(any, R"({"a":{"b":[1,2,3]}})"), "");
}

TEST(InputSchemas, WhatIsNoSchemaIsRefused) {
  for (const char* text :
       {"", "[]", "{", R"({"type":"nonsense"})", R"({"type":"object","required":1})"})
    EXPECT_FALSE(InputSchema::parse(text)) << text;
}

// None of these may hang or end the process.
TEST(InputSchemas, AStrangersSchemaIsHarmless) {
  const std::string long_text(100'000, 'a');
  const std::string input = R"({"a":")" + long_text + R"("})";
  EXPECT_EQ(fault(schema(R"({"properties":{"a":{"type":"string","pattern":"(a+)+$b"}}})"), input),
            "");
  EXPECT_EQ(fault(schema(R"({"patternProperties":{"(a|aa)+$":{"type":"string"}}})"), input), "");
  EXPECT_EQ(fault(schema(R"({"$ref":"#"})"), input), "");
  EXPECT_EQ(fault(schema(R"({"allOf":[{"$ref":"#"}]})"), input), "");
  EXPECT_EQ(fault(schema(R"({"$ref":"http://127.0.0.1/schema"})"), input), "");
  EXPECT_EQ(fault(schema(R"({"$schema":"https://json-schema.org/draft/2020-12/schema"})"), input),
            "");
  std::string deep;
  for (int i = 0; i < 5'000; ++i) deep += R"({"properties":{"a":)";
  EXPECT_FALSE(InputSchema::parse(deep));
  EXPECT_EQ(fault(schema("{}"), R"({"a":)" + std::string(5'000, '[')), "The input is no JSON.");
}

// What is left out of a schema is no name of a field.
TEST(InputSchemas, AFieldMayBeCalledAsAKeywordIs) {
  const InputSchema odd = schema(
      R"({"properties":{"format":{"type":"string"},"pattern":{"type":"integer"},"$ref":{"type":"boolean"}},)"
      R"("required":["format"],"additionalProperties":false})");
  EXPECT_EQ(fault(odd, R"({"format":"a","pattern":1,"$ref":true})"), "");
  EXPECT_NE(fault(odd, R"({"format":1})"), "");
  EXPECT_NE(fault(odd, R"({"pattern":1})"), "");
}

}  // namespace
}  // namespace threadkeep::tools
