#include "store/population.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

#include "domain/content.h"

namespace threadkeep::bench {
namespace {

constexpr int threads = 16;  // so that each commit has several conversations
constexpr int messages_at_once = 1'000;
constexpr UnixMs first_day = 1'735'689'600'000;  // 2025-01-01
constexpr UnixMs year_ms = std::int64_t{365} * 24 * 3'600 * 1'000;
constexpr UnixMs answer_after_ms = 20'000;
constexpr double text_bytes_max = 60'000;

constexpr std::array<std::array<std::string_view, 12>, 7> languages = {{
    {"the ", "harbour ", "keeps ", "a ", "small ", "light ", "when ", "nobody ", "reads ", "it. ",
     "Why ", "then? "},
    {"der ", "Hafen ", "hält ", "ein ", "kleines ", "Licht ", "für ", "später, ", "wenn ",
     "niemand ", "mehr ", "schreibt. "},
    {"el ", "puerto ", "guarda ", "una ", "pequeña ", "luz ", "cuando ", "nadie ", "escribe ",
     "más. ", "¿Por qué ", "entonces? "},
    {"гавань ", "хранит ", "маленький ", "свет, ", "когда ", "никто ", "уже ", "не ", "пишет. ",
     "Почему ", "так ", "тихо? "},
    {"港口", "保留", "一盏", "小灯", "，", "没有人", "再", "写信", "。", "为什么", "呢", "？"},
    {"المرفأ ", "يحفظ ", "ضوءا ", "صغيرا ", "حين ", "لا ", "يكتب ", "أحد. ", "لماذا ", "إذن ",
     "هذا ", "الصمت؟ "},
    {"for (", "int i = 0; ", "i < count; ", "++i) {\n", "  total += ", "values[i];\n", "}\n",
     "return ", "total;\n", "// the sum\n", "std::vector<int> values;\n", "\"text\" "},
}};

// Well mixed bits of a number (splitmix64).
std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

Ulid ulid_of(UnixMs time, std::uint64_t number) {
  Ulid::Bytes bytes{};
  for (std::size_t i = 0; i < 6; ++i) {
    bytes[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(time) >> (40 - 8 * i));
  }
  const std::array<std::uint64_t, 2> bits{mixed(number), mixed(~number)};
  for (std::size_t i = 6; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(bits[i % 2] >> (8 * (i / 2 - 3)));
  }
  return Ulid(bytes);
}

// Every message has a number of its own.
std::uint64_t number_of(int user, int conversation, int message) {
  return static_cast<std::uint64_t>(user) << 48 | static_cast<std::uint64_t>(conversation) << 24 |
         static_cast<std::uint64_t>(message);
}

class Writer {
 public:
  Writer(Store& store, const Population& population) : store_(store), population_(population) {}

  void write_conversation(int user, int conversation, int messages) {
    const UnixMs created_at = first_day +
                              year_ms / (population_.conversations_per_user + 2) * conversation +
                              UnixMs{user} * 7'919;
    Texts texts(mixed(number_of(user, conversation, 0)));
    ConversationMerge merge;
    merge.conversation.id = ulid_of(created_at, number_of(user, conversation, 0));
    merge.conversation.title = "Conversation " + std::to_string(conversation) + ", Gespräch, 对话";
    merge.conversation.title_source = TitleSource::user;
    merge.conversation.model = "builtin";
    merge.conversation.created_at = created_at;
    Place place = AsRoot{};
    for (int i = 1; i <= messages; ++i) {
      NewMessage& message = merge.messages.emplace_back();
      message.created_at = created_at + UnixMs{i} * answer_after_ms;
      message.id = ulid_of(*message.created_at, number_of(user, conversation, i));
      message.place = place;
      message.role = i % 2 == 1 ? Role::user : Role::assistant;
      if (message.role == Role::assistant) message.model = "builtin";
      message.content = text_content(texts.next());
      place = message.id;
      merge.conversation.updated_at = *message.created_at;
      if (merge.messages.size() == messages_at_once || i == messages) send(user, merge);
    }
  }

 private:
  // A later part hangs below the last message of the part before, which must be in the list.
  void send(int user, ConversationMerge& merge) {
    merge.conversation.head_id = merge.messages.back().id;
    const auto merged = store_.write(user_id(user), merge);
    if (!merged) throw std::runtime_error("the store refused it: " + merged.error().detail);
    merge.messages.clear();
  }

  Store& store_;
  const Population& population_;
};

}  // namespace

UserId user_id(int user) { return ulid_of(first_day, number_of(user, 0, 0)); }

std::string Texts::next() {
  const auto bytes = static_cast<std::size_t>(std::min(bytes_(random_), text_bytes_max));
  const auto& words = languages[random_() % languages.size()];
  std::string text;
  text.reserve(bytes + 32);
  while (text.size() <= bytes) text += words[random_() % words.size()];
  return text;
}

void populate(Store& store, const Population& population) {
  std::atomic<int> next = 0;
  std::mutex mutex;
  std::string failure;
  const auto work = [&] {
    try {
      Writer writer(store, population);
      for (int i = next++; i < population.conversations(); i = next++) {
        // Users take turns, as they do.
        writer.write_conversation(1 + i % population.users, 1 + i / population.users,
                                  population.messages_per_conversation);
      }
    } catch (const std::exception& error) {
      const std::lock_guard lock(mutex);
      failure = error.what();
      next = population.conversations();
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  if (!failure.empty()) throw std::runtime_error(failure);
  if (population.long_messages > 0) {
    Writer(store, population)
        .write_conversation(1, population.conversations_per_user + 1, population.long_messages);
  }
}

}  // namespace threadkeep::bench
