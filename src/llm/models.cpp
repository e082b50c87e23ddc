#include <algorithm>
#include <utility>

#include "llm/builtin/builtin_model.h"
#include "llm/model_list.h"
#include "llm/openai_chat/openai_chat.h"
#include "llm/paced_calls.h"
#include "llm/vendors.h"

namespace threadkeep::llm {
namespace {

class ConfiguredModels : public Models {
 public:
  ConfiguredModels(std::vector<Vendor> vendors, http::Outbound& outbound,
                   const ModelsOptions& options)
      : vendors_(std::move(vendors)),
        outbound_(outbound),
        builtin_(paced_calls_, BuiltinOptions{options.builtin_word_pause}),
        list_(vendors_, outbound_,
              ModelListOptions{options.list_wait_max, options.list_kept, options.silence_kept}) {}

  std::vector<ModelRow> list() override {
    std::vector<ModelRow> rows = list_.rows();
    rows.insert(rows.begin(), BuiltinModel::row());
    return rows;
  }

  bool knows(std::string_view id) const override {
    return id == BuiltinModel::id || find(id).vendor != nullptr;
  }

  std::unique_ptr<Call> start(std::string_view id, Request request,
                              std::function<void(Event)> on_event) override {
    const Found found = find(id);
    request.model = found.vendor == nullptr ? id : found.model;
    if (id == BuiltinModel::id) return builtin_.start(request, std::move(on_event));
    if (found.vendor == nullptr) {
      Failed unknown{Error{Errc::upstream_failed,
                           "No model with that name is set up here. Choose another one."},
                     false};
      return paced_calls_.start({std::move(unknown)}, {}, std::move(on_event));
    }
    switch (found.vendor->protocol) {
      case Protocol::openai_chat:
        break;
    }
    return start_openai_chat(outbound_, *found.vendor, request, std::move(on_event));
  }

 private:
  struct Found {
    const Vendor* vendor = nullptr;
    std::string_view model;
  };

  Found find(std::string_view id) const {
    const std::size_t slash = id.find('/');
    if (slash == std::string_view::npos || slash + 1 == id.size()) return {};
    const auto vendor = std::find_if(vendors_.begin(), vendors_.end(), [&](const Vendor& row) {
      return row.name == id.substr(0, slash);
    });
    if (vendor == vendors_.end()) return {};
    return {&*vendor, id.substr(slash + 1)};
  }

  const std::vector<Vendor> vendors_;
  http::Outbound& outbound_;
  PacedCalls paced_calls_;
  BuiltinModel builtin_;
  ModelList list_;
};

}  // namespace

std::unique_ptr<Models> make_models(std::vector<Vendor> vendors, http::Outbound& outbound,
                                    ModelsOptions options) {
  return std::make_unique<ConfiguredModels>(std::move(vendors), outbound, options);
}

}  // namespace threadkeep::llm
