// How much memory an import takes, whatever the size of the file.
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <random>

#include "support.h"
#include "zip_maker.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_IS_MEASURED 0
#else
#define MEMORY_IS_MEASURED 1
#endif

namespace threadkeep {
namespace {

// Takes every conversation, counts it, and forgets it.
class ForgetfulConversations final : public Conversations {
 public:
  std::int64_t messages = 0;

  Result<Merged> run(const UserId&, const ConversationMerge& merge) override {
    Merged merged;
    merged.messages_added = static_cast<std::int64_t>(merge.messages.size());
    messages += merged.messages_added;
    return merged;
  }

  Result<Conversation> find(const UserId&, const ConversationId&) const override { refuse(); }
  Result<ConversationPage> list(const UserId&, const ConversationFilter&,
                                const std::optional<ListPlace>&, int) const override {
    refuse();
  }
  Result<Stored<Conversation>> run(const UserId&, const NewConversation&) override { refuse(); }
  Result<Conversation> run(const UserId&, const EditConversation&) override { refuse(); }
  Result<Stored<Conversation>> run(const UserId&, const ConversationUpsert&) override { refuse(); }
  Result<Conversation> run(const UserId&, const DeleteConversation&) override { refuse(); }
  Result<Conversation> run(const UserId&, const RestoreConversation&) override { refuse(); }

 private:
  [[noreturn]] static void refuse() { throw std::logic_error("not for imports"); }
};

class ForgetfulStore final : public Store {
 public:
  std::int64_t messages() const { return conversations_.messages; }

  std::string cursor_key() override { return ""; }
  Blobs& blobs() override { throw std::logic_error("not for imports"); }
  void set_commit_listener(CommitListener) override {}

 protected:
  Result<void> in_snapshot(const Read&) override { throw std::logic_error("not for imports"); }
  void in_transaction(const std::optional<UserId>&, Work work, Done done) override {
    work(writer_);
    done(std::nullopt);
  }

 private:
  ForgetfulConversations conversations_;
  const Aggregates aggregates_{.conversations = &conversations_};
  Writer writer_{aggregates_};
};

std::size_t status_kib(std::string_view field) {
  const std::string status = read_whole_file("/proc/self/status");
  const std::size_t at = status.find(field);
  return at == std::string::npos ? 0
                                 : std::strtoul(status.c_str() + at + field.size(), nullptr, 10);
}

// From here on, VmHWM is the peak since this call.
void reset_peak() {
  const int file = ::open("/proc/self/clear_refs", O_WRONLY);
  ASSERT_GE(file, 0);
  ASSERT_EQ(::write(file, "5", 1), 1);
  ::close(file);
}

std::string conversation_of(int number, int messages, std::size_t words_bytes) {
  std::vector<TestNode> nodes{{"root", "", "null"}};
  std::string words;
  for (std::uint32_t at = static_cast<std::uint32_t>(number); words.size() < words_bytes; ++at) {
    words += std::to_string(at * 2'654'435'761U) + " ";
  }
  for (int i = 0; i < messages; ++i) {
    const std::string id = std::to_string(number) + "-" + std::to_string(i);
    nodes.push_back({id, nodes.back().id, text_message(i % 2 == 0 ? "user" : "assistant", words)});
  }
  return conversation_json("conversation-" + std::to_string(number), nodes);
}

TEST(ImportMemory, AFileOf200MegabytesTakesNoMoreThanItsLargestConversation) {
  constexpr std::size_t file_bytes = MEMORY_IS_MEASURED ? 200'000'000 : 20'000'000;
  constexpr std::size_t growth_kib_max = 32 << 10;
  TestFile file;
  std::int64_t conversations = 0, messages = 0;
  const std::string one = conversation_of(1, 100, 1'500);
  file.append("[");
  for (std::size_t written = 0; written < file_bytes;) {
    std::string text = one;
    const std::string id = "conversation-" + std::to_string(conversations);
    text.replace(text.find("conversation-1"), 14, id);
    if (conversations > 0) file.append(",\n");
    file.append(text);
    written += text.size();
    ++conversations;
    messages += 100;
  }
  file.append("]");

  ForgetfulStore store;
  reset_peak();
  const std::size_t before_kib = status_kib("VmRSS:");
  const auto began = std::chrono::steady_clock::now();
  const auto report = import_file(store, UserId{}, {file.descriptor(), "big"}, {});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const std::size_t peak_kib = status_kib("VmHWM:");
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->conversations.imported, conversations);
  EXPECT_EQ(report->messages.imported, messages);
  EXPECT_EQ(store.messages(), messages);
  std::printf("%zu bytes in %.1f s, %zu KiB more at the peak\n", file_bytes, took.count(),
              peak_kib - before_kib);
  if (MEMORY_IS_MEASURED) {
    EXPECT_LT(peak_kib - before_kib, growth_kib_max);
  }
}

TEST(ImportMemory, AMillionMessagesInOneConversationComeIn) {
  constexpr int count = MEMORY_IS_MEASURED ? 1'000'000 : 50'000;
  TestFile file;
  file.append(R"([{"id":"c","create_time":1700000000,"mapping":{)");
  std::string piece;
  for (int i = 0; i < count; ++i) {
    const std::string id = std::to_string(i);
    if (i > 0) piece += ',';
    piece += '"' + id + R"(":{"message":{"author":{"role":"user"},"content":"m"}})";
    if (i > 0) {
      piece.pop_back();
      piece += R"(,"parent":")" + std::to_string(i - 1) + "\"}";
    }
    if (piece.size() > 1'000'000 || i + 1 == count) {
      file.append(piece);
      piece.clear();
    }
  }
  file.append("}}]");
  ForgetfulStore store;
  const auto report = import_file(store, UserId{}, {file.descriptor(), "long"}, {});
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->messages.imported, count);
}

TEST(ImportMemory, AConversationWithoutEndIsRefused) {
  TestFile file;
  file.append("[" + conversation_of(1, 2, 100) + R"(,{"mapping":{"x":")");
  const std::string piece(1U << 20, 'x');
  for (std::size_t i = 0; i <= import_conversation_bytes_max; i += piece.size()) file.append(piece);
  ForgetfulStore store;
  const auto report = import_file(store, UserId{}, {file.descriptor(), "endless"}, {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::too_large);
  EXPECT_EQ(report.error().detail, "The file holds a conversation of more than 256 MiB.");
  EXPECT_EQ(store.messages(), 2);
}

TEST(ImportMemory, AnArchiveOfManyEntriesTakesLittle) {
  constexpr std::size_t growth_kib_max = 64 << 10;
  auto zip = std::make_unique<ZipMaker>();
  for (int i = 0; i < 49'900; ++i) {
    zip->add("images/file-" + std::to_string(1'000'000'000 + i) + "-a-photo-of-something.webp", "");
  }
  zip->add("conversations.json", "[" + conversation_of(1, 2, 100) + "]");
  const TestFile file(zip->bytes());
  zip.reset();
  ::malloc_trim(0);
  ForgetfulStore store;
  reset_peak();
  const std::size_t before_kib = status_kib("VmRSS:");
  const auto report = import_file(store, UserId{}, {file.descriptor(), "zip"}, {});
  const std::size_t growth_kib = status_kib("VmHWM:") - before_kib;
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->messages.imported, 2);
  std::printf("%zu KiB more at the peak\n", growth_kib);
  if (MEMORY_IS_MEASURED) {
    EXPECT_LT(growth_kib, growth_kib_max);
  }
}

}  // namespace
}  // namespace threadkeep
