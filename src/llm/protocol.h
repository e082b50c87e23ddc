// A wire protocol: how those who speak it are asked for their models and for an answer. One folder
// per protocol; what is common to all stands in this folder, and knows none of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/provider.h"

namespace threadkeep::llm {

enum class ProtocolId {
  builtin,
  openai_chat,
  openai_responses,
  openai,  // each model in that one of the two which is right for it
  anthropic_messages,
  gemini
};

// Who is asked: a row of a table. How its dialect differs from others of the same protocol is the
// protocol's business.
struct Vendor {
  std::string name;   // before the slash of a model id: "openai"
  std::string label;  // for people: "OpenAI"
  ProtocolId protocol = ProtocolId::openai_chat;
  std::string base_url;  // without a slash at its end, with "/v1" where the vendor has that
  std::string api_key;   // empty: none is sent
  enum class KeyHeader { authorization, api_key };
  KeyHeader key_header = KeyHeader::authorization;  // Azure's is another one
  // Of Azure's older addresses, which name the model and this version; empty: any other address.
  std::string api_version;
  std::vector<std::string> models;  // all there are, where the vendor has no list of them
  enum class Source : std::uint8_t { environment, person };
  Source source = Source::environment;
  // Why nobody can be asked: a sentence for the person; empty: nothing is in the way.
  std::string obstacle;

  friend bool operator==(const Vendor&, const Vendor&) = default;
};

// How many tokens a model may reason for, where its vendor wants a number. One that takes no budget
// this small is not asked to reason.
constexpr std::int64_t reasoning_budget(Settings::Effort effort) {
  switch (effort) {
    case Settings::Effort::minimal:
      return 512;
    case Settings::Effort::low:
      return 2'048;
    case Settings::Effort::medium:
      return 8'192;
    case Settings::Effort::high:
      break;
  }
  return 24'576;
}

// What a document says, read as a list of models; nothing when it is none. The rows' ids begin with
// the vendor's name and a slash, except where the vendor is one model itself: then its name is the
// id.
using ModelRows = std::optional<std::vector<ModelRow>>;

// The models of one vendor, or why there is no list of them: a sentence for the person.
struct VendorModels {
  std::vector<ModelRow> rows;
  std::optional<std::string> failure;
};

// Safe from several threads. It must outlive its calls.
class Protocol {
 public:
  virtual ~Protocol() = default;

  // Asks which models that one can talk to the vendor has, for at most about `wait_max`.
  // `on_models` is called once, from any thread, perhaps from inside list(), and must not block.
  virtual std::unique_ptr<Call> list(const Vendor& vendor, std::chrono::milliseconds wait_max,
                                     std::function<void(VendorModels)> on_models) = 0;

  // What the model takes besides text, as start() gives it.
  virtual Takes takes(const Vendor& vendor, std::string_view model) const = 0;

  // Asks the vendor for an answer by Request::model. `on_event` as in Models::start.
  virtual std::unique_ptr<Call> start(const Vendor& vendor, const Request& request,
                                      std::function<void(Event)> on_event) = 0;
};

}  // namespace threadkeep::llm
