#include "llm/model_list.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <utility>

namespace threadkeep::llm {
namespace {

using Clock = std::chrono::steady_clock;

// The lists of the vendors that are being asked. Shared with the callbacks, which may outlive the
// wait.
struct Inquiry {
  struct Reply {
    bool is_there = false;
    ModelRows rows;
  };
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Reply> replies;
};

std::function<void(ModelRows)> into(const std::shared_ptr<Inquiry>& inquiry, std::size_t number) {
  return [inquiry, number](ModelRows rows) {
    const std::lock_guard lock(inquiry->mutex);
    inquiry->replies[number] = {true, std::move(rows)};
    inquiry->changed.notify_all();
  };
}

}  // namespace

ModelList::ModelList(std::vector<Source> sources, ModelListOptions options)
    : sources_(std::move(sources)), options_(options), kept_(sources_.size()) {}

std::vector<ModelRow> ModelList::rows() {
  const std::lock_guard lock(mutex_);
  refresh();
  std::vector<ModelRow> rows;
  for (const Kept& kept : kept_) rows.insert(rows.end(), kept.rows.begin(), kept.rows.end());
  return rows;
}

void ModelList::refresh() {
  const Clock::time_point begin = Clock::now();
  const auto inquiry = std::make_shared<Inquiry>();
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (begin >= kept_[i].until) asked.push_back(i);
  }
  if (asked.empty()) return;
  inquiry->replies.resize(asked.size());
  std::vector<std::unique_ptr<Call>> calls;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const Source& source = sources_[asked[i]];
    calls.push_back(source.protocol.list(source.vendor, options_.wait_max, into(inquiry, i)));
  }
  {
    std::unique_lock lock(inquiry->mutex);
    inquiry->changed.wait_until(lock, begin + options_.wait_max, [&] {
      return std::all_of(inquiry->replies.begin(), inquiry->replies.end(),
                         [](const Inquiry::Reply& reply) { return reply.is_there; });
    });
  }
  calls.clear();  // who has not answered until now is not waited for
  const Clock::time_point end = Clock::now();
  for (std::size_t i = 0; i < asked.size(); ++i) {
    ModelRows& rows = inquiry->replies[i].rows;
    Kept& kept = kept_[asked[i]];
    kept.until = end + (rows ? options_.kept : options_.silence_kept);
    kept.rows = rows ? *std::move(rows) : std::vector<ModelRow>();
  }
}

}  // namespace threadkeep::llm
