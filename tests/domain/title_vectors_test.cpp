// The rule that the client has too: the same examples, tests/vectors/excerpt.json.
#include <gtest/gtest.h>

#include "domain/title.h"
#include "json/json.h"
#include "vectors/vectors.h"

namespace threadkeep {
namespace {

TEST(TitleExcerpt, IsWhatTheClientMakesToo) {
  const json::Document vectors = test::open_vectors("excerpt.json");
  ASSERT_GT(vectors.root().size(), 0U);
  for (const json::Value row : vectors.root().items()) {
    EXPECT_EQ(title_excerpt(row["text"].string()), row["title"].string()) << row["text"].raw();
  }
}

}  // namespace
}  // namespace threadkeep
