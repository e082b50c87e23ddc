#include "generation/background_question.h"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace threadkeep::generation {

// What a model says, until it is whole or too much. Shared with its call, which may say more when
// nobody waits any more.
struct BackgroundQuestions::Words {
  BackgroundQuestions& questions;
  const std::size_t bytes_max;
  std::string text;
  std::optional<std::string> failure;
  bool is_over = false;

  void hear(const llm::Event& event) {
    const std::lock_guard lock(questions.mutex_);
    if (const auto* delta = std::get_if<llm::TextDelta>(&event)) text += delta->text;
    if (std::holds_alternative<llm::TextWasReasoning>(event)) text.clear();
    if (const auto* failed = std::get_if<llm::Failed>(&event)) failure = failed->failure.sentence;
    is_over = is_over || failure || std::holds_alternative<llm::Finished>(event) ||
              text.size() > bytes_max;
    if (is_over) questions.changed_.notify_all();
  }
};

Result<std::string> BackgroundQuestions::ask(const UserId& user, const std::string& model,
                                             llm::Request request, const Limits& limits,
                                             std::string_view what) {
  const auto words =
      std::make_shared<Words>(Words{*this, limits.said_bytes_max, {}, std::nullopt, false});
  auto call = models_.start(user, model, std::move(request),
                            [words](const llm::Event& event) { words->hear(event); });
  bool was_stopped = false;
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limits.wait_max, [&] { return is_stopped_ || words->is_over; });
    was_stopped = is_stopped_ && !words->is_over;
  }
  call.reset();  // after this nothing is said any more
  if (was_stopped) return fail(Errc::cancelled, "The server is stopping.");
  if (words->failure) return fail(Errc::upstream_failed, *words->failure);
  if (!words->is_over)
    return fail(Errc::upstream_failed,
                "The model took too long to think of " + std::string(what) + ".");
  return words->text;
}

void BackgroundQuestions::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  changed_.notify_all();
}

}  // namespace threadkeep::generation
