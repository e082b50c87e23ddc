// Measures a store through its interface: no HTTP, no JSON. Usage: bench_store STORE seed [USERS
// CONVERSATIONS MESSAGES LONG] | append WRITERS SECONDS [WHICH] | page SECONDS [WHICH] | list
// SECONDS | feed SECONDS; STORE is sqlite:PATH or postgres:ADDRESS, WHICH is any, longest or
// shortest. Prints one JSON object, as the raw engines do.
#include <atomic>
#include <cstdio>
#include <mutex>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "measure.h"
#include "raw/ids.h"
#include "store/population.h"
#include "store/postgres/postgres_store.h"
#include "store/sqlite/sqlite_store.h"

namespace threadkeep::bench {
namespace {

using ::bench::appends_per_short;
using ::bench::SteadyClock;
using ::bench::Which;
using ::bench::which_of;

constexpr int page_messages = 50;
constexpr int list_conversations = 20;
constexpr int feed_rows = 100;

std::unique_ptr<Store> open(const std::string& name, UlidMaker& ids) {
  const bool is_sqlite = name.rfind("sqlite:", 0) == 0;
  SqliteOptions sqlite;
  PostgresOptions postgres;
  sqlite.path = is_sqlite ? name.substr(7) : "";
  postgres.url = name;
  auto store = is_sqlite ? open_sqlite_store(sqlite, system_clock(), ids)
                         : open_postgres_store(postgres, system_clock(), ids);
  if (!store) throw std::runtime_error(store.error().detail);
  return std::move(*store);
}

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error("the store refused it: " + result.error().detail);
  return std::move(*result);
}

struct Target {
  UserId user;
  Conversation conversation;
};

// All conversations of all users of the population.
std::vector<Target> find_all(Store& store) {
  std::vector<Target> targets;
  for (int user = 1;; ++user) {
    const UserId id = user_id(user);
    std::optional<ListPlace> place;
    const std::size_t before = targets.size();
    do {
      auto page = value_of(store.read(
          [&](const Reader& reader) { return reader.conversations().list(id, {}, place, 1'000); }));
      for (auto& conversation : page.conversations) {
        targets.push_back({id, std::move(conversation)});
      }
      place = page.next;
    } while (place);
    if (targets.size() == before) return targets;
  }
}

std::vector<Target> find_targets(Store& store, Which which) {
  std::vector<Target> all = find_all(store);
  if (all.empty()) throw std::runtime_error("the store is empty");
  if (which == Which::any) return all;
  const Target longest =
      *std::max_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return a.conversation.message_count < b.conversation.message_count;
      });
  if (which == Which::longest) return {longest};
  std::erase_if(all, [&](const Target& target) {
    return target.user != longest.user || target.conversation.id == longest.conversation.id;
  });
  return all;
}

// Takes a random one each time; of the short ones the same until it would not be short any more.
class Choice {
 public:
  Choice(const std::vector<Target>& targets, Which which) : targets_(targets), which_(which) {}
  const Target& next() {
    if (which_ != Which::shortest || count_++ % appends_per_short == 0) {
      at_ = random_() % targets_.size();
    }
    return targets_[at_];
  }

 private:
  const std::vector<Target>& targets_;
  const Which which_;
  std::mt19937_64 random_{std::random_device{}()};
  std::size_t at_ = 0;
  int count_ = 0;
};

// Each writer waits until its message is durable, and then sends the next one.
class Appends {
 public:
  Appends(Store& store, UlidMaker& ids, Which which)
      : store_(store), ids_(ids), which_(which), targets_(find_targets(store, which)) {
    store_.set_commit_listener([](const UserId&, std::int64_t) {});
  }

  void measure(int writers, double seconds) {
    std::vector<std::thread> threads;
    for (int i = 0; i < writers; ++i) threads.emplace_back([this] { write(); });
    std::this_thread::sleep_for(::bench::warm_up);
    const std::int64_t before = count_;
    const auto start = SteadyClock::now();
    is_measuring_ = true;
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    const std::int64_t count = count_ - before;
    const double elapsed_us = ::bench::microseconds(SteadyClock::now() - start);
    is_ending_ = true;
    for (std::thread& thread : threads) thread.join();
    if (!failure_.empty()) throw std::runtime_error(failure_);
    ::bench::print(static_cast<double>(count) / elapsed_us * 1e6, ::bench::median(turns_us_));
  }

 private:
  void write() {
    Choice choice(targets_, which_);
    std::vector<double> turns_us;
    try {
      while (!is_ending_) {
        const Target& target = choice.next();
        NewMessage message;
        message.id = ids_.next();
        message.conversation_id = target.conversation.id;
        message.content = content_;
        const auto begin = SteadyClock::now();
        value_of(store_.write(target.user, message));
        ++count_;
        if (is_measuring_) turns_us.push_back(::bench::microseconds(SteadyClock::now() - begin));
      }
    } catch (const std::exception& error) {
      const std::lock_guard lock(mutex_);
      failure_ = error.what();
      is_ending_ = true;
    }
    const std::lock_guard lock(mutex_);
    turns_us_.insert(turns_us_.end(), turns_us.begin(), turns_us.end());
  }

  Store& store_;
  UlidMaker& ids_;
  const Which which_;
  const std::vector<Target> targets_;
  const std::string content_ = ::bench::content();
  std::atomic<std::int64_t> count_ = 0;
  std::atomic<bool> is_measuring_ = false;
  std::atomic<bool> is_ending_ = false;
  std::mutex mutex_;
  std::vector<double> turns_us_;
  std::string failure_;
};

void measure_page(Store& store, double seconds, Which which) {
  const auto targets = find_targets(store, which);
  Choice choice(targets, which);
  const Target first = choice.next();
  ::bench::measure(seconds, 1, [&] {
    const Target& target = which == Which::any ? choice.next() : first;
    const auto page = value_of(store.read([&](const Reader& reader) {
      return reader.messages().path_page(target.user, target.conversation.id, std::nullopt,
                                         std::nullopt, page_messages, Deleted::left_out);
    }));
    if (page.messages.size() != page_messages) throw std::runtime_error("the page is not whole");
  });
}

void measure_list(Store& store, double seconds) {
  const auto targets = find_targets(store, Which::any);
  Choice choice(targets, Which::any);
  ConversationFilter filter;
  filter.is_archived = false;
  ::bench::measure(seconds, 1, [&] {
    const auto page = value_of(store.read([&](const Reader& reader) {
      return reader.conversations().list(choice.next().user, filter, std::nullopt,
                                         list_conversations);
    }));
    if (page.conversations.size() != list_conversations) {
      throw std::runtime_error("the list is not whole");
    }
  });
}

void measure_feed(Store& store, double seconds) {
  const auto targets = find_targets(store, Which::any);
  Choice choice(targets, Which::any);
  const std::int64_t epoch =
      value_of(store.read([](const Reader& reader) { return reader.sync().epoch(); }));
  std::unordered_map<UserId, std::int64_t> ends;
  for (const Target& target : targets) {
    std::int64_t& end = ends[target.user];
    end = std::max(end, target.conversation.seq);
  }
  std::mt19937_64 random(std::random_device{}());
  ::bench::measure(seconds, 1, [&] {
    const UserId user = choice.next().user;
    const std::int64_t end = ends[user];
    FeedPlace place;
    place.epoch = epoch;
    place.seq =
        static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end > 300 ? end - 300 : 1));
    const auto page = value_of(store.read(
        [&](const Reader& reader) { return reader.sync().changes(user, place, feed_rows); }));
    if (page.messages.size() + page.conversations.size() < feed_rows) {
      throw std::runtime_error("the page of the feed is not whole");
    }
  });
}

// False: these are no arguments.
bool run(const std::vector<std::string>& arguments) {
  const auto more = [&](std::size_t at) { return at < arguments.size() ? arguments[at] : ""; };
  const std::string verb = more(2);
  UlidMaker ids(system_clock());
  if (verb == "seed") {
    Population population;
    int* const numbers[] = {&population.users, &population.conversations_per_user,
                            &population.messages_per_conversation, &population.long_messages};
    for (std::size_t i = 3; i < arguments.size() && i < 7; ++i) {
      *numbers[i - 3] = std::stoi(arguments[i]);
    }
    populate(*open(arguments[1], ids), population);
    return true;
  }
  if (arguments.size() < (verb == "append" ? 5U : 4U)) return false;
  const auto store = open(arguments[1], ids);
  if (verb == "append") {
    Appends(*store, ids, which_of(more(5))).measure(std::stoi(more(3)), std::stod(more(4)));
  } else if (verb == "page") {
    measure_page(*store, std::stod(more(3)), which_of(more(4)));
  } else if (verb == "list") {
    measure_list(*store, std::stod(more(3)));
  } else if (verb == "feed") {
    measure_feed(*store, std::stod(more(3)));
  } else {
    return false;
  }
  return true;
}

}  // namespace
}  // namespace threadkeep::bench

int main(int count, char** arguments) {
  try {
    if (threadkeep::bench::run({arguments, arguments + count})) return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_store: %s\n", error.what());
    return 1;
  }
  std::fputs(
      "usage: bench_store STORE seed [USERS CONVERSATIONS MESSAGES LONG] | append WRITERS SECONDS "
      "[WHICH] | page SECONDS [WHICH] | list SECONDS | feed SECONDS\n",
      stderr);
  return 64;
}
