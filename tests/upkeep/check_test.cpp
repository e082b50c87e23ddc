// Each rule of a store is broken by hand: the check names it, and mends it where that is possible.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/limits.h"
#include "domain/content.h"
#include "store/audit.h"
#include "store/sql/query.h"
#include "upkeep/check.h"
#include "upkeep/upkeep_support.h"

namespace threadkeep::test {
namespace {

using testing::Contains;
using testing::IsEmpty;
using upkeep::Mend;

class Check : public UpkeepTest {
 protected:
  // The rules that are broken, each once.
  std::vector<std::string> check(Mend mend = Mend::no) {
    auto place = mend == Mend::yes ? upkeep::claim_sqlite(path_, clock_).value()
                                   : upkeep::look_at_sqlite(path_).value();
    std::vector<std::string> rules;
    findings_.clear();
    const auto tell = [&](const upkeep::Finding& finding) {
      if (rules.empty() || rules.back() != finding.rule) rules.push_back(finding.rule);
      findings_.push_back(finding);
    };
    report_ = upkeep::check_store(*place.connection, mend, clock_, tell, progress_).value();
    return rules;
  }

  std::vector<upkeep::Finding> findings_;
  upkeep::CheckReport report_;
};

TEST_F(Check, AStoreOfAnyLifeIsWhole) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    path_ = folder_.file(std::to_string(seed) + ".db");
    fill(path_, seed);
    EXPECT_THAT(check(), IsEmpty()) << findings_.front().rule << " " << findings_.front().where;
    EXPECT_GT(report_.messages, 100U);
    EXPECT_GT(report_.conversations, 10U);
  }
}

TEST_F(Check, ReadsWhileAServerWrites) {
  fill(path_, 1);
  const auto store = open(path_);
  EXPECT_THAT(check(), IsEmpty());
  EXPECT_FALSE(upkeep::claim_sqlite(path_, clock_)) << "a repair needs the store for itself";
}

TEST_F(Check, IsStoppedBetweenTwoMessagesAndChangesNothing) {
  fill(path_, 1);
  run(path_, "UPDATE conversations SET message_count = message_count + 1");
  auto place = upkeep::claim_sqlite(path_, clock_).value();
  int steps = 0;
  Progress progress(
      [&](const std::string&, std::uint64_t, std::uint64_t) { return ++steps < 100; });
  const auto report = upkeep::check_store(
      *place.connection, Mend::yes, clock_, [](const upkeep::Finding&) {}, progress);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::cancelled);
  place.connection.reset();
  place.lock.reset();
  EXPECT_THAT(check(), Contains("message-count"));
}

struct Break {
  const char* rule;
  const char* sql;
  enum class End { mended, stays } end;
};

void PrintTo(const Break& rule, std::ostream* out) { *out << rule.rule; }

// A live conversation with some messages, one with branches, and one that is erased.
#define LIVE "(SELECT max(key) FROM conversations WHERE state = 0 AND message_count > 5)"
#define BRANCHED "(SELECT max(key) FROM conversations WHERE state = 0 AND jump_count > 0)"
#define ERASED "(SELECT max(key) FROM conversations WHERE state = 2)"
#define JUMP "(SELECT max(child) FROM jumps WHERE parent <> child)"
#define MESSAGE "(SELECT max(key) FROM messages WHERE key >> 23 = " LIVE ")"

const std::vector<Break> breaks{
    {"message-count", "UPDATE conversations SET message_count = 99 WHERE key = " LIVE,
     Break::End::mended},
    {"last-position", "UPDATE conversations SET last_position = 99 WHERE key = " LIVE,
     Break::End::mended},
    {"jump-count", "UPDATE conversations SET jump_count = 0 WHERE key = " BRANCHED,
     Break::End::mended},
    {"head",
     "UPDATE messages SET state = 1, deleted_at = 5 WHERE key = (SELECT (key << 23) + "
     "head_position FROM conversations WHERE key = " LIVE ")",
     Break::End::mended},
    {"message-deletion", "UPDATE messages SET state = 1, deleted_at = NULL WHERE key = " MESSAGE,
     Break::End::mended},
    {"message-deletion", "UPDATE messages SET state = 0, deleted_at = 5 WHERE key = " MESSAGE,
     Break::End::mended},
    {"message-deletion", "UPDATE messages SET state = 7, deleted_at = 5 WHERE key = " MESSAGE,
     Break::End::mended},
    {"message-deletion",
     "UPDATE messages SET state = 0, deleted_at = NULL WHERE key >> 23 = " ERASED,
     Break::End::mended},
    {"erased", "UPDATE messages SET state = 2, deleted_at = 5 WHERE key = " MESSAGE,
     Break::End::mended},
    {"head", "UPDATE conversations SET head_position = 1 WHERE key = " LIVE, Break::End::mended},
    {"head", "UPDATE conversations SET head_id = zeroblob(16) WHERE key = " LIVE,
     Break::End::mended},
    {"head", "UPDATE conversations SET head_position = 99, head_id = NULL WHERE key = " LIVE,
     Break::End::mended},
    {"tag-rows",
     "INSERT INTO conversation_tags (conversation, tag) VALUES (" LIVE ", 'never given')",
     Break::End::mended},
    {"tag-rows", "UPDATE conversations SET tags = '[\"lost\"]' WHERE key = " LIVE,
     Break::End::mended},
    {"tags", "UPDATE conversations SET tags = '[1' WHERE key = " LIVE, Break::End::mended},
    {"deleted-at", "UPDATE conversations SET deleted_at = 5 WHERE key = " LIVE, Break::End::mended},
    {"deleted-at", "UPDATE conversations SET deleted_at = NULL WHERE key = " ERASED,
     Break::End::mended},
    {"erased", "UPDATE conversations SET title = 'a word' WHERE key = " ERASED, Break::End::mended},
    {"parent", "UPDATE jumps SET parent = child + 1 WHERE child = " JUMP, Break::End::mended},
    {"parent", "UPDATE jumps SET parent = parent - 8388608 * 3 WHERE child = " JUMP,
     Break::End::mended},
    {"parent",
     "INSERT INTO jumps (child, parent) VALUES (" MESSAGE ", " MESSAGE
     " - 1) ON CONFLICT DO UPDATE SET parent = excluded.parent",
     Break::End::mended},
    {"jump-owner", "INSERT INTO jumps (child, parent) VALUES ((" LIVE " << 23) + 5000, 0)",
     Break::End::mended},
    {"tag-owner",
     "INSERT INTO conversation_tags (conversation, tag) VALUES ((1 << 20) + 900, 'nobody')",
     Break::End::mended},
    {"answer-part-owner",
     "INSERT INTO answer_parts (message, part, text, closing) VALUES ((" LIVE
     " << 23) + 5000, 1, '[', ']')",
     Break::End::mended},
    {"answer-part",
     "UPDATE answer_parts SET part = 9 WHERE part = 2 AND message = (SELECT max(message) FROM "
     "answer_parts)",
     Break::End::stays},
    {"content",
     "UPDATE answer_parts SET text = 'no list' WHERE part = 1 AND message = (SELECT max(message) "
     "FROM answer_parts)",
     Break::End::stays},
    {"user-seq", "UPDATE users SET seq = seq - 5 WHERE number = 1", Break::End::mended},
    {"user-conversations", "UPDATE users SET conversations = 1 WHERE number = 1",
     Break::End::mended},
    {"seq-twice",
     "UPDATE conversations SET seq = (SELECT min(seq) FROM messages m WHERE m.key >> 43 = "
     "conversations.key >> 20) WHERE key = " LIVE,
     Break::End::mended},
    {"seq-rest", "UPDATE messages SET seq_rest = 100000 WHERE key = " MESSAGE, Break::End::mended},
    {"erased-at", "UPDATE conversations SET erased_at = 5 WHERE key = " LIVE, Break::End::mended},
    {"erased-at", "UPDATE conversations SET erased_at = NULL WHERE key = " ERASED,
     Break::End::mended},
    {"edit-time", "UPDATE conversations SET tags_edited_at = 1 << 55 WHERE key = " LIVE,
     Break::End::mended},
    {"edit-time", "UPDATE conversations SET head_edited_at = -1 WHERE key = " LIVE,
     Break::End::mended},
    {"blob-owner", "INSERT INTO blobs VALUES (900, zeroblob(32), 5, 'text/plain', 5)",
     Break::End::mended},
    {"vendor-owner",
     "INSERT INTO vendors VALUES (900, 'groq', 'Groq', 'chat', 'https://x', '', '', x'', 1, 5)",
     Break::End::mended},
    {"vendor", "INSERT INTO vendors VALUES (1, 'groq', 'Groq', 'chat', '', '', '', x'', 1, 5)",
     Break::End::stays},
    {"operation-owner", "INSERT INTO operations VALUES (900, zeroblob(16), 5, NULL)",
     Break::End::mended},
    {"epoch-start", "INSERT INTO epoch_starts VALUES (1, 77, 1 << 50)", Break::End::mended},
    {"epoch", "DELETE FROM epochs", Break::End::stays},
    {"user-horizon", "UPDATE users SET min_seq = seq + 1 WHERE number = 1", Break::End::stays},
    {"positions", "DELETE FROM messages WHERE key = (" LIVE " << 23) + 2", Break::End::stays},
    {"message-owner", "UPDATE messages SET key = key + 8388608 * 900 WHERE key = " MESSAGE,
     Break::End::stays},
    {"conversation-owner", "UPDATE conversations SET key = key + 1048576 * 9 WHERE key = " LIVE,
     Break::End::stays},
    {"conversation-id", "UPDATE conversations SET id = x'01' WHERE key = " LIVE, Break::End::stays},
    {"conversation-state", "UPDATE conversations SET title_source = 9 WHERE key = " LIVE,
     Break::End::stays},
    {"conversation-time", "UPDATE conversations SET updated_at = 1 << 60 WHERE key = " LIVE,
     Break::End::mended},
    {"conversation-json", "UPDATE conversations SET metadata = '[]' WHERE key = " LIVE,
     Break::End::mended},
    {"settings",
     "UPDATE conversations SET settings = '{\"temperature\":7,\"x\":1}' WHERE key = " LIVE,
     Break::End::mended},
    {"settings", "UPDATE conversations SET settings = 'none' WHERE key = " LIVE,
     Break::End::mended},
    {"preset",
     "UPDATE presets SET settings = '{\"temperature\":7,\"x\":1}' WHERE id LIKE 'folder:%'",
     Break::End::mended},
    {"preset", "UPDATE presets SET deleted_at = 5 WHERE id LIKE 'folder:%'", Break::End::mended},
    {"preset", "UPDATE presets SET name = 'two' || char(10) || 'lines' WHERE id LIKE 'folder:%'",
     Break::End::mended},
    {"preset-id", "UPDATE presets SET id = 'folder:' WHERE id LIKE 'folder:%' AND key < (2 << 20)",
     Break::End::mended},
    {"preset-owner", "UPDATE presets SET key = key + (90 << 20) WHERE id LIKE 'folder:%'",
     Break::End::mended},
    {"edit-time", "UPDATE presets SET tools_edited_at = -1", Break::End::mended},
    {"edit-time", "UPDATE conversations SET effort_edited_at = -1 WHERE key = " LIVE,
     Break::End::mended},
    {"title", "UPDATE conversations SET title = 'two' || char(10) || 'lines' WHERE key = " LIVE,
     Break::End::mended},
    {"folder", "UPDATE conversations SET folder = char(27) || '[31mred' WHERE key = " LIVE,
     Break::End::mended},
    {"folder", "UPDATE conversations SET folder = '' WHERE key = " LIVE, Break::End::mended},
    {"tags", "UPDATE conversations SET tags = '[\"a\",\"a\",\"b\\u0007\"]' WHERE key = " LIVE,
     Break::End::mended},
    {"model", "UPDATE conversations SET model = char(9) WHERE key = " LIVE, Break::End::mended},
    {"model", "UPDATE messages SET model = 'm' || char(10) WHERE key = " MESSAGE,
     Break::End::mended},
    {"conversation-time", "UPDATE conversations SET created_at = -1 WHERE key = " LIVE,
     Break::End::mended},
    {"message-number", "UPDATE messages SET created_at = -5 WHERE key = " MESSAGE,
     Break::End::mended},
    {"message-number", "UPDATE messages SET token_count = 1 << 62 WHERE key = " MESSAGE,
     Break::End::mended},
    {"message-json",
     "UPDATE messages SET error = '{\"type\":{},\"detail\":{}}' WHERE key = " MESSAGE,
     Break::End::mended},
    {"message-json", "UPDATE messages SET usage = '{\"inputTokens\":-2}' WHERE key = " MESSAGE,
     Break::End::mended},
    {"content",
     "UPDATE messages SET content = '[{\"type\":\"text\",\"text\":\"' || "
     "replace(hex(zeroblob(2200000)), '0', 'x') || '\"}]' WHERE key = " MESSAGE,
     Break::End::mended},
    {"message-id", "UPDATE messages SET id = x'0102' WHERE key = " MESSAGE, Break::End::stays},
    {"message-state", "UPDATE messages SET role = 4 WHERE key = " MESSAGE, Break::End::stays},
    {"message-number", "UPDATE messages SET token_count = -1 WHERE key = " MESSAGE,
     Break::End::mended},
    {"content", "UPDATE messages SET content = '[{\"type\":\"text\"' WHERE key = " MESSAGE,
     Break::End::mended},
    {"content", "UPDATE messages SET content = '[{\"text\":\"x\"}]' WHERE key = " MESSAGE,
     Break::End::mended},
    {"message-json", "UPDATE messages SET usage = 'none' WHERE key = " MESSAGE, Break::End::mended},
    {"meta", "UPDATE meta SET value = x'01' WHERE name = 'cursor_key'", Break::End::stays},
    {"seq", "UPDATE conversations SET seq = 0 WHERE key = " LIVE, Break::End::stays},
};

class CheckOf : public Check, public testing::WithParamInterface<Break> {};
INSTANTIATE_TEST_SUITE_P(Rules, CheckOf, testing::ValuesIn(breaks),
                         [](const testing::TestParamInfo<Break>& parameter) {
                           std::string name = parameter.param.rule;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name + "_" + std::to_string(parameter.index);
                         });

TEST_P(CheckOf, ABrokenRowIsFoundByName) {
  fill(path_, 3, 400);
  ASSERT_GT(number(path_, "SELECT " ERASED), 0);
  ASSERT_THAT(check(), IsEmpty());
  run(path_, GetParam().sql);
  EXPECT_THAT(check(), Contains(GetParam().rule));
  EXPECT_EQ(report_.mended, 0U);
}

TEST_P(CheckOf, WhatFollowsFromTheRestIsMended) {
  fill(path_, 3, 400);
  run(path_, GetParam().sql);
  EXPECT_THAT(check(Mend::yes), Contains(GetParam().rule));
  if (GetParam().end == Break::End::stays) {
    EXPECT_THAT(check(), Contains(GetParam().rule));
    return;
  }
  EXPECT_THAT(check(), IsEmpty()) << findings_.front().rule << ": " << findings_.front().where;
  EXPECT_EQ(Audit(path_).complaint(Audit::History::any), "");
}

TEST_F(Check, WhatIsMendedIsSentToTheDevices) {
  fill(path_, 3, 400);
  const std::int64_t seq = number(path_, "SELECT seq FROM users WHERE number = " LIVE " >> 20");
  run(path_, "UPDATE conversations SET message_count = 99 WHERE key = " LIVE);
  check(Mend::yes);
  EXPECT_EQ(number(path_, "SELECT seq FROM conversations WHERE key = " LIVE), seq + 1);
  EXPECT_EQ(number(path_, "SELECT seq FROM users WHERE number = " LIVE " >> 20"), seq + 1);
}

TEST_F(Check, WhatIsMendedInAMessageIsSentTooAndLosesNoWord) {
  fill(path_, 3, 400);
  run(path_,
      "UPDATE messages SET content = '[{\"type\":\"text\",\"text\":7}]', error = "
      "'{\"code\":5}' WHERE key = " MESSAGE);
  const std::int64_t seq = number(path_, "SELECT seq FROM users WHERE number = " LIVE " >> 20");
  check(Mend::yes);
  EXPECT_EQ(number(path_, "SELECT seq FROM messages WHERE key = " MESSAGE), seq + 1);
  EXPECT_EQ(number(path_, "SELECT seq FROM conversations WHERE key = " LIVE), seq + 2);
  EXPECT_EQ(number(path_, "SELECT count(*) FROM messages WHERE key = " MESSAGE
                          " AND content LIKE '%threadkeep/unreadable%text%7%' AND error LIKE "
                          "'%unreadable%code%5%'"),
            1);
}

TEST_F(Check, OfAMessageThatIsTooLargeSeveralAreMade) {
  const UserId ann = id_of(1);
  const auto words = [](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; text.size() < count; ++i) text += "w\xC3\xB6rd " + std::to_string(i);
    return text;
  };
  const std::string middle = words(9'000'000), end = words(5'000'000);
  {
    const auto store = open(path_);
    store->write(ann, chat(id_of(1), "Tea")).value();
    for (std::uint64_t i = 2; i <= 4; ++i)
      store->write(ann, said(id_of(i), id_of(1), "m" + std::to_string(i))).value();
  }
  const auto set = [&](std::int64_t position, const std::string& text) {
    auto place = upkeep::claim_sqlite(path_, clock_).value();
    sql::Query(*place.connection, "UPDATE messages SET content = $1 WHERE key & 8388607 = $2",
               text_content(text), position)
        .run();
  };
  set(2, middle);
  set(3, end);
  EXPECT_THAT(check(), testing::ElementsAre("content"));
  EXPECT_EQ(check(Mend::yes).front(), "content");
  EXPECT_THAT(check(), IsEmpty()) << findings_.front().rule << ": " << findings_.front().what;
  EXPECT_EQ(Audit(path_).complaint(Audit::History::any), "");

  const auto store = open(path_);
  const auto words_of = [](const MessagePage& page) {
    std::vector<std::string> texts;
    for (const MessageInTree& row : page.messages)
      texts.push_back(plain_text(row.message.content, limits::content_bytes_max));
    return texts;
  };
  const auto whole_path = [&](const std::optional<MessageId>& head) {
    std::vector<MessageInTree> rows;
    std::optional<Position> from;
    do {
      MessagePage page = path_page(*store, ann, id_of(1), head, from, 200).value();
      page.messages.insert(page.messages.end(), rows.begin(), rows.end());
      rows = std::move(page.messages);
      from = page.next;
    } while (from);
    return words_of({std::move(rows), {}, {}});
  };
  const auto joined = [](const std::vector<std::string>& texts, std::size_t from) {
    std::string text;
    for (std::size_t i = from; i < texts.size(); ++i) text += texts[i];
    text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
    return text;
  };
  // The newest one is whole on the path that is shown.
  const auto shown = whole_path(std::nullopt);
  ASSERT_EQ(shown.size(), 4U);
  EXPECT_EQ(shown.front(), "m2");
  EXPECT_EQ(joined(shown, 2), end);
  // The one in the middle goes on in a branch below it.
  const auto siblings = sibling_page(*store, ann, id_of(1), id_of(4), 1, 200).value();
  ASSERT_EQ(siblings.messages.size(), 2U);
  EXPECT_EQ(joined(whole_path(siblings.messages.back().message.id), 1), middle);
  EXPECT_NE(find_message(*store, ann, id_of(3)).value().content.find("threadkeep/continued"),
            std::string::npos);
}

TEST_F(Check, ADamagedPageIsNoticed) {
  fill(path_, 3, 400);
  damage_page(path_);
  auto place = upkeep::look_at_sqlite(path_).value();
  int engine = 0;
  const auto report = upkeep::check_store(
      *place.connection, Mend::no, clock_,
      [&](const upkeep::Finding& finding) { engine += finding.rule == "engine" ? 1 : 0; },
      progress_);
  EXPECT_TRUE(engine > 0 || !report);
}

}  // namespace
}  // namespace threadkeep::test
