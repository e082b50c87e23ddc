// Zip archives: those that people have, and those that are made to do harm.
#include "transfer/archive.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "support.h"
#include "transfer/archive_plan.h"
#include "zip_maker.h"

namespace threadkeep {
namespace {

using testing::HasSubstr;

std::string conversations(std::initializer_list<const char*> ids) {
  std::string out = "[";
  for (const char* id : ids) {
    if (out.size() > 1) out += ',';
    out += conversation_json(id, {{"q", "", text_message("user", "hello")},
                                  {"a", "q", text_message("assistant", "good day")}});
  }
  return out + "]";
}

void expect_imported(const std::string& archive, std::int64_t count) {
  ImportBench bench;
  const auto report = bench.import(archive);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->conversations.imported, count);
  expect_adds_up(*report);
  expect_sound(bench);
}

void expect_refused(const std::string& archive, Errc code, const std::string& words) {
  ImportBench bench;
  const auto report = bench.import(archive);
  ASSERT_FALSE(report) << words;
  EXPECT_EQ(report.error().code, code) << report.error().detail;
  EXPECT_THAT(report.error().detail, HasSubstr(words));
  EXPECT_TRUE(bench.all().empty());
}

void replace(std::string& bytes, std::string_view from, std::string_view to) {
  ASSERT_EQ(from.size(), to.size());
  std::size_t count = 0;
  for (std::size_t at = 0; (at = bytes.find(from, at)) != std::string::npos; at += to.size()) {
    bytes.replace(at, from.size(), to);
    ++count;
  }
  ASSERT_GT(count, 0U) << from;
}

TEST(Archive, TheConversationsOfAnExportComeIn) {
  expect_imported(ZipMaker()
                      .add("chat.html", "<html>")
                      .add("conversations.json", conversations({"a", "b"}))
                      .add("user.json", "{}")
                      .bytes(),
                  2);
  expect_imported(ZipMaker().add("conversations.json", conversations({"a"})).store().bytes(), 1);
}

TEST(Archive, PartsAndFoldersComeInInOrder) {
  ZipMaker zip;
  zip.add("export/conversations-001.json", conversations({"c"}));
  zip.add("export/conversations-000.json", conversations({"a", "b"}));
  zip.add("export/shared_conversations.json", R"([{"id":"x"}])");
  const std::string bytes = zip.bytes();
  expect_imported(bytes, 3);
  const TestFile file(bytes);
  const auto input = InputFile::open(file.descriptor());
  const auto archive = Archive::open(*input, {});
  ASSERT_TRUE(archive);
  const ArchivePlan plan = plan_of(*archive);
  ASSERT_EQ(plan.read.size(), 2U);
  EXPECT_EQ(plan.read[0].name, "export/conversations-000.json");
  EXPECT_EQ(plan.certainty, ArchivePlan::Certainty::by_name);
}

TEST(Archive, FilesMadeOnOtherSystemsComeIn) {
  expect_imported(ZipMaker()
                      .add("export\\conversations.json", conversations({"a"}))
                      .add("__MACOSX/export/._conversations.json", "\x05\x16\x07")
                      .bytes(),
                  1);
}

TEST(Archive, JsonOfAnotherNameIsTriedWhenThereIsNoConversationsJson) {
  expect_imported(ZipMaker()
                      .add("a.json", R"({"settings":1})")
                      .add("my chats.json", conversations({"a"}))
                      .add("z.json", "not json at all")
                      .bytes(),
                  1);
  expect_refused(ZipMaker().add("a.json", R"({"settings":1})").bytes(), Errc::unknown_format,
                 "none of the exports");
}

TEST(Archive, ARefusedPartAmongGoodOnesIsAProblem) {
  ImportBench bench;
  const auto report =
      bench.import(ZipMaker()
                       .add("one/conversations.json", R"([{"uuid":"u","chat_messages":[]}])")
                       .add("two/conversations.json", conversations({"a"}))
                       .bytes());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->conversations.imported, 1);
  ASSERT_EQ(report->problems.size(), 1U);
  EXPECT_EQ(report->problems[0].conversation, "one/conversations.json");
  EXPECT_THAT(report->problems[0].reason, HasSubstr("Claude"));
}

TEST(Archive, ListsOfNothingAreNoExport) {
  expect_refused(ZipMaker().add("a.json", "[]").add("b.json", "[1").bytes(), Errc::unknown_format,
                 "");
}

TEST(Archive, AnEmptyExportIsAnEmptyReport) {
  expect_imported(ZipMaker().add("conversations.json", "[]").bytes(), 0);
}

TEST(Archive, AnotherProductsArchiveIsNamed) {
  expect_refused(
      ZipMaker().add("conversations.json", R"([{"uuid":"u","chat_messages":[]}])").bytes(),
      Errc::unknown_format, "export of Claude,");
  expect_refused(ZipMaker().add("photo.png", "PNG").bytes(), Errc::unknown_format,
                 "no conversations.json");
  expect_refused(std::string("PK\x05\x06", 4) + std::string(18, '\0'), Errc::unknown_format,
                 "no conversations.json");
}

TEST(Archive, AnArchiveInAnArchiveIsRefused) {
  const std::string inner = ZipMaker().add("conversations.json", conversations({"a"})).bytes();
  expect_refused(ZipMaker().add("export.zip", inner).bytes(), Errc::invalid_archive,
                 "another archive");
}

TEST(Archive, AnEncryptedOneIsRefused) {
  expect_refused(ZipMaker().add("conversations.json", conversations({"a"})).encrypt().bytes(),
                 Errc::invalid_archive, "password");
}

TEST(Archive, NamesThatLeadOutAndLinksAreRefused) {
  const std::string good = conversations({"a"});
  for (const char* name : {"../conversations.json", "a/../../x.json", "/etc/x.json", "a\\..\\x",
                           "C:\\x.json", "\\x.json", ".."}) {
    expect_refused(ZipMaker().add("conversations.json", good).add(name, "x").bytes(),
                   Errc::invalid_archive, "leads out");
  }
  expect_imported(ZipMaker().add("..a/conversations.json", good).add("a../b..", "x").bytes(), 1);
  expect_refused(
      ZipMaker().add("conversations.json", good).add("link", "/etc/passwd").make_link().bytes(),
      Errc::invalid_archive, "symbolic link");
}

TEST(Archive, TwoEntriesOfOneNameAreRefused) {
  std::string bytes = ZipMaker()
                          .add("conversations.json", conversations({"a"}))
                          .add("conversatiXns.json", conversations({"b"}))
                          .bytes();
  replace(bytes, "conversatiXns.json", "conversations.json");
  expect_refused(bytes, Errc::invalid_archive, "two entries");
}

TEST(Archive, ABombIsRefusedBeforeAnythingComesIn) {
  const std::string bomb = conversations({"a"}).insert(1, std::string(40U << 20, ' '));
  expect_refused(ZipMaker().add("conversations.json", bomb).bytes(), Errc::invalid_archive,
                 "far more");
  ZipMaker parts;
  parts.add("conversations-000.json", conversations({"a"}));
  parts.add("conversations-001.json", bomb);
  expect_refused(parts.bytes(), Errc::invalid_archive, "far more");
}

// Beside much that does not shrink, the file as a whole could hold it.
TEST(Archive, ABombAmongPicturesIsRefused) {
  std::string picture;
  for (std::uint32_t i = 0; i < 300'000; ++i) picture += std::to_string(i * 2'654'435'761U);
  const std::string bomb = conversations({"a"}).insert(1, std::string(40U << 20, ' '));
  expect_refused(
      ZipMaker().add("photo.png", picture).store().add("conversations.json", bomb).bytes(),
      Errc::invalid_archive, "far more");
}

// The bytes of little-endian `value`, `count` of them.
std::string little_endian(std::uint64_t value, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i, value >>= 8) bytes.push_back(static_cast<char>(value & 0xFFU));
  return bytes;
}

TEST(Archive, AllPartsTogetherStayWithinWhatTheFileCanHold) {
  // Each part stays below the size from which its own ratio counts.
  const std::string nearly = "[" + std::string(9U << 20, ' ') + "]";
  ZipMaker zip;
  for (int i = 0; i < 8; ++i) zip.add("conversations-" + std::to_string(i) + ".json", nearly);
  expect_refused(zip.bytes(), Errc::invalid_archive, "far more");
}

TEST(Archive, ALieAboutSizesIsRefused) {
  const std::string content = conversations({"a"});
  const std::string bytes = ZipMaker().add("conversations.json", content).store().bytes();
  const std::string told = little_endian(content.size(), 4);
  std::string smaller = bytes, larger = bytes;
  replace(smaller, told + told, told + little_endian(10, 4));
  replace(larger, told + told, told + little_endian(content.size() * 1'000, 4));
  expect_refused(smaller, Errc::invalid_archive, "damaged");
  expect_refused(larger, Errc::invalid_archive, "damaged");
}

TEST(Archive, DamageIsFoundBeforeAnythingComesIn) {
  const std::string content = conversations({"a", "b"});
  std::string bytes = ZipMaker().add("conversations.json", content).store().bytes();
  replace(bytes, "good day", "bad day!");
  expect_refused(bytes, Errc::invalid_archive, "checksum");
}

TEST(Archive, ADirectoryWithoutEndIsRefusedUnread) {
  std::string end = std::string("PK\x05\x06", 4) + std::string(4, '\0') + little_endian(0xFFFE, 2) +
                    little_endian(0xFFFE, 2) + little_endian(1'000, 4) + little_endian(0, 4) +
                    little_endian(0, 2);
  expect_refused("PK\x03\x04" + std::string(2'000, 'x') + end, Errc::invalid_archive,
                 "more entries");
  // The same in the 64-bit record, behind fields that are full.
  const std::string head = "PK\x03\x04" + std::string(996, 'x');
  const std::string record = "PK\x06\x06" + little_endian(44, 8) +
                             little_endian(0, 12).substr(0, 12) + little_endian(1'000'000, 8) +
                             little_endian(1'000'000, 8) + little_endian(46'000'000, 8) +
                             little_endian(0, 8);
  const std::string locator =
      "PK\x06\x07" + little_endian(0, 4) + little_endian(head.size(), 8) + little_endian(1, 4);
  end = std::string("PK\x05\x06", 4) + std::string(4, '\0') + little_endian(0xFFFF, 2) +
        little_endian(0xFFFF, 2) + little_endian(0xFFFFFFFF, 4) + little_endian(0xFFFFFFFF, 4) +
        little_endian(0, 2);
  expect_refused(head + record + locator + end, Errc::invalid_archive, "more entries");
}

TEST(Archive, CutAtEachPercentItIsRefusedAndNothingComesIn) {
  const std::string bytes = ZipMaker()
                                .add("chat.html", std::string(500, 'x'))
                                .add("conversations.json", conversations({"a", "b", "c"}))
                                .bytes();
  for (std::size_t percent = 1; percent < 100; ++percent) {
    ImportBench bench;
    const auto report = bench.import(bytes.substr(0, bytes.size() * percent / 100));
    ASSERT_FALSE(report) << percent;
    EXPECT_TRUE(bench.all().empty()) << percent;
  }
}

TEST(Archive, ChangedBytesNeverDoHarm) {
  const std::string bytes = ZipMaker()
                                .add("x/conversations-0.json", conversations({"a", "b"}))
                                .add("x/conversations-1.json", conversations({"c"}))
                                .bytes();
  std::uint32_t random = 12'345;
  const auto next = [&random] { return random = random * 1'664'525 + 1'013'904'223; };
  int refused = 0;
  for (int round = 0; round < 2'000; ++round) {
    std::string changed = bytes;
    for (std::uint32_t i = 0, count = next() % 4 + 1; i < count; ++i) {
      changed[(next() >> 8) % changed.size()] = static_cast<char>(next() >> 24);
    }
    ImportBench bench;
    const auto report = bench.import(changed);
    if (report) expect_adds_up(*report);
    if (!report) ++refused;
  }
  EXPECT_GT(refused, 500);
}

TEST(Archive, ProgressCountsWhatIsUnpackedAndCanStopIt) {
  const TestFile file(ZipMaker().add("conversations.json", conversations({"a"})).bytes());
  ImportBench bench;
  std::vector<ImportProgress> told;
  const auto go_on = [&](const ImportProgress& progress) {
    told.push_back(progress);
    return true;
  };
  ASSERT_TRUE(import_file(bench.store(), bench.user(), {file.descriptor(), "x"}, go_on));
  EXPECT_EQ(told.back().bytes_done, told.back().bytes_total);
  EXPECT_EQ(told.back().bytes_total, conversations({"a"}).size());
  const auto stopped = import_file(bench.store(), bench.user(), {file.descriptor(), "x"},
                                   [](const ImportProgress&) { return false; });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Errc::cancelled);
}

TEST(Archive, WhatIsNotImportedIsCountedAndSaid) {
  ImportBench bench;
  const auto report =
      bench.import(ZipMaker()
                       .add("conversations.json", conversations({"a"}))
                       .add("group_chats.json", R"({"chats":[{"id":"g1"},{"id":"g2"}]})")
                       .add("textdocs/t1.json", R"({"id":"t1"})")
                       .add("dalle-generations/file-1.webp", "x")
                       .add("file-2.PNG", "x")
                       .add("audio/file-3.wav", "x")
                       .add("notes.txt", "x")
                       .add("user.json", "{}")
                       .add("chat.html", "<html>")
                       .bytes());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->conversations.imported, 1);
  std::vector<std::string> sentences;
  for (const auto& problem : report->problems) sentences.push_back(problem.reason);
  EXPECT_THAT(sentences,
              testing::UnorderedElementsAre("2 group chats of the archive were not imported.",
                                            "1 canvas document of the archive was not imported.",
                                            "2 pictures of the archive were not imported.",
                                            "1 recording of the archive was not imported.",
                                            "1 other file of the archive was not imported."));
}

TEST(Archive, NamesThatBrowsersAndPeopleGiveAreRead) {
  expect_imported(ZipMaker()
                      .add("conversations.json", conversations({"a"}))
                      .add("conversations (1).json", conversations({"b"}))
                      .add("x/Conversations_2 - Copy.json", conversations({"c"}))
                      .add("conversations_3.JSON", conversations({"d"}))
                      .bytes(),
                  4);
  ImportBench bench;
  const auto report = bench.import(ZipMaker()
                                       .add("conversations.json", conversations({"a"}))
                                       .add("conversations of mine.json", conversations({"b"}))
                                       .bytes());
  ASSERT_EQ(report->problems.size(), 1U) << "what is not read is named";
  EXPECT_THAT(report->problems[0].reason, HasSubstr("1 other file"));
}

TEST(Archive, ABrokenFileDoesNotKeepTheOthersOut) {
  const std::string broken = conversations({"b", "c"});
  ImportBench bench;
  const auto report =
      bench.import(ZipMaker()
                       .add("conversations-000.json", conversations({"a"}))
                       .add("conversations-001.json", broken.substr(0, broken.size() - 9))
                       .add("conversations-002.json", conversations({"d"}))
                       .bytes());
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->conversations.imported, 3);
  ASSERT_EQ(report->problems.size(), 1U);
  EXPECT_EQ(report->problems[0].conversation, "conversations-001.json");
  EXPECT_THAT(report->problems[0].reason, HasSubstr("ends too early at byte"));
  EXPECT_THAT(report->problems[0].reason, HasSubstr("The 1 conversation before that was read."));
  expect_adds_up(*report);
  expect_refused(
      ZipMaker().add("conversations-0.json", "[{").add("conversations-1.json", "[{").bytes(),
      Errc::invalid_json, "too early");
}

}  // namespace
}  // namespace threadkeep
