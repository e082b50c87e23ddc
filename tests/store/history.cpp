#include "store/history.h"

#include <condition_variable>
#include <mutex>
#include <random>
#include <stdexcept>

#include "store/memory/memory_store.h"

namespace threadkeep::test {
namespace {

constexpr std::uint64_t users = 2;
constexpr std::uint64_t conversations_per_user = 3;
constexpr UnixMs begin_time = 1'700'000'000'000;

Ulid conversation_of(std::uint64_t user, std::uint64_t number) {
  return id_of(user * 1'000 + number);
}

// The number of a change makes the ids of what it adds.
Ulid message_of(std::size_t change, std::uint64_t number) {
  return id_of(1'000'000 + change * 100 + number);
}

// A running answer is known by its row.
std::optional<Message> find_unfinished(Store& store, const UserId& user,
                                       const ConversationId& conversation) {
  const auto tree = tree_page(store, user, conversation, 1, 1'000);
  if (!tree) return std::nullopt;
  for (const MessageInTree& entry : tree->messages) {
    if (!is_final(entry.message.status)) return entry.message;
  }
  return std::nullopt;
}

class RandomChange {
 public:
  RandomChange(Store& oracle, std::mt19937_64& random, std::size_t number)
      : oracle_(oracle), random_(random), number_(number) {}

  Change make() {
    const std::uint64_t user = 1 + pick(users);
    change_.user = id_of(user);
    conversation_ = conversation_of(user, 1 + pick(conversations_per_user));
    switch (pick(16)) {
      case 0:
      case 1:
        change_.what = chat(conversation_, pick(2) == 0 ? "" : "Title " + text(10));
        break;
      case 2:
      case 3:
        change_.what = edit();
        break;
      case 4:
      case 5:
        change_.what = upsert();
        break;
      case 6:
        change_.what = Deletion{conversation_, Erase::later};
        break;
      case 7:
        // Now and then: an erased conversation ends what can be done with it.
        change_.what =
            Deletion{conversation_, number_ > 12 && pick(2) == 0 ? Erase::now : Erase::later};
        break;
      case 8:
        change_.what = Restoration{conversation_};
        break;
      case 9:
        change_.what = merge();
        break;
      case 10:
      case 11:
      case 12:
        change_.what = answer();
        break;
      default:
        change_.what = message(0);
        break;
    }
    return change_;
  }

 private:
  std::uint64_t pick(std::uint64_t count) { return random_() % count; }
  std::string text(std::size_t bytes) {
    std::string result = "words of " + std::to_string(number_);
    while (result.size() < bytes) result += " and " + std::to_string(pick(1'000));
    return result;
  }

  // Rarely one that takes several pages.
  NewMessage message(std::uint64_t number) {
    NewMessage result = said(message_of(number_, number), conversation_,
                             text(pick(12) == 0 ? 20'000 : 200 + pick(800)),
                             pick(2) == 0 ? Role::user : Role::assistant);
    if (pick(5) == 0) result.place = AsRoot{};
    return result;
  }

  Edit edit() {
    Edit result{conversation_, {}};
    if (pick(2) == 0) result.patch.title = pick(4) == 0 ? "" : text(30);
    if (pick(2) == 0) result.patch.tags = std::vector<std::string>{"a", text(5)};
    if (pick(3) == 0) result.patch.folder = std::optional<std::string>("folder");
    if (pick(3) == 0) result.patch.is_pinned = pick(2) == 0;
    if (result.patch.is_pinned) result.patch.settings.system = std::string(300, 's');
    const auto tree = tree_page(oracle_, change_.user, conversation_, 1, 1'000);
    if (pick(3) == 0 && tree && !tree->messages.empty()) {
      result.patch.head_id = tree->messages[pick(tree->messages.size())].message.id;
    }
    return result;
  }

  // The beginning of what is there, and something new: what a stale tab sends.
  ConversationUpsert upsert() {
    ConversationUpsert result;
    result.id = conversation_;
    if (pick(2) == 0) result.title = text(20);
    const auto page =
        path_page(oracle_, change_.user, conversation_, std::nullopt, std::nullopt, 99);
    const std::size_t known = page ? pick(page->messages.size() + 1) : 0;
    for (std::size_t i = 0; i < known; ++i) {
      const Message& row = page->messages[i].message;
      UpsertMessage& same = result.messages.emplace_back();
      same.id = row.id;
      same.fresh_id = message_of(number_, i);
      same.role = row.role;
      same.content = row.content;
    }
    for (std::uint64_t i = 0; i < 1 + pick(3); ++i) {
      const NewMessage added = message(50 + i);
      UpsertMessage& fresh = result.messages.emplace_back();
      fresh.id = added.id;
      fresh.fresh_id = message_of(number_, 60 + i);
      fresh.role = added.role;
      fresh.content = added.content;
    }
    return result;
  }

  ConversationMerge merge() {
    ConversationMerge result;
    result.conversation.id = conversation_;
    result.conversation.title = text(20);
    result.conversation.title_source = TitleSource::model;
    result.conversation.created_at = result.conversation.updated_at = begin_time - 1'000'000;
    result.conversation.tags = {"imported"};
    for (std::uint64_t i = 0; i < 2 + pick(4); ++i) {
      NewMessage& added = result.messages.emplace_back(message(i));
      added.place = i == 0 ? Place(AsRoot{}) : Place(message_of(number_, i - 1));
      added.created_at = begin_time - 1'000'000;
    }
    return result;
  }

  // Begins one, or takes one that runs a step further.
  decltype(Change::what) answer() {
    const auto row = find_unfinished(oracle_, change_.user, conversation_);
    if (!row) {
      BeginGeneration begin;
      begin.conversation_id = conversation_;
      begin.question = message(0);
      begin.question->role = Role::user;
      begin.answers = {{message_of(number_, 1), "builtin"}};
      return begin;
    }
    if (pick(3) == 0) {
      FinishAnswer end;
      end.id = row->id;
      end.content = last_words(*row, text(100 + pick(3'000)));
      end.usage = R"({"inputTokens":1})";
      return end;
    }
    CheckpointAnswer step = next_step(*row);
    if (pick(2) == 0) step.announce = CheckpointAnswer::Announce::no;
    return step;
  }

  // What it has and more, as a rule; or something else.
  std::string last_words(const Message& row, const std::string& more) {
    constexpr std::string_view closing = R"("}])";
    const std::string so_far = oracle_
                                   .read([&](const Reader& reader) {
                                     return reader.messages().find(change_.user, row.id);
                                   })
                                   ->content;
    if (!so_far.ends_with(closing) || pick(4) == 0) return text_block(more);
    return so_far.substr(0, so_far.size() - closing.size()) + more + std::string(closing);
  }

  // What it has, and a text more, at the end of its last part or in a new one.
  CheckpointAnswer next_step(const Message& row) {
    const auto progress = oracle_.read(
        [&](const Reader& reader) { return reader.answers().progress(change_.user, row.id, 1); });
    CheckpointAnswer step;
    step.id = row.id;
    step.closing = R"("}])";
    const std::string more = text(100 + pick(1'500));
    if (progress->parts.empty()) {
      step.parts = {{1, R"([{"type":"text","text":")" + more}};
    } else if (pick(2) == 0) {
      step.parts = {{progress->parts.back().number + 1, more}};
    } else {
      step.parts = {{progress->parts.back().number, progress->parts.back().text + more}};
    }
    return step;
  }

  Store& oracle_;
  std::mt19937_64& random_;
  std::size_t number_;
  Change change_;
  ConversationId conversation_;
};

Result<bool> done(const auto& result) {
  if (!result) return tl::unexpected(result.error());
  return true;
}

}  // namespace

History::History(std::uint64_t seed, std::size_t length, Bursts bursts) {
  ManualClock clock;
  clock.set(begin_time);
  UlidMaker ids(clock);
  const auto oracle = make_memory_store(clock, ids);
  std::mt19937_64 random(seed);
  states_.push_back(show(*oracle));
  while (changes_.size() < length) {
    RandomChange maker(*oracle, random, changes_.size());
    Change change = maker.make();
    const bool can_be_together = std::holds_alternative<NewMessage>(change.what) ||
                                 std::holds_alternative<CheckpointAnswer>(change.what) ||
                                 std::holds_alternative<FinishAnswer>(change.what);
    change.is_together =
        bursts == Bursts::some && can_be_together && !changes_.empty() && random() % 4 != 0;
    change.time = changes_.empty() ? begin_time : changes_.back().time;
    if (!change.is_together) change.time += 1'000;
    clock.set(change.time);
    // What cannot be done is no part of the history, and what changes nothing neither.
    if (!make(*oracle, change)) continue;
    std::string state = show(*oracle);
    if (state == states_.back()) continue;
    states_.push_back(std::move(state));
    changes_.push_back(std::move(change));
  }
}

std::string History::show(Store& store) const {
  std::string text;
  for (std::uint64_t user = 1; user <= users; ++user) {
    const UserId id = id_of(user);
    for (std::uint64_t number = 1; number <= conversations_per_user; ++number) {
      const ConversationId conversation = conversation_of(user, number);
      const auto row = find_conversation(store, id, conversation);
      if (!row && row.error().code != Errc::not_found) throw std::runtime_error(row.error().detail);
      if (!row) continue;
      text += test::show(*row) + "\n";
      if (row->deleted_at) continue;
      text += test::show(tree_page(store, id, conversation, 1, 1'000).value()) + "\n";
      const auto path = path_page(store, id, conversation, std::nullopt, std::nullopt, 1'000);
      for (const MessageInTree& entry : path.value().messages) {
        text += entry.message.id.text().substr(20) + " ";
      }
    }
    ConversationFilter filter;
    text += test::show(list_conversations(store, id, filter, std::nullopt, 99).value());
    filter.in_trash = true;
    text += test::show(list_conversations(store, id, filter, std::nullopt, 99).value());
  }
  return text;
}

Result<bool> make(Store& store, const Change& change) {
  const UserId& user = change.user;
  if (const auto* what = std::get_if<NewConversation>(&change.what)) {
    return done(store.write(user, *what));
  }
  if (const auto* what = std::get_if<NewMessage>(&change.what)) {
    return done(store.write(user, *what));
  }
  if (const auto* what = std::get_if<Edit>(&change.what)) {
    return done(store.write(user, EditConversation{what->conversation, what->patch}));
  }
  if (const auto* what = std::get_if<ConversationUpsert>(&change.what)) {
    return done(store.write(user, *what));
  }
  if (const auto* what = std::get_if<BeginGeneration>(&change.what)) {
    return done(store.write(user, *what));
  }
  if (const auto* what = std::get_if<CheckpointAnswer>(&change.what)) {
    return done(store.write(user, *what));
  }
  if (const auto* what = std::get_if<FinishAnswer>(&change.what)) {
    return done(store.write(user, *what));
  }
  if (const auto* what = std::get_if<Deletion>(&change.what)) {
    return done(store.write(user, DeleteConversation{what->conversation, what->erase}));
  }
  if (const auto* what = std::get_if<Restoration>(&change.what)) {
    return done(store.write(user, RestoreConversation{what->conversation}));
  }
  return done(store.write(user, std::get<ConversationMerge>(change.what)));
}

void run(Store& store, ManualClock& clock, const History& history, std::size_t begin,
         Progress& progress) {
  std::mutex mutex;
  std::condition_variable all_done;
  std::size_t in_flight = 0;
  std::string failure;
  const auto on_done = [&](const auto& result) {
    const std::lock_guard lock(mutex);
    if (result) {
      ++progress.acknowledged;
    } else {
      failure = result.error().detail;
    }
    if (--in_flight == 0) all_done.notify_one();
  };
  const auto wait = [&] {
    std::unique_lock lock(mutex);
    all_done.wait(lock, [&] { return in_flight == 0; });
    if (!failure.empty()) throw std::runtime_error(failure);
  };
  const auto& changes = history.changes();
  for (std::size_t i = begin; i < changes.size(); ++i) {
    const Change& change = changes[i];
    if (!change.is_together) wait();
    clock.set(change.time);
    const auto* message = std::get_if<NewMessage>(&change.what);
    const auto* step = std::get_if<CheckpointAnswer>(&change.what);
    const auto* end = std::get_if<FinishAnswer>(&change.what);
    if (message == nullptr && step == nullptr && end == nullptr) {
      progress.submitted = i + 1;
      const auto made = make(store, change);
      if (!made) throw std::runtime_error(made.error().detail);
      progress.acknowledged = i + 1;
      continue;
    }
    {
      const std::lock_guard lock(mutex);
      ++in_flight;
    }
    progress.submitted = i + 1;
    if (message != nullptr) {
      store.write(change.user, *message, on_done);
    } else if (step != nullptr) {
      store.write(change.user, *step, on_done);
    } else {
      store.write(change.user, *end, on_done);
    }
  }
  wait();
}

}  // namespace threadkeep::test
