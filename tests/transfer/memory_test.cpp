// How much memory an import takes, whatever the size of the file.
#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
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

std::string chain_of(int count, const std::string& words = "m") {
  std::string text = R"({"id":"c","title":"A chain","create_time":1700000000,"mapping":{)";
  for (int i = 0; i < count; ++i) {
    const std::string id = std::to_string(i);
    if (i > 0) text += ',';
    text += '"' + id + R"(":{"message":{"author":{"role":"user"},"content":")" + words + "\"}}";
    if (i > 0) {
      text.pop_back();
      text += R"(,"parent":")" + std::to_string(i - 1) + "\"}";
    }
  }
  return text + "}}";
}

// The most that one conversation may be, in each shape that costs the most memory.
struct Shape {
  const char* name;
  std::int64_t messages_min;
  std::function<void(TestFile&)> write;
};

class LargestConversation : public testing::TestWithParam<Shape> {};

TEST_P(LargestConversation, TakesLessThan256MiB) {
  TestFile file;
  file.append("[" + conversation_of(1, 2, 100) + ",");
  GetParam().write(file);
  file.append("," + conversation_of(2, 2, 100) + "]");
  ForgetfulStore store;
  ::malloc_trim(0);
  reset_peak();
  const std::size_t before_kib = status_kib("VmRSS:");
  const auto report = import_file(store, UserId{}, {file.descriptor(), "large"}, {});
  const std::size_t growth_kib = status_kib("VmHWM:") - before_kib;
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->conversations.found, 3);
  EXPECT_GE(report->conversations.imported, 2);
  EXPECT_GE(report->messages.imported, GetParam().messages_min);
  std::printf("%lld messages, %zu MiB more at the peak\n",
              static_cast<long long>(report->messages.imported), growth_kib >> 10);
  if (MEMORY_IS_MEASURED) {
    EXPECT_LT(growth_kib, 256U << 10);
  }
}

const std::string conversation_begin = R"({"title":"large","mapping":{"r":{},"m":{"parent":"r",)";

void write_text_of(TestFile& file, const std::string& piece) {
  file.append(conversation_begin + R"("message":{"author":{"role":"user"},"content":")");
  for (std::size_t i = 0; i + 100'000 < import_conversation_bytes_max; i += piece.size())
    file.append(piece);
  file.append(R"("}}}})");
}
void write_many_of(TestFile& file, const std::string& value) {
  std::string text = conversation_begin + "\"x\":[" + value;
  const std::size_t marks =
      1 + static_cast<std::size_t>(std::count(value.begin(), value.end(), '['));
  for (std::size_t i = 0; i * marks + 100 < import_conversation_values_max; ++i)
    text += "," + value;
  file.append(text + R"(],"message":{"author":{"role":"user"},"content":"m"}}}})");
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, LargestConversation,
    testing::Values(
        Shape{"Text", 4, [](TestFile& file) { write_text_of(file, std::string(1 << 16, 'x')); }},
        Shape{"Escapes", 4,
              [](TestFile& file) {
                std::string piece;
                while (piece.size() < (1 << 16)) piece += "\\n\\u0001";
                write_text_of(file, piece);
              }},
        Shape{"Numbers", 4, [](TestFile& file) { write_many_of(file, "1"); }},
        Shape{"Lists", 4, [](TestFile& file) { write_many_of(file, "[]"); }},
        Shape{"Messages", 160'000, [](TestFile& file) { file.append(chain_of(160'000)); }},
        Shape{"LongMessages", 30'000,
              [](TestFile& file) { file.append(chain_of(30'000, std::string(900, 'x'))); }}),
    [](const auto& shape) { return shape.param.name; });

TEST(ImportMemory, AConversationThatIsTooLargeIsRefusedAlone) {
  TestFile file;
  file.append("[" + conversation_of(1, 2, 100) + R"(,{"title":"End\u006cess","mapping":{"x":")");
  const std::string piece(1U << 20, 'x');
  for (std::size_t i = 0; i < (std::size_t{250} << 20); i += piece.size()) file.append(piece);
  file.append("\"}}," + chain_of(250'000) + "," + conversation_of(2, 2, 100) + "]");
  ForgetfulStore store;
  ::malloc_trim(0);
  reset_peak();
  const std::size_t before_kib = status_kib("VmRSS:");
  const auto report = import_file(store, UserId{}, {file.descriptor(), "endless"}, {});
  const std::size_t growth_kib = status_kib("VmHWM:") - before_kib;
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->conversations.imported, 2);
  EXPECT_EQ(report->conversations.failed, 2);
  ASSERT_EQ(report->problems.size(), 2U);
  EXPECT_EQ(report->problems[0].conversation, "#2");
  EXPECT_EQ(report->problems[0].title, "Endless");
  EXPECT_EQ(report->problems[0].reason,
            "It is larger than one conversation can be: 32 MiB, or 1000000 values.");
  EXPECT_EQ(report->problems[1].title, "A chain");
  EXPECT_EQ(store.messages(), 4);
  if (MEMORY_IS_MEASURED) {
    EXPECT_LT(growth_kib, 128U << 10);
  }
}

TEST(ImportMemory, AFileOfNothingElseIsRefused) {
  TestFile file;
  file.append("[" + chain_of(250'000) + "]");
  ForgetfulStore store;
  const auto report = import_file(store, UserId{}, {file.descriptor(), "endless"}, {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::too_large);
  EXPECT_EQ(
      report.error().detail,
      "The file holds only conversations of more than 32 MiB, or of more than 1000000 values.");
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
