#include "llm/model_list.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <optional>
#include <utility>

namespace threadkeep::llm {
namespace {

using Clock = std::chrono::steady_clock;

// The lists of the vendors that are being asked. Shared with the callbacks, which may outlive the
// wait.
struct Inquiry {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::optional<VendorModels>> replies;  // of each; none: not there yet
};

std::function<void(VendorModels)> into(const std::shared_ptr<Inquiry>& inquiry,
                                       std::size_t number) {
  return [inquiry, number](VendorModels models) {
    const std::lock_guard lock(inquiry->mutex);
    inquiry->replies[number] = std::move(models);
    inquiry->changed.notify_all();
  };
}

}  // namespace

ModelList::ModelList(std::vector<Source> sources, ModelListOptions options)
    : sources_(std::move(sources)), options_(std::move(options)), kept_(sources_.size()) {}

ModelCatalogue ModelList::catalogue(Models::Asking asking) {
  const std::lock_guard lock(mutex_);
  refresh(asking);
  ModelCatalogue all;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const VendorModels& models = kept_[i].models;
    all.models.insert(all.models.end(), models.rows.begin(), models.rows.end());
    const Vendor& vendor = sources_[i].vendor;
    if (models.failure) all.away.push_back({vendor.name, vendor.label, *models.failure});
  }
  for (ModelRow& row : all.models) {
    if (const auto window = window_of(options_.windows, row.id)) row.context_tokens = window;
  }
  return all;
}

void ModelList::take_over(ModelList& earlier) {
  const std::unique_lock lock(earlier.mutex_, std::try_to_lock);
  if (!lock) return;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    for (std::size_t j = 0; j < earlier.sources_.size(); ++j) {
      if (sources_[i].vendor == earlier.sources_[j].vendor) kept_[i] = earlier.kept_[j];
    }
  }
  note_windows();
}

void ModelList::note_windows() {
  const std::lock_guard lock(windows_mutex_);
  for (const Kept& kept : kept_) {
    for (const ModelRow& row : kept.models.rows) {
      if (row.context_tokens) windows_[row.id] = *row.context_tokens;
    }
  }
}

void ModelList::refresh(Models::Asking asking) {
  const Clock::time_point begin = Clock::now();
  const auto inquiry = std::make_shared<Inquiry>();
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const bool is_tried_again = asking == Models::Asking::anew && kept_[i].models.failure;
    if (begin >= kept_[i].until || is_tried_again) asked.push_back(i);
  }
  if (asked.empty()) return;
  inquiry->replies.resize(asked.size());
  std::vector<std::unique_ptr<Call>> calls;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const Source& source = sources_[asked[i]];
    if (!source.vendor.obstacle.empty()) {
      inquiry->replies[i] = VendorModels{{}, source.vendor.obstacle};
      continue;
    }
    calls.push_back(source.protocol.list(source.vendor, options_.wait_max, into(inquiry, i)));
  }
  {
    std::unique_lock lock(inquiry->mutex);
    inquiry->changed.wait_until(lock, begin + options_.wait_max, [&] {
      return std::all_of(inquiry->replies.begin(), inquiry->replies.end(),
                         [](const auto& reply) { return reply.has_value(); });
    });
  }
  calls.clear();  // who has not answered until now is not waited for
  const Clock::time_point end = Clock::now();
  for (std::size_t i = 0; i < asked.size(); ++i) {
    std::optional<VendorModels>& reply = inquiry->replies[i];
    Kept& kept = kept_[asked[i]];
    if (!reply) reply = VendorModels{{}, sources_[asked[i]].vendor.label + " does not answer."};
    kept.until = end + (reply->failure ? options_.silence_kept : options_.kept);
    kept.models = *std::move(reply);
  }
  note_windows();
}

std::optional<std::int64_t> ModelList::context_tokens(std::string_view id) const {
  if (const auto told = window_of(options_.windows, id)) return told;
  const std::lock_guard lock(windows_mutex_);
  const auto window = windows_.find(id);
  return window == windows_.end() ? std::nullopt : std::optional(window->second);
}

}  // namespace threadkeep::llm
