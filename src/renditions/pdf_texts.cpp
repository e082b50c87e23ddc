#include "renditions/pdf_texts.h"

#include <algorithm>
#include <utility>

namespace threadkeep::renditions {
namespace {

constexpr std::size_t entry_bytes = 256;  // of one that has no text

std::size_t bytes_of(const PdfText& text) { return text.text.size() + entry_bytes; }

}  // namespace

PdfTexts::PdfTexts(const PdfTextsOptions& options) : options_(options) {}

PdfTexts::~PdfTexts() {
  {
    const std::lock_guard lock(mutex_);
    stop_.request_stop();
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void PdfTexts::read(const std::string& id, std::shared_ptr<const std::string> pdf, Done done) {
  Text text;
  {
    const std::lock_guard lock(mutex_);
    if (const auto kept = kept_.find(id); kept != kept_.end()) {
      text = kept->second;
    } else {
      const auto same = std::find_if(unfinished_.begin(), unfinished_.end(),
                                     [&](const TaskPtr& task) { return task->id == id; });
      if (same != unfinished_.end()) {
        (*same)->waiting.push_back(std::move(done));
        return;
      }
      if (!stop_.stop_requested() && waiting_.size() < options_.waiting_max) {
        auto task = std::make_shared<Task>(Task{id, std::move(pdf), {}});
        task->waiting.push_back(std::move(done));
        unfinished_.push_back(task);
        waiting_.push_back(std::move(task));
        while (threads_.size() < options_.threads) threads_.emplace_back([this] { work(); });
        work_.notify_one();
        return;
      }
    }
  }
  if (!text) text = std::make_shared<PdfText>(PdfText{PdfText::Outcome::no_text, {}, false});
  done(std::move(text));
}

std::int64_t PdfTexts::reads() const {
  const std::lock_guard lock(mutex_);
  return reads_;
}

void PdfTexts::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return stop_.stop_requested() || !waiting_.empty(); });
    if (stop_.stop_requested()) return;
    const TaskPtr task = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    const auto text = std::make_shared<const PdfText>(
        text_of_pdf(*task->pdf, options_.limits, stop_.get_token()));
    lock.lock();
    ++reads_;
    // Where it cannot be read here it may be soon: somebody installs the program.
    if (text->outcome != PdfText::Outcome::no_reader) keep(task->id, text);
    std::erase(unfinished_, task);
    const bool is_wanted = !stop_.stop_requested();
    lock.unlock();
    if (is_wanted) {
      for (const Done& done : task->waiting) done(text);
    }
    lock.lock();
  }
}

void PdfTexts::keep(const std::string& id, const Text& text) {
  if (!kept_.emplace(id, text).second) return;
  kept_since_.push_back(id);
  kept_bytes_ += bytes_of(*text);
  while (kept_bytes_ > options_.kept_bytes_max && !kept_since_.empty()) {
    const auto oldest = kept_.find(kept_since_.front());
    kept_since_.pop_front();
    kept_bytes_ -= bytes_of(*oldest->second);
    kept_.erase(oldest);
  }
}

}  // namespace threadkeep::renditions
