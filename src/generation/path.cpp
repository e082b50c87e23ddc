#include "generation/path.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "generation/decisions.h"

namespace threadkeep::generation {
namespace {

constexpr int pages_counted_max = 100;

bool says_something(const Message& message) {
  return message.content != "[]" || decisions_of(message);
}

Result<MessagePage> page_of(Store& store, const UserId& user, const Message& answer,
                            std::optional<Position> from) {
  return store.read([&](const Reader& reader) {
    return reader.messages().path_page(user, answer.conversation_id, answer.id, from,
                                       limits::page_limit_max, Deleted::left_out);
  });
}

}  // namespace

// From the newest message to older ones.
class Path::Reading {
 public:
  Reading(Path& path, const Message& answer, Extent extent, std::size_t bytes_max)
      : path_(path),
        newest_(extent == Extent::above ? answer.position - 1 : answer.position),
        bytes_max_(bytes_max),
        duet_(extent == Extent::above ? duet_turn_of(answer) : std::nullopt),
        is_being_decided_(extent == Extent::above && decisions_of(answer)) {
    path_.oldest = answer.position;
  }

  void add(MessagePage page) {
    path_.next_page_ = page.next;
    for (auto entry = page.messages.rbegin(); entry != page.messages.rend(); ++entry) {
      Message& message = entry->message;
      if (message.position > newest_) continue;
      const auto summary = context_summary_of(message);
      if (summary) message.content = without_context_summaries(message.content);
      if (!says_something(message)) continue;
      // The message that is answered is always given, however long it is.
      const bool is_first = messages_.empty();
      path_.is_cut = path_.is_cut || (!is_first && bytes_ + message.content.size() > bytes_max_);
      if (path_.is_cut) {
        ++path_.before_in_page_;
        continue;
      }
      if (is_first) path_.ends_with_answer = !duet_ && message.role == Role::assistant;
      if (summary) path_.summaries.push_back(*summary);
      add_message(std::move(message));
    }
  }

  void finish() {
    std::reverse(path_.turns.begin(), path_.turns.end());
    std::reverse(messages_.begin(), messages_.end());
    std::reverse(notes_.begin(), notes_.end());
    std::vector<MessageId> firsts = messages_;
    settle_calls(path_.turns, firsts, notes_, is_being_decided_);
    std::size_t at = 0;
    for (std::size_t i = 0; i < firsts.size(); ++i) {
      const bool is_last = i + 1 == firsts.size();
      while (at < messages_.size() && (is_last || messages_[at] != firsts[i + 1])) ++at;
      path_.places.push_back({firsts[i], messages_[at - 1], static_cast<std::int64_t>(at)});
    }
  }

 private:
  void add_message(Message message) {
    bytes_ += message.content.size();
    path_.oldest = message.position;
    messages_.push_back(message.id);
    notes_.push_back(call_note(message));
    path_.turns.push_back(duet_ ? heard_by(*duet_, message)
                                : llm::Turn{message.role, std::move(message.content)});
  }

  Path& path_;
  const Position newest_;
  const std::size_t bytes_max_;
  const std::optional<DuetTurn> duet_;
  const bool is_being_decided_;
  std::size_t bytes_ = 0;
  std::vector<MessageId> messages_;
  std::vector<CallNote> notes_;
};

Result<Path> Path::read(Store& store, const UserId& user, const Message& answer, Extent extent,
                        std::size_t bytes_max) {
  Path path;
  Reading reading(path, answer, extent, bytes_max);
  do {
    auto page = page_of(store, user, answer, path.next_page_);
    if (!page) return tl::unexpected(page.error());
    reading.add(std::move(*page));
  } while (path.next_page_ && !path.is_cut);
  reading.finish();
  return path;
}

Result<std::optional<std::int64_t>> Path::count_before(Store& store, const UserId& user,
                                                       const Message& answer) const {
  std::int64_t count = before_in_page_;
  std::optional<Position> from = next_page_;
  for (int pages = 0; from; ++pages) {
    if (pages == pages_counted_max) return std::optional<std::int64_t>();
    const auto page = page_of(store, user, answer, from);
    if (!page) return tl::unexpected(page.error());
    for (const MessageInTree& entry : page->messages) {
      const Message& message = entry.message;
      const bool has_words = context_summary_of(message)
                                 ? without_context_summaries(message.content) != "[]"
                                 : says_something(message);
      if (has_words) ++count;
    }
    from = page->next;
  }
  return std::optional(count);
}

}  // namespace threadkeep::generation
