#include "llm/models.h"

#include <algorithm>
#include <array>
#include <utility>

#include "llm/anthropic_messages/anthropic_messages.h"
#include "llm/builtin/builtin_model.h"
#include "llm/gemini/gemini.h"
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

class ConfiguredModels : public Models {
 public:
  ConfiguredModels(std::vector<Vendor> vendors, http::Outbound& outbound,
                   const ModelsOptions& options)
      : vendors_(std::move(vendors)) {
    vendors_.insert(vendors_.begin(), builtin_vendor());
    for (const ProtocolRow& row : protocol_rows)
      protocols_.push_back({row.id, row.make(Parts{outbound, paced_calls_, options})});
    std::vector<ModelList::Source> sources;
    for (const Vendor& vendor : vendors_) sources.push_back({vendor, protocol_of(vendor)});
    list_ = std::make_unique<ModelList>(std::move(sources), options.list);
  }

  ModelCatalogue list(Asking asking) override { return list_->catalogue(asking); }

  bool knows(std::string_view id) const override { return find(id).vendor != nullptr; }

  std::optional<std::int64_t> context_tokens(std::string_view id) const override {
    return list_->context_tokens(id);
  }

  Takes takes(std::string_view id) const override {
    const Found found = find(id);
    return found.vendor == nullptr ? Takes()
                                   : protocol_of(*found.vendor).takes(*found.vendor, found.model);
  }

  std::unique_ptr<Call> start(std::string_view id, Request request,
                              std::function<void(Event)> on_event) override {
    const Found found = find(id);
    if (found.vendor == nullptr)
      return paced_calls_.start({unknown_model()}, {}, std::move(on_event));
    request.model = found.model;
    return protocol_of(*found.vendor).start(*found.vendor, request, std::move(on_event));
  }

 private:
  struct Found {
    const Vendor* vendor = nullptr;
    std::string_view model;
  };
  struct Made {
    ProtocolId id;
    std::unique_ptr<Protocol> protocol;
  };

  // "vendor/model"; the built-in vendor is its only model.
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

  Protocol& protocol_of(const Vendor& vendor) const {
    const auto made = std::find_if(protocols_.begin(), protocols_.end(),
                                   [&](const Made& row) { return row.id == vendor.protocol; });
    return *made->protocol;  // every id has its row
  }

  std::vector<Vendor> vendors_;  // the built-in one first
  PacedCalls paced_calls_;
  std::vector<Made> protocols_;
  std::unique_ptr<ModelList> list_;
};

}  // namespace

std::unique_ptr<Models> make_models(std::vector<Vendor> vendors, http::Outbound& outbound,
                                    ModelsOptions options) {
  return std::make_unique<ConfiguredModels>(std::move(vendors), outbound, options);
}

}  // namespace threadkeep::llm
