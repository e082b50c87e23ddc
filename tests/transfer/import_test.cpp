// From a file to the store: what is recognised, what is reported, what happens again.
#include <algorithm>

#include "gmock/gmock.h"
#include "support.h"

namespace threadkeep {
namespace {

using testing::HasSubstr;

std::string small_conversation(std::string_view id, std::string_view more_members = "") {
  return conversation_json(
      id,
      {{"q", "", text_message("user", "hello")}, {"a", "q", text_message("assistant", "good day")}},
      more_members);
}

Errc code_of(const Result<ImportReport>& result) {
  return result ? Errc::not_found : result.error().code;  // no import fails with not_found
}

TEST(Import, AnArrayOfConversationsComesIn) {
  ImportBench bench;
  const auto report = bench.import(
      "[" + small_conversation("a") + "," + small_conversation("b") + "]", "conversations.json");
  ASSERT_TRUE(report);
  EXPECT_EQ(
      to_json(*report),
      R"({"format":"chatgpt","name":"conversations.json",)"
      R"("conversations":{"found":2,"imported":2,"alreadyHere":0,"deletedForEver":0,"failed":0},)"
      R"("messages":{"found":4,"imported":4,"alreadyHere":0,"skipped":0},)"
      R"("presets":{"found":0,"imported":0,"alreadyHere":0,"failed":0},)"
      R"("verbatim":[],"problems":[],"problemsLeftOut":0})");
  expect_sound(bench);
  EXPECT_EQ(bench.all().size(), 2U);
}

TEST(Import, OneConversationAndWrappersComeIn) {
  const std::string a = small_conversation("a"), b = small_conversation("b");
  const std::pair<std::string, int> files[] = {
      {a, 1},
      {"\xEF\xBB\xBF \r\n[" + a + "]\n", 1},
      {R"({"conversations":[)" + a + "," + b + R"(],"version":1})", 2},
      {R"({"export":{"a":1},"raw":)" + a + "}", 1},
      {R"([{"conversation":)" + a + "}," + b + "]", 2},
  };
  for (const auto& [file, count] : files) {
    ImportBench bench;
    const auto report = bench.import(file);
    ASSERT_TRUE(report) << file << report.error().detail;
    EXPECT_EQ(report->conversations.imported, count) << file;
    EXPECT_EQ(report->conversations.found, count) << file;
  }
}

TEST(Import, BadEntriesAmongGoodOnesAreNamed) {
  ImportBench bench;
  const auto report = bench.import(
      R"([{"title":"Lost","conversation_id":"x-1"},)" + small_conversation("a") +
      R"(,5,{"mapping":[]},{"mapping":{}},{"bad":nul},"\ud800",{"mapping":{"m":{"message":"?"}},"id":"x-7"}])");
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->conversations.found, 8);
  EXPECT_EQ(report->conversations.imported, 1);
  EXPECT_EQ(report->conversations.failed, 7);
  EXPECT_EQ(report->messages.found, 3);
  EXPECT_EQ(report->messages.imported, 2);
  EXPECT_EQ(report->messages.skipped, 1);
  expect_adds_up(*report);
  ASSERT_EQ(report->problems.size(), 7U);
  EXPECT_EQ(report->problems[0].conversation, "x-1");
  EXPECT_EQ(report->problems[0].title, "Lost");
  EXPECT_THAT(report->problems[0].reason, HasSubstr("mapping"));
  EXPECT_EQ(report->problems[1].conversation, "#3");
  EXPECT_EQ(report->problems[1].reason, "It is no conversation.");
  EXPECT_EQ(report->problems[3].reason, "It holds no messages.");
  EXPECT_THAT(report->problems[4].reason, HasSubstr("not valid JSON"));
  EXPECT_EQ(report->problems[6].conversation, "x-7");
  EXPECT_EQ(report->problems[6].reason, "It holds no messages. One entry is no message.");
}

TEST(Import, ProblemsAreLimitedAndTheRestIsCounted) {
  ImportBench bench;
  std::string file = "[" + small_conversation("a");
  for (int i = 0; i < 1'000; ++i) file += R"(,{"title":")" + std::string(1'000, 't') + R"("})";
  const auto report = bench.import(file + "]");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->conversations.failed, 1'000);
  EXPECT_EQ(report->problems.size(), ImportReport::problems_max);
  EXPECT_EQ(report->problems_left_out, 800);
  EXPECT_EQ(report->problems[0].title.size(), 200U);
  expect_adds_up(*report);
}

TEST(Import, HiddenMessagesAreSaidOnce) {
  ImportBench bench;
  const std::string hidden =
      message_json("user", R"({"content_type":"user_editable_context","user_profile":"SRE"})",
                   R"("metadata":{"is_visually_hidden_from_conversation":true})");
  std::string file = "[";
  for (const char* id : {"a", "b"}) {
    if (file.size() > 1) file += ',';
    file += conversation_json(id, {{"h", "", hidden}, {"q", "h", text_message("user", "hi")}});
  }
  const auto report = bench.import(file + "]");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->messages.found, 4);
  EXPECT_EQ(report->messages.skipped, 2);
  ASSERT_EQ(report->problems.size(), 1U);
  EXPECT_THAT(report->problems[0].reason, HasSubstr("2 messages were left out"));
  expect_adds_up(*report);
}

TEST(Import, WhatIsNoExportIsSaidInASentence) {
  const std::pair<std::string, std::string> files[] = {
      {"", "empty"},
      {" \n\t ", "empty"},
      {"\xEF\xBB\xBF", "empty"},
      {"hello", "neither JSON nor a zip"},
      {"null", "neither"},
      {"17", "neither"},
      {R"("x")", "neither"},
      {"<!DOCTYPE html><html>", "web page"},
      {"\x1F\x8B\x08 gzip gzip", "another way"},
      {"7z\xBC\xAF\x27\x1C 7zip", "another way"},
      {"\xFF\xFE[\0]\0", "UTF-16"},
      {"[]", "empty list"},
      {"[1,2,3]", "none of the exports"},
      {R"([{"a":1},{"b":2}])", "none of the exports"},
      {"{}", "none of the exports"},
      {R"({"title":"x","conversations":[]})", "none of the exports"},
      {R"([{"uuid":"u","chat_messages":[]}])", "export of Claude,"},
      {"{\"type\":\"session_meta\",\"payload\":{}}\n{\"type\":\"x\"}\n", "export of Codex,"},
      {"{\"a\":1}\n{\"a\":2}\n", "none of the exports"},
      {R"({"conversations":[{"conversation":{},"responses":[]}]})", "export of Grok,"},
  };
  for (const auto& [file, words] : files) {
    ImportBench bench;
    const auto report = bench.import(file);
    EXPECT_EQ(code_of(report), Errc::unknown_format) << file;
    if (report) continue;
    EXPECT_THAT(report.error().detail, HasSubstr(words)) << file;
    EXPECT_TRUE(bench.all().empty());
  }
}

TEST(Import, AnEndlessListOfNothingIsGivenUp) {
  std::string file = "[0";
  for (int i = 0; i < 200'000; ++i) file += ",0";
  ImportBench bench;
  EXPECT_EQ(code_of(bench.import(file)), Errc::unknown_format);  // without a closing bracket
}

TEST(Import, AnotherProductsEntryAmongChatgptsIsAProblemOnly) {
  ImportBench bench;
  const auto report =
      bench.import("[" + small_conversation("a") + R"(,{"uuid":"u","chat_messages":[]}])");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->conversations.imported, 1);
  EXPECT_EQ(report->conversations.failed, 1);
}

TEST(Import, TheSameFileAgainAddsNothing) {
  ImportBench bench;
  const std::string file = "[" + small_conversation("a") + "," + small_conversation("") + "]";
  ASSERT_TRUE(bench.import(file));
  const auto before = bench.all();
  const auto again = bench.import(file);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->conversations.imported, 0);
  EXPECT_EQ(again->conversations.already_here, 2);
  EXPECT_EQ(again->messages.imported, 0);
  EXPECT_EQ(again->messages.already_here, 4);
  expect_adds_up(*again);
  const auto after = bench.all();
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_EQ(after[i].row.seq, before[i].row.seq);
    EXPECT_EQ(after[i].messages.size(), before[i].messages.size());
  }
}

TEST(Import, ALaterExportAddsWhatIsNew) {
  ImportBench bench;
  ASSERT_TRUE(bench.import("[" + small_conversation("a", R"("current_node":"a")") + "]"));
  const std::string longer = conversation_json("a",
                                               {{"q", "", text_message("user", "hello")},
                                                {"a", "q", text_message("assistant", "good day")},
                                                {"a2", "q", text_message("assistant", "hi!")},
                                                {"q2", "a", text_message("user", "and now?")}},
                                               R"("current_node":"q2","title":"renamed there")");
  const auto report = bench.import("[" + longer + "," + small_conversation("b") + "]");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->conversations.already_here, 1);
  EXPECT_EQ(report->conversations.imported, 1);
  EXPECT_EQ(report->messages.already_here, 2);
  EXPECT_EQ(report->messages.imported, 4);
  expect_adds_up(*report);
  expect_sound(bench);
  for (const ImportedConversation& conversation : bench.all()) {
    const Message* const last = conversation.find("q2");
    if (last == nullptr) continue;
    EXPECT_EQ(conversation.messages.size(), 4U);
    EXPECT_EQ(last->parent_id, conversation.find("a")->id);
    EXPECT_EQ(conversation.find("a2")->parent_id, conversation.find("q")->id);
    EXPECT_EQ(conversation.row.head_id, last->id);
  }
}

TEST(Import, TheSameConversationTwiceInAFileIsOne) {
  ImportBench bench;
  const auto report =
      bench.import("[" + small_conversation("a") + "," + small_conversation("a") + "]");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->conversations.imported, 1);
  EXPECT_EQ(report->conversations.already_here, 1);
  expect_adds_up(*report);
}

TEST(Import, WhatWasDeletedHereStaysDeleted) {
  ImportBench bench;
  ASSERT_TRUE(bench.import("[" + small_conversation("a") + "]"));
  const ConversationId id = bench.all().front().row.id;
  ASSERT_TRUE(bench.store().write(bench.user(), DeleteConversation{id, Erase::later}));
  const auto report = bench.import("[" + small_conversation("a") + "]");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->conversations.already_here, 1);
  EXPECT_EQ(report->messages.skipped, 2);
  ASSERT_EQ(report->problems.size(), 1U);
  EXPECT_THAT(report->problems[0].reason, HasSubstr("trash"));
  expect_adds_up(*report);
  EXPECT_TRUE(bench.all().empty());
}

TEST(Import, AFileThatEndsInTheMiddleBringsWhatWasWhole) {
  const std::string file = "[" + small_conversation("a") + "," + small_conversation("b") + "," +
                           small_conversation("c") + "]";
  for (int percent = 0; percent < 100; ++percent) {
    const std::string_view part =
        std::string_view(file).substr(0, file.size() * static_cast<std::size_t>(percent) / 100);
    ImportBench bench;
    const auto cut = bench.import(std::string(part));
    EXPECT_EQ(code_of(cut), percent == 0 ? Errc::unknown_format : Errc::invalid_json) << percent;
    const std::size_t whole = bench.all().size();
    EXPECT_EQ(whole, static_cast<std::size_t>(percent) * 3 / 100) << percent;
    if (!cut && whole > 0) {
      EXPECT_THAT(cut.error().detail, HasSubstr(std::to_string(whole) + " conversation"));
    }
    const auto mended = bench.import(file);
    ASSERT_TRUE(mended);
    EXPECT_EQ(mended->conversations.already_here, static_cast<std::int64_t>(whole));
    EXPECT_EQ(bench.all().size(), 3U);
    expect_sound(bench);
  }
}

// A conversation is whole when a comma or the end of the array follows it.
TEST(Import, BrokenJsonBehindWholeConversationsIsAnError) {
  const std::pair<std::string, std::size_t> endings[] = {
      {"]x", 1}, {"]]", 1}, {",]", 1}, {"} ]", 0}, {"", 0}};
  for (const auto& [ending, whole] : endings) {
    ImportBench bench;
    EXPECT_EQ(code_of(bench.import("[" + small_conversation("a") + ending)), Errc::invalid_json)
        << ending;
    EXPECT_EQ(bench.all().size(), whole) << ending;
  }
  ImportBench bench;
  EXPECT_EQ(code_of(bench.import(R"({"mapping":{"a":1})")), Errc::invalid_json);
}

// A long conversation is stored in slices; the head goes along its own way, not along the others.
TEST(Import, ALongConversationKeepsItsTreeAndItsHead) {
  std::vector<TestNode> nodes{{"root", "", "null"}};
  const auto add = [&](const std::string& id, const std::string& parent) {
    nodes.push_back({id, parent, text_message(nodes.size() % 2 == 0 ? "user" : "assistant", id)});
  };
  // 1,300 messages on the way to the head, and a branch of 700 that begins early.
  add("a0", "root");
  for (int i = 1; i < 1'300; ++i) add("a" + std::to_string(i), "a" + std::to_string(i - 1));
  add("b0", "a100");
  for (int i = 1; i < 700; ++i) add("b" + std::to_string(i), "b" + std::to_string(i - 1));
  const std::string text = conversation_json("c", nodes, R"("current_node":"a1299")");
  const TestFile source("[" + text + "]");
  ImportBench bench;
  int asked = 0;
  const auto report = import_file(bench.store(), bench.user(), {source.descriptor(), "x"},
                                  [&](const ImportProgress&) {
                                    ++asked;
                                    return true;
                                  });
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->messages.imported, 2'000);
  EXPECT_GE(asked, 5) << "it can be stopped between two slices";
  const auto has_its_head = [](ImportBench& store) {
    const ImportedConversation only = store.all().at(0);
    return only.row.message_count == 2'000 && only.row.head_id == only.find("a1299")->id;
  };
  EXPECT_TRUE(has_its_head(bench));
  // The same again adds nothing; stopped in the middle, the next time brings the rest.
  const auto again = import_file(bench.store(), bench.user(), {source.descriptor(), "x"}, {});
  EXPECT_EQ(again->messages.already_here, 2'000);
  ImportBench other;
  asked = 0;
  const auto stopped = import_file(other.store(), other.user(), {source.descriptor(), "x"},
                                   [&](const ImportProgress&) { return ++asked < 3; });
  EXPECT_EQ(code_of(stopped), Errc::cancelled);
  EXPECT_GT(other.all().at(0).row.message_count, 0);
  EXPECT_LT(other.all().at(0).row.message_count, 2'000);
  const auto rest = import_file(other.store(), other.user(), {source.descriptor(), "x"}, {});
  EXPECT_EQ(rest->messages.imported + rest->messages.already_here, 2'000);
  EXPECT_TRUE(has_its_head(other));
}

TEST(Import, ProgressIsToldAndCanStopIt) {
  std::string file = "[";
  for (int i = 0; i < 400; ++i) {
    if (i > 0) file += ",";
    file += conversation_json(std::to_string(i),
                              {{"m", "", text_message("user", std::string(4'000, 'x'))}});
  }
  file += "]";
  const TestFile source(file);
  ImportBench bench;
  std::vector<ImportProgress> told;
  const auto stopped = import_file(bench.store(), bench.user(), {source.descriptor(), "x"},
                                   [&](const ImportProgress& progress) {
                                     told.push_back(progress);
                                     return progress.conversations < 150;
                                   });
  EXPECT_EQ(code_of(stopped), Errc::cancelled);
  EXPECT_NE(stopped.error().detail.find("Of the 150 conversations that it had read, 150 came in"),
            std::string::npos)
      << stopped.error().detail;
  ASSERT_GT(told.size(), 150U);
  EXPECT_EQ(told.front().bytes_total, file.size());
  EXPECT_LT(told.front().bytes_done, told.back().bytes_done);
  // It is asked at every conversation, not only at every piece of the file.
  EXPECT_EQ(bench.all().size(), 150U);
  const auto done = import_file(bench.store(), bench.user(), {source.descriptor(), "x"},
                                [&](const ImportProgress& progress) {
                                  told.push_back(progress);
                                  return true;
                                });
  ASSERT_TRUE(done);
  EXPECT_EQ(done->conversations.already_here, 150);
  EXPECT_EQ(told.back().bytes_done, file.size());
  EXPECT_EQ(told.back().conversations, 400);
}

TEST(Import, ADirectoryIsNoFile) {
  ImportBench bench;
  const int directory = ::open("/", O_RDONLY | O_DIRECTORY);
  EXPECT_EQ(code_of(import_file(bench.store(), bench.user(), {directory, "x"}, {})),
            Errc::unknown_format);
  ::close(directory);
  EXPECT_THROW((void)import_file(bench.store(), bench.user(), {-1, "x"}, {}), std::system_error);
}

TEST(Import, AFileNameThatIsNoTextDoesNoHarm) {
  ImportBench bench;
  const auto report = bench.import("[" + small_conversation("a") + "]", std::string("a\xFF\0b", 4));
  ASSERT_TRUE(report);
  expect_adds_up(*report);
}

TEST(Import, NewContentTypesWithoutEndAreCountedTogether) {
  std::string parts;
  for (int i = 0; i < 5'000; ++i) {
    parts += (i > 0 ? "," : "") + (R"({"content_type":"type)" + std::to_string(i) + R"("})");
  }
  ImportBench bench;
  const auto report = bench.import(conversation_json(
      "a",
      {{"m", "",
        message_json("user", R"({"content_type":"multimodal_text","parts":[)" + parts + "]}")}}));
  ASSERT_TRUE(report);
  EXPECT_LE(report->verbatim.size(), 201U);
  std::int64_t sum = 0;
  for (const auto& [type, count] : report->verbatim) sum += count;
  EXPECT_EQ(sum, 5'000);
  expect_sound(bench);
}

TEST(Import, WhatWasDeletedForEverStaysAwayAndComesInAnewWhenAskedFor) {
  ImportBench bench;
  const std::string file = "[" + small_conversation("a") + "," + small_conversation("b") + "]";
  ASSERT_TRUE(bench.import("[" + small_conversation("a") + "]"));
  const ConversationId id = bench.all().front().row.id;
  ASSERT_TRUE(bench.store().write(bench.user(), DeleteConversation{id, Erase::now}));

  const auto away = bench.import(file);
  ASSERT_TRUE(away);
  EXPECT_EQ(away->conversations.deleted_for_ever, 1);
  EXPECT_EQ(away->conversations.imported, 1);
  ASSERT_EQ(away->problems.size(), 2U);
  EXPECT_THAT(away->problems[0].reason, HasSubstr("deleted for ever here"));
  EXPECT_THAT(away->problems[1].reason, HasSubstr("bring it in anew"));
  expect_adds_up(*away);

  const auto import_anew = [&] {
    const TestFile source(file);
    return import_file(bench.store(), bench.user(),
                       {source.descriptor(), "x", ErasedBefore::comes_in_anew}, {});
  };
  const auto anew = import_anew();
  ASSERT_TRUE(anew);
  EXPECT_EQ(anew->conversations.imported, 1);
  EXPECT_EQ(anew->conversations.deleted_for_ever, 0);
  EXPECT_EQ(anew->messages.imported, 2);
  expect_sound(bench);
  ASSERT_EQ(bench.all().size(), 2U);
  // Asked for again, it is the same one, and not a second.
  EXPECT_EQ(import_anew()->conversations.already_here, 2);
  // Deleted once more, others follow.
  for (const ImportedConversation& conversation : bench.all())
    ASSERT_TRUE(
        bench.store().write(bench.user(), DeleteConversation{conversation.row.id, Erase::now}));
  EXPECT_EQ(import_anew()->conversations.imported, 2);
}

TEST(Import, AJsonObjectALineComesIn) {
  ImportBench bench;
  const auto report =
      bench.import(small_conversation("a") + "\n" + small_conversation("b") + "\r\n\n{\"x\":1}\n");
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->conversations.imported, 2);
  EXPECT_EQ(report->conversations.failed, 1);
  EXPECT_EQ(report->problems[0].conversation, "#3");
}

TEST(Import, TheListOfAnObjectIsReadElementByElement) {
  // Each conversation within the limit, all together far beyond what one value may have.
  ImportBench bench;
  const auto report = bench.import("{\"version\":1,\"conversations\":[" + small_conversation("a") +
                                   ",{\"title\":\"Lost\"}," + small_conversation("b") +
                                   "],\"more\":[" + small_conversation("c") + "]}");
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->conversations.imported, 2);
  EXPECT_EQ(report->conversations.failed, 1);
}

TEST(Import, AConversationWithoutAnyTimeStaysAtItsPlace) {
  ImportBench bench;
  const auto report = bench.import(
      R"([{"id":"a","update_time":1780001000,"mapping":{"m":{"message":{"author":{"role":"user"},"content":"first"}}}},)"
      R"({"id":"b","update_time":null,"mapping":{"m":{"message":{"author":{"role":"user"},"content":"second"}}}}])");
  ASSERT_TRUE(report);
  for (const ImportedConversation& conversation : bench.all())
    EXPECT_EQ(conversation.row.updated_at, 1'780'001'000'000) << conversation.row.title;
}

}  // namespace
}  // namespace threadkeep
