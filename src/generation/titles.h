// Titles by a model: what a conversation is called before its person calls it anything.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"
#include "domain/conversation.h"
#include "generation/background_question.h"
#include "llm/provider.h"
#include "store/store.h"

namespace threadkeep {

struct TitleLimits {
  std::chrono::milliseconds wait_max{30'000};  // for the words of the model
  // Of a conversation that nobody has named until then: after that many messages it is left alone.
  std::int64_t messages_max = 8;
  std::size_t waiting_max = 256;  // conversations; further ones keep their excerpt for now
};

// Safe from several threads. All must outlive it; `on_title` is called after the title is stored,
// from any thread, and must be quick. A few threads, which the first wish starts: a vendor that
// does not answer holds up other titles alone.
class Titles {
 public:
  using OnTitle = std::function<void(const UserId& user, const TitleChanged& changed)>;
  Titles(Store& store, llm::Models& models, OnTitle on_title, TitleLimits limits = {});
  ~Titles();  // as stop()
  Titles(const Titles&) = delete;
  Titles& operator=(const Titles&) = delete;

  // After an answer: a conversation that has an excerpt for a title gets one in the background, by
  // the model that the person has chosen for it, which has its words already. Returns at once; what
  // fails leaves the excerpt.
  void consider(const UserId& user, const ConversationId& conversation);
  // The same, to be called when it is time, also when this is gone: then it does nothing.
  std::function<void()> considering(const UserId& user, const ConversationId& conversation) const;

  enum class Refusal {
    by_person,  // a person wrote the title: it stays
    no_words,   // nothing was asked and answered yet
    no_model,   // the conversation has none, or the built-in one, which names nothing
    no_title,   // the model said nothing that could be a title
  };
  struct Made {
    Conversation conversation;
    std::optional<Refusal> refusal;  // none: it has got the title
  };
  // The same before all that wait, also in the place of a title that a model made before. `on_made`
  // is called once, from one of the threads, or from inside make() or stop() when there is none for
  // it. Fails: not_found, conversation_deleted, upstream_failed (with the sentence for the person),
  // cancelled (by stop()).
  using OnMade = std::function<void(Result<Made>)>;
  void make(const UserId& user, const ConversationId& conversation, OnMade on_made);

  // Ends what runs; nothing is begun any more.
  void stop();

 private:
  struct Wish {
    UserId user;
    ConversationId conversation;
    OnMade on_made;  // null: in the background
  };
  // What is left of this when it is gone.
  struct Door {
    std::mutex mutex;
    Titles* titles = nullptr;  // null: gone
  };
  bool add(Wish wish);
  void run();
  bool is_wanted(const Wish& wish);
  Result<Made> make_now(const UserId& user, const ConversationId& conversation);
  Result<std::string> ask(const UserId& user, const std::string& model, llm::Request request);

  Store& store_;
  llm::Models& models_;
  const OnTitle on_title_;
  const TitleLimits limits_;
  generation::BackgroundQuestions questions_;
  const std::shared_ptr<Door> door_ = std::make_shared<Door>();
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_stopped_ = false;
  std::deque<Wish> wishes_;
  std::vector<ConversationId> running_;  // a model thinks of their titles
  std::vector<std::thread> threads_;
};

}  // namespace threadkeep
