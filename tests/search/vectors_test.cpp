// The rules that the client has too: the same examples, tests/vectors/words.json.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/utf8.h"
#include "json/json.h"
#include "search/search_words.h"
#include "vectors/vectors.h"

namespace threadkeep::search {
namespace {

using testing::SizeIs;

class Words : public testing::Test {
 protected:
  const json::Document vectors_ = test::open_vectors("words.json");
};

TEST_F(Words, Fold) {
  ASSERT_THAT(test::rows(vectors_.root()["folded"]), testing::Not(SizeIs(0)));
  for (const json::Value row : vectors_.root()["folded"].items()) {
    const auto pair = test::rows(row);
    EXPECT_EQ(fold(pair[0].string()), pair[1].string());
  }
}

TEST_F(Words, OfAQuery) {
  for (const json::Value row : vectors_.root()["queries"].items()) {
    const auto pair = test::rows(row);
    std::vector<std::string> words;
    for (const json::Value word : pair[1].items()) words.emplace_back(word.string());
    EXPECT_EQ(parse_search_words(pair[0].string()).words, words) << pair[0].string();
  }
}

TEST_F(Words, Match) {
  for (const json::Value row : vectors_.root()["matches"].items()) {
    const auto parts = test::rows(row);
    const bool found = matches(parse_search_words(parts[0].string()), fold(parts[1].string()));
    EXPECT_EQ(found, parts[2].boolean()) << parts[0].string() << " in " << parts[1].string();
  }
}

}  // namespace
}  // namespace threadkeep::search
