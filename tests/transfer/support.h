// What the import's tests share: files from strings, a store to import into, and a look at all that
// came in.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "domain/content.h"
#include "gtest/gtest.h"
#include "json/json.h"
#include "store/memory/memory_store.h"
#include "transfer/formats/chatgpt.h"
#include "transfer/import.h"

namespace threadkeep {

// A file without a name.
class TestFile {
 public:
  TestFile() : descriptor_(::memfd_create("import", 0)) {}
  explicit TestFile(std::string_view content) : TestFile() { append(content); }
  TestFile(const TestFile&) = delete;
  TestFile& operator=(const TestFile&) = delete;
  ~TestFile() { ::close(descriptor_); }

  void append(std::string_view content) {
    while (!content.empty()) {
      const ssize_t written = ::write(descriptor_, content.data(), content.size());
      ASSERT_GT(written, 0);
      content.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

inline std::string read_whole_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Real exports that are no part of the project; absent, the tests that need them are skipped.
inline std::filesystem::path samples_folder() {
  const char* const chosen = std::getenv("THREADKEEP_SAMPLES");
  return chosen != nullptr ? chosen : "../shared/data";
}

struct ImportedConversation {
  Conversation row;
  std::vector<Message> messages;  // by position

  const Message* find(std::string_view source_id) const;
};

// A store of its own for one user, and what is in it.
class ImportBench {
 public:
  Result<ImportReport> import(std::string_view content, const std::string& name = "export.json") {
    const TestFile file(content);
    return import_file(*store_, user_, {file.descriptor(), name}, {});
  }
  Result<ImportReport> import(const TestFile& file) {
    return import_file(*store_, user_, {file.descriptor(), "export"}, {});
  }
  Store& store() { return *store_; }
  const UserId& user() const { return user_; }

  std::vector<ImportedConversation> all() const {
    std::vector<ImportedConversation> found;
    for (const bool is_archived : {false, true}) {
      ConversationFilter filter;
      filter.is_archived = is_archived;
      for (std::optional<ListPlace> behind;;) {
        const auto page = store_->read([&](const Reader& reader) {
          return reader.conversations().list(user_, filter, behind, 200);
        });
        for (const Conversation& row : page.value().conversations) found.push_back(load(row));
        behind = page->next;
        if (!behind) break;
      }
    }
    return found;
  }

 private:
  ImportedConversation load(const Conversation& row) const {
    ImportedConversation loaded{row, {}};
    for (std::optional<Position> from = 1; from;) {
      const auto page = store_->read([&](const Reader& reader) {
        return reader.messages().tree_page(user_, row.id, *from, 200, Deleted::left_out);
      });
      for (const MessageInTree& node : page.value().messages) {
        loaded.messages.push_back(node.message);
      }
      from = page->next;
    }
    return loaded;
  }

  UlidMaker ids_{system_clock()};
  std::unique_ptr<Store> store_ = make_memory_store(system_clock(), ids_);
  UserId user_ = store_->local_user();
};

// The id that the source gave, out of our metadata.
inline std::string source_id_of(std::string_view metadata) {
  const auto document = json::Document::parse(std::string(metadata), json::Mode::strict);
  return document ? std::string(document->root()["source"]["id"].string()) : "(broken metadata)";
}

inline const Message* ImportedConversation::find(std::string_view source_id) const {
  for (const Message& message : messages) {
    if (source_id_of(message.metadata) == source_id) return &message;
  }
  return nullptr;
}

// Everything that the rest of the server relies on holds for what came in.
inline void expect_sound(const ImportBench& bench) {
  for (const ImportedConversation& conversation : bench.all()) {
    const auto notes = json::Document::parse(conversation.row.metadata, json::Mode::strict);
    ASSERT_TRUE(notes && notes->root().is_object()) << conversation.row.metadata;
    EXPECT_LE(conversation.row.title.size(), limits::title_bytes_max);
    EXPECT_TRUE(json::Document::parse(json::quoted(conversation.row.title), json::Mode::strict));
    EXPECT_EQ(conversation.row.message_count,
              static_cast<std::int64_t>(conversation.messages.size()));
    EXPECT_TRUE(conversation.row.head_id);
    for (const Message& message : conversation.messages) {
      const auto content = json::Document::parse(message.content, json::Mode::strict);
      ASSERT_TRUE(content) << content.error().detail << "\n" << message.content.substr(0, 500);
      const auto checked = check_content(content->root(), EmptyText::refused);
      EXPECT_TRUE(checked) << checked.error().detail << "\n" << message.content.substr(0, 500);
      EXPECT_GT(content->root().size(), 0U);
      const auto metadata = json::Document::parse(message.metadata, json::Mode::strict);
      ASSERT_TRUE(metadata && metadata->root().is_object()) << message.metadata;
      EXPECT_LE(message.metadata.size(), limits::metadata_bytes_max);
      EXPECT_TRUE(is_final(message.status));
      EXPECT_LE(message.model.value_or("").size(), limits::name_bytes_max);
      EXPECT_GT(message.created_at, 946'684'800'000);
    }
  }
}

inline void expect_adds_up(const ImportReport& report) {
  EXPECT_EQ(report.conversations.found,
            report.conversations.imported + report.conversations.already_here +
                report.conversations.deleted_for_ever + report.conversations.failed);
  EXPECT_EQ(report.messages.found,
            report.messages.imported + report.messages.already_here + report.messages.skipped);
  if (report.messages.skipped > 0 || report.conversations.failed > 0) {
    EXPECT_FALSE(report.problems.empty());
  }
  EXPECT_LE(report.problems.size(), ImportReport::problems_max + 1);
  EXPECT_TRUE(json::Document::parse(to_json(report), json::Mode::strict));
}

// ---- small ChatGPT exports ----

// A node of a mapping. `message` is JSON, "null" for none.
struct TestNode {
  std::string id;
  std::string parent;  // empty: null
  std::string message;
};

// {"id": ..., "mapping": {...}} with the children that follow from the parents, in order.
std::string conversation_json(std::string_view id, const std::vector<TestNode>& nodes,
                              std::string_view more_members = "");

// A text message; `more` goes behind its other members.
std::string text_message(std::string_view role, std::string_view text, std::string_view more = "");

// A message with this content (JSON).
std::string message_json(std::string_view role, std::string_view content,
                         std::string_view more = "");

// The conversation, converted for a fixed user at a fixed time.
SourceConversation convert_text(std::string_view conversation);

// One message alone, as content blocks; "(nothing)" when it was left out.
std::string blocks_of(std::string_view message);

inline constexpr UnixMs test_now_ms = 1'800'000'000'000;

}  // namespace threadkeep
