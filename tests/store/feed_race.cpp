#include "store/feed_race.h"

#include <atomic>
#include <random>
#include <stdexcept>
#include <thread>
#include <unordered_set>

#include "store/stores.h"

namespace threadkeep::test {
namespace {

const UserId user = id_of(7);

ConversationId conversation_of(int writer) {
  return id_of(100 + static_cast<std::uint64_t>(writer));
}
MessageId message_of(int writer, std::uint64_t number) {
  return id_of(static_cast<std::uint64_t>(writer + 1) * 1'000'000 + number);
}

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().detail);
  return std::move(*result);
}

class Reader {
 public:
  explicit Reader(unsigned seed) : random_(seed) {}

  // Until a page that was asked for behind the last commit was the last one.
  void follow(Store& store, const std::atomic<bool>& is_over) {
    std::optional<FeedPlace> place;
    for (bool has_more = true; has_more;) {
      const bool was_over = is_over;
      const int limit = std::uniform_int_distribution<int>(1, 500)(random_);
      const ChangePage page = must(read_changes(store, user, place, limit));
      ++pages;
      for (const Message& row : page.messages) {
        seen.insert(row.id);
        if (place && row.seq <= place->seq) ++backwards;
      }
      if (place && page.next.seq < place->seq) ++backwards;
      place = page.next;
      has_more = page.has_more || !was_over;
    }
  }

  std::unordered_set<MessageId> seen;
  std::uint64_t pages = 0;
  std::uint64_t backwards = 0;

 private:
  std::mt19937 random_;
};

}  // namespace

FeedRaceOutcome race_for_the_feed(const std::vector<Store*>& stores, const FeedRaceSize& size) {
  const auto store_of = [&](int number) -> Store& {
    return *stores[static_cast<std::size_t>(number) % stores.size()];
  };
  const std::uint64_t each = size.transactions / static_cast<std::uint64_t>(size.writers);
  for (int writer = 0; writer < size.writers; ++writer) {
    must(stores.front()->write(user, chat(conversation_of(writer))));
  }

  std::atomic<bool> is_over = false;
  std::vector<Reader> readers;
  for (int i = 0; i < size.readers; ++i) readers.emplace_back(static_cast<unsigned>(i));
  std::vector<std::thread> reading;
  for (int i = 0; i < size.readers; ++i) {
    reading.emplace_back(
        [&, i] { readers[static_cast<std::size_t>(i)].follow(store_of(i), is_over); });
  }
  std::vector<std::thread> writing;
  for (int writer = 0; writer < size.writers; ++writer) {
    writing.emplace_back([&, writer] {
      for (std::uint64_t number = 0; number < each; ++number) {
        must(store_of(writer).write(
            user, said(message_of(writer, number), conversation_of(writer), "x")));
      }
    });
  }
  for (std::thread& thread : writing) thread.join();
  is_over = true;
  for (std::thread& thread : reading) thread.join();

  FeedRaceOutcome outcome;
  outcome.written = each * static_cast<std::uint64_t>(size.writers);
  for (const Reader& reader : readers) {
    outcome.pages += reader.pages;
    outcome.backwards += reader.backwards;
    for (int writer = 0; writer < size.writers; ++writer) {
      for (std::uint64_t number = 0; number < each; ++number) {
        if (!reader.seen.contains(message_of(writer, number))) ++outcome.missed;
      }
    }
  }
  return outcome;
}

}  // namespace threadkeep::test
