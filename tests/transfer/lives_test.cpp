// Whatever a random life leaves in a store can be exported, comes in again into an empty one with
// the same words, can be given back by a device, and is read page by page.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/wire.h"
#include "store/story.h"
#include "support.h"
#include "transfer/strict_json.h"

namespace threadkeep::test {
namespace {

struct Whole {
  Conversation row;
  std::vector<Message> messages;  // by position, without those that were deleted alone
};

// As it is shown and exported: what stood under a deleted message stands under what that stood
// under.
Whole whole(Store& store, const UserId& user, const Conversation& row) {
  Whole whole{row, {}};
  std::map<MessageId, std::optional<MessageId>> above;  // by the deleted ones
  for (std::optional<Position> from = 1; from;) {
    const auto page = tree_page(store, user, row.id, *from, 7, Deleted::listed).value();
    for (const MessageInTree& node : page.messages) {
      Message message = node.message;
      if (message.parent_id) {
        const auto gone = above.find(*message.parent_id);
        if (gone != above.end()) message.parent_id = gone->second;
      }
      if (message.deleted_at) {
        above[message.id] = message.parent_id;
      } else {
        whole.messages.push_back(std::move(message));
      }
    }
    from = page.next;
  }
  return whole;
}

std::vector<Whole> everything(Store& store, const UserId& user) {
  std::vector<Whole> all;
  for (std::optional<ListPlace> after;;) {
    const auto page = list_conversations(store, user, {}, after, 3).value();
    for (const Conversation& row : page.conversations) all.push_back(whole(store, user, row));
    after = page.next;
    if (!after) return all;
  }
}

// As the page makes it (web/app/src/state/export.ts): the rows of the API, whole trees.
std::string exported(const std::vector<Whole>& all) {
  std::string out = R"({"format":"threadkeep","version":1,"exportedAt":1,"conversations":[)";
  std::string_view comma;
  for (const Whole& one : all) {
    std::string row = conversation_json(one.row);
    row.pop_back();
    out.append(comma).append(row).append(R"(,"messages":[)");
    std::string_view message_comma;
    for (const Message& message : one.messages) {
      out.append(message_comma).append(message_json(message));
      message_comma = ",";
    }
    out.append("]}");
    comma = ",";
  }
  return out + "]}";
}

// What must be the same elsewhere. An answer that was being written goes on nowhere.
std::string told(const Message& row) {
  Message same = row;
  if (!is_final(same.status)) same.status = MessageStatus::interrupted;
  same.seq = 0;
  same.position = 0;
  // Spaces between what is said are not kept: nobody said them.
  const auto document = json::Document::parse(message_json(same), json::Mode::strict).value();
  std::string text;
  json::Writer writer(text);
  write_strict(writer, document.root(), limits::json_depth_max);
  return text;
}

std::map<std::string, std::string> told(const std::vector<Whole>& all) {
  std::map<std::string, std::string> lines;
  for (const Whole& one : all) {
    std::string tags;
    for (const std::string& tag : one.row.tags) tags += tag + ";";
    lines[one.row.id.text()] =
        one.row.title + "|" + one.row.model.value_or("") + "|" + one.row.folder.value_or("") + "|" +
        tags + (one.row.is_archived ? "archived" : "") + (one.row.is_pinned ? "pinned" : "") + "|" +
        (one.row.head_id ? one.row.head_id->text() : "") + "|" + one.row.metadata;
    for (const Message& message : one.messages) lines[message.id.text()] = told(message);
  }
  return lines;
}

// Of two such maps, what differs first; nothing when they are equal.
std::string difference(const std::map<std::string, std::string>& is,
                       const std::map<std::string, std::string>& was) {
  for (const auto& [id, line] : was) {
    const auto found = is.find(id);
    if (found == is.end()) return "missing: " + line;
    if (found->second != line) return "is  " + found->second + "\nwas " + line;
  }
  return is.size() == was.size() ? "" : "there is more than there was";
}

// The active path by its cursor is the way from the head to its beginning.
void expect_readable(Store& store, const UserId& user, const Whole& one) {
  std::map<MessageId, const Message*> by_id;
  for (const Message& message : one.messages) by_id[message.id] = &message;
  std::vector<MessageId> way;
  for (std::optional<MessageId> at = one.row.head_id; at; at = by_id.at(*at)->parent_id)
    way.insert(way.begin(), *at);
  std::vector<MessageId> shown;
  for (std::optional<Position> from;;) {
    const auto page = path_page(store, user, one.row.id, std::nullopt, from, 2);
    ASSERT_TRUE(page) << page.error().detail;
    std::vector<MessageId> ids;
    for (const MessageInTree& node : page->messages) {
      ids.push_back(node.message.id);
      // Its own parent may be a deleted one.
      Message shown_message = node.message;
      shown_message.parent_id = by_id.at(shown_message.id)->parent_id;
      EXPECT_EQ(told(shown_message), told(*by_id.at(shown_message.id)));
    }
    shown.insert(shown.begin(), ids.begin(), ids.end());
    from = page->next;
    if (!from) break;
  }
  EXPECT_EQ(shown, way);
}

// What a device sends that holds all of it and finds an empty server.
std::vector<PushOperation> given_back(const std::vector<Whole>& all) {
  std::vector<PushOperation> operations;
  std::uint64_t next = 1;
  for (const Whole& one : all) {
    NewConversation conversation;
    conversation.id = one.row.id;
    conversation.title = one.row.title;
    conversation.model = one.row.model;
    conversation.metadata = one.row.metadata;
    operations.push_back({id_of(next++), conversation});
    for (const Message& row : one.messages) {
      NewMessage message{row.id,          one.row.id, AsRoot{},  row.role,
                         row.content,     row.status, row.model, row.created_at,
                         row.token_count, row.usage,  row.error, row.metadata};
      if (row.parent_id) message.place = *row.parent_id;
      if (!is_final(row.status)) message.status = MessageStatus::interrupted;
      operations.push_back({id_of(next++), message});
    }
    ConversationPatch patch;
    patch.is_archived = one.row.is_archived;
    patch.is_pinned = one.row.is_pinned;
    patch.folder = one.row.folder;
    patch.tags = one.row.tags;
    patch.head_id = one.row.head_id;
    operations.push_back({id_of(next++), EditConversation{one.row.id, patch}});
  }
  return operations;
}

class Lives : public testing::TestWithParam<std::uint64_t> {
 protected:
  void SetUp() override { Story(GetParam()).live(*store_, clock_, 600); }
  std::unique_ptr<Store> empty_store() { return make_memory_store(clock_, ids_); }

  ManualClock clock_;
  UlidMaker ids_{clock_};
  std::unique_ptr<Store> store_ = empty_store();
};

TEST_P(Lives, AreExportedAndComeInAgain) {
  std::size_t messages = 0;
  for (std::uint64_t number = 1; number <= Story::users; ++number) {
    const UserId user = id_of(number);
    std::vector<Whole> all = everything(*store_, user);
    for (const Whole& one : all) expect_readable(*store_, user, one);
    const TestFile file(exported(all));
    const auto elsewhere = empty_store();
    const auto report = import_file(*elsewhere, user, {file.descriptor(), "x.json"}, {});
    ASSERT_TRUE(report) << report.error().detail;
    // One without a message says nothing, and is told as left out.
    const auto empty = std::erase_if(all, [](const Whole& one) { return one.messages.empty(); });
    EXPECT_EQ(report->conversations.failed, static_cast<std::int64_t>(empty));
    EXPECT_EQ(report->messages.skipped, 0) << to_json(*report);
    for (const Whole& one : all) messages += one.messages.size();
    EXPECT_EQ(difference(told(everything(*elsewhere, user)), told(all)), "");
  }
  EXPECT_GT(messages, 50U);
}

TEST_P(Lives, AreGivenBackByADevice) {
  for (std::uint64_t number = 1; number <= Story::users; ++number) {
    const UserId user = id_of(number);
    const std::vector<Whole> all = everything(*store_, user);
    const auto elsewhere = empty_store();
    const std::vector<PushOperation> operations = given_back(all);
    const auto results =
        elsewhere->write(user, Push{present_epoch(*elsewhere).value(), operations}).value();
    for (std::size_t i = 0; i < results.size(); ++i)
      ASSERT_TRUE(results[i]) << i << ": " << results[i].error().detail;
    EXPECT_EQ(difference(told(everything(*elsewhere, user)), told(all)), "");
    for (const Whole& one : everything(*elsewhere, user)) expect_readable(*elsewhere, user, one);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, Lives, testing::Range<std::uint64_t>(1, 13));

}  // namespace
}  // namespace threadkeep::test
