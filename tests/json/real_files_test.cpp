// Real exports and transcripts, when they lie beside the checkout: our reader and simdjson find the
// same in them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "json/array_splitter.h"
#include "json/json.h"
#include "json/oracle.h"
#include "json/random_json.h"

namespace threadkeep::json {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> real_files() {
  const char* const named = std::getenv("THREADKEEP_REAL_DATA");
  const fs::path folder = named != nullptr ? named : "../shared/data";
  std::vector<fs::path> files;
  if (!fs::is_directory(folder)) return files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const fs::path extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".json" || extension == ".jsonl"))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// One text for each line of .jsonl files, the whole file otherwise.
std::vector<std::string> texts_of(const fs::path& file) {
  std::string content = content_of(file);
  if (file.extension() != ".jsonl") return {std::move(content)};
  std::vector<std::string> lines;
  std::istringstream stream(content);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(RealFiles, AreReadAsSimdjsonReadsThem) {
  const std::vector<fs::path> files = real_files();
  if (files.empty()) GTEST_SKIP() << "no real files beside the checkout";
  std::size_t read = 0;
  for (const fs::path& file : files) {
    for (const std::string& text : texts_of(file)) {
      for (const Mode mode : {Mode::strict, Mode::foreign}) {
        ASSERT_EQ(disagreement(text, mode), "") << file;
      }
      const Result<Document> parsed = Document::parse(text, Mode::foreign);
      if (!parsed) continue;
      ++read;
      std::string copy;
      Writer(copy).copy(parsed->root());
      ASSERT_TRUE(Document::parse(copy, Mode::foreign)) << file;
    }
  }
  RecordProperty("texts", static_cast<int>(read));
  EXPECT_GT(read, files.size() / 2);
}

TEST(RealFiles, SplitIntoTheElementsThatTheReaderFinds) {
  std::size_t arrays = 0;
  for (const fs::path& file : real_files()) {
    if (file.extension() != ".json") continue;
    const std::string text = content_of(file);
    const Result<Document> parsed = Document::parse(text, Mode::foreign);
    if (!parsed || !parsed->root().is_array()) continue;
    ++arrays;
    std::vector<std::string> expected;
    for (const Value item : parsed->root().items()) expected.emplace_back(item.raw());
    std::vector<std::string> elements;
    ArraySplitter splitter(text.size(), [&](std::string element) -> Result<void> {
      elements.push_back(std::move(element));
      return {};
    });
    for (std::size_t at = 0; at < text.size(); at += 4'097) {
      ASSERT_TRUE(splitter.feed(std::string_view(text).substr(at, 4'097)));
    }
    ASSERT_TRUE(splitter.finish());
    EXPECT_EQ(elements, expected) << file;
  }
  if (arrays == 0) GTEST_SKIP() << "no real arrays beside the checkout";
}

TEST(RealFiles, DamagedAreJudgedAsSimdjsonJudgesThem) {
  const std::vector<fs::path> files = real_files();
  if (files.empty()) GTEST_SKIP() << "no real files beside the checkout";
  RandomJson random(9);
  constexpr std::size_t rounds_max = 10'000;
  std::size_t rounds = 0;
  for (const fs::path& file : files) {
    if (fs::file_size(file) > 60'000) continue;
    for (const std::string& text : texts_of(file)) {
      for (int i = 0; i < 10 && rounds < rounds_max; ++i, ++rounds) {
        const std::string damaged = random.damaged(text, 1 + i % 3);
        ASSERT_EQ(disagreement(damaged, i % 2 == 0 ? Mode::strict : Mode::foreign), "")
            << file << "\n"
            << damaged;
      }
    }
  }
  EXPECT_GT(rounds, 100U);
}

}  // namespace
}  // namespace threadkeep::json
