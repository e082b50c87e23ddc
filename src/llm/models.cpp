#include "llm/models.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <utility>

#include "llm/anthropic_messages/anthropic_messages.h"
#include "llm/builtin/builtin_model.h"
#include "llm/gemini/gemini.h"
#include "llm/known_vendors.h"
#include "llm/openai/openai.h"
#include "llm/openai_chat/openai_chat.h"
#include "llm/openai_responses/openai_responses.h"
#include "llm/paced_calls.h"

namespace threadkeep::llm {
namespace {

// What protocols are made of.
struct Parts {
  http::Outbound& outbound;
  PacedCalls& paced_calls;
  const ModelsOptions& options;
};

struct ProtocolRow {
  ProtocolId id;
  std::unique_ptr<Protocol> (*make)(const Parts& parts);
};

// A new protocol: its folder, its ProtocolId and its row here.
constexpr auto protocol_rows = std::to_array<ProtocolRow>({
    {ProtocolId::builtin,
     [](const Parts& parts) -> std::unique_ptr<Protocol> {
       return std::make_unique<BuiltinModel>(parts.paced_calls, parts.options.builtin_word_pause);
     }},
    {ProtocolId::openai_chat,
     [](const Parts& parts) -> std::unique_ptr<Protocol> {
       return std::make_unique<OpenAiChat>(parts.outbound);
     }},
    {ProtocolId::openai_responses,
     [](const Parts& parts) -> std::unique_ptr<Protocol> {
       return std::make_unique<OpenAiResponses>(parts.outbound);
     }},
    {ProtocolId::openai,
     [](const Parts& parts) -> std::unique_ptr<Protocol> {
       return std::make_unique<OpenAi>(std::make_unique<OpenAiChat>(parts.outbound),
                                       std::make_unique<OpenAiResponses>(parts.outbound));
     }},
    {ProtocolId::anthropic_messages,
     [](const Parts& parts) -> std::unique_ptr<Protocol> {
       return std::make_unique<AnthropicMessages>(parts.outbound);
     }},
    {ProtocolId::gemini,
     [](const Parts& parts) -> std::unique_ptr<Protocol> {
       return std::make_unique<Gemini>(parts.outbound);
     }},
});

Failed unknown_model() {
  Failure failure;
  failure.kind = Failure::Kind::unknown_model;
  failure.sentence = "No model with that name is set up here. Choose another one.";
  return Failed{std::move(failure)};
}

Failed cannot_be_asked(const Vendor& vendor) {
  Failure failure;
  failure.kind = Failure::Kind::auth;
  failure.sentence = vendor.obstacle;
  failure.vendor = vendor.label;
  return Failed{std::move(failure)};
}

// The protocols over one kind of connections.
class Protocols {
 public:
  explicit Protocols(const Parts& parts) {
    for (const ProtocolRow& row : protocol_rows) made_.push_back({row.id, row.make(parts)});
  }

  Protocol& of(ProtocolId id) const {
    const auto made =
        std::find_if(made_.begin(), made_.end(), [&](const Made& row) { return row.id == id; });
    return *made->protocol;  // every id has its row
  }

 private:
  struct Made {
    ProtocolId id;
    std::unique_ptr<Protocol> protocol;
  };
  std::vector<Made> made_;
};

// The vendors of one user, as they were at one time, with their lists. Calls do not need it.
class VendorSet {
 public:
  VendorSet(const std::vector<Vendor>& of_all, VendorSources::Entered entered,
            const std::function<Protocol&(const Vendor&)>& protocol_of, ModelListOptions options)
      : entered_(std::move(entered)) {
    vendors_.push_back(builtin_vendor());
    vendors_.insert(vendors_.end(), of_all.begin(), of_all.end());
    if (entered_) vendors_.insert(vendors_.end(), entered_->begin(), entered_->end());
    std::vector<ModelList::Source> sources;
    for (const Vendor& vendor : vendors_) sources.push_back({vendor, protocol_of(vendor)});
    list_ = std::make_unique<ModelList>(std::move(sources), std::move(options));
  }

  struct Found {
    const Vendor* vendor = nullptr;
    std::string_view model;
  };
  // "vendor/model"; the built-in vendor is its only model. Of two with one name the server's.
  Found find(std::string_view id) const {
    if (id == vendors_.front().name) return {&vendors_.front(), id};
    const std::size_t slash = id.find('/');
    if (slash == std::string_view::npos || slash + 1 == id.size()) return {};
    const auto vendor = std::find_if(vendors_.begin() + 1, vendors_.end(), [&](const Vendor& row) {
      return row.name == id.substr(0, slash);
    });
    if (vendor == vendors_.end()) return {};
    return {&*vendor, id.substr(slash + 1)};
  }

  const VendorSources::Entered& entered() const { return entered_; }
  ModelList& list() const { return *list_; }

 private:
  const VendorSources::Entered entered_;
  std::vector<Vendor> vendors_;  // the built-in one first
  std::unique_ptr<ModelList> list_;
};

class ConfiguredModels : public Models {
 public:
  ConfiguredModels(VendorSources sources, const ModelOutbounds& outbounds, ModelsOptions options)
      : sources_(std::move(sources)),
        options_(std::move(options)),
        configured_(Parts{outbounds.configured, paced_calls_, options_}),
        entered_(Parts{outbounds.entered, paced_calls_, options_}),
        common_(make_set(nullptr)) {}

  ModelCatalogue list(const UserId& user, Asking asking) override {
    return set_of(user)->list().catalogue(asking);
  }

  bool knows(const UserId& user, std::string_view id) override {
    return set_of(user)->find(id).vendor != nullptr;
  }

  std::optional<std::int64_t> context_tokens(const UserId& user,
                                             std::string_view id) const override {
    const std::lock_guard lock(mutex_);
    const auto own = sets_.find(user);
    return (own == sets_.end() ? common_ : own->second)->list().context_tokens(id);
  }

  Takes takes(const UserId& user, std::string_view id) override {
    const auto set = set_of(user);
    const VendorSet::Found found = set->find(id);
    return found.vendor == nullptr ? Takes()
                                   : protocol_of(*found.vendor).takes(*found.vendor, found.model);
  }

  std::unique_ptr<Call> start(const UserId& user, std::string_view id, Request request,
                              std::function<void(Event)> on_event) override {
    const auto set = set_of(user);
    const VendorSet::Found found = set->find(id);
    if (found.vendor == nullptr)
      return paced_calls_.start({unknown_model()}, {}, std::move(on_event));
    if (!found.vendor->obstacle.empty())
      return paced_calls_.start({cannot_be_asked(*found.vendor)}, {}, std::move(on_event));
    request.model = found.model;
    return protocol_of(*found.vendor).start(*found.vendor, request, std::move(on_event));
  }

 private:
  using SetPtr = std::shared_ptr<VendorSet>;

  Protocol& protocol_of(const Vendor& vendor) const {
    const bool is_checked =
        vendor.source == Vendor::Source::person && !is_address_of_known_vendor(vendor.base_url);
    return (is_checked ? entered_ : configured_).of(vendor.protocol);
  }

  SetPtr make_set(VendorSources::Entered entered) const {
    return std::make_shared<VendorSet>(
        sources_.of_all, std::move(entered),
        [this](const Vendor& vendor) -> Protocol& { return protocol_of(vendor); }, options_.list);
  }

  // Users who entered none share one.
  SetPtr set_of(const UserId& user) {
    auto entered = sources_.entered ? sources_.entered(user) : nullptr;
    const std::lock_guard lock(mutex_);
    if (!entered) {
      sets_.erase(user);
      return common_;
    }
    SetPtr& set = sets_[user];
    if (set && set->entered() == entered) return set;
    const SetPtr earlier = set ? set : common_;
    set = make_set(std::move(entered));
    set->list().take_over(earlier->list());
    return set;
  }

  const VendorSources sources_;
  const ModelsOptions options_;
  PacedCalls paced_calls_;
  const Protocols configured_;
  const Protocols entered_;
  const SetPtr common_;

  mutable std::mutex mutex_;  // never held while somebody is asked
  std::map<UserId, SetPtr> sets_;
};

}  // namespace

std::unique_ptr<Models> make_models(VendorSources sources, const ModelOutbounds& outbounds,
                                    ModelsOptions options) {
  return std::make_unique<ConfiguredModels>(std::move(sources), outbounds, std::move(options));
}

std::unique_ptr<Models> make_models(std::vector<Vendor> vendors, http::Outbound& outbound,
                                    ModelsOptions options) {
  return make_models(VendorSources{std::move(vendors)}, ModelOutbounds{outbound, outbound},
                     std::move(options));
}

}  // namespace threadkeep::llm
