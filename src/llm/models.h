// The models of all vendors that are set up, and the built-in one.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "http/outbound.h"
#include "llm/model_list.h"
#include "llm/protocol.h"

namespace threadkeep::llm {

struct ModelsOptions {
  std::chrono::microseconds builtin_word_pause{15'000};
  ModelListOptions list;
};

// Who is asked: the vendors of the server, which all users have, and those that each user entered.
struct VendorSources {
  std::vector<Vendor> of_all = {};
  // Asked at every use, from any thread: what changes there holds from the next use on, and what
  // runs goes on with what it began with. The same pointer as long as nothing changes; null: none.
  // May be null itself.
  using Entered = std::shared_ptr<const std::vector<Vendor>>;
  std::function<Entered(const UserId&)> entered = nullptr;
};

// Which connections are opened: to the server's vendors, and to addresses that a person entered.
// The addresses in the table of known vendors are nobody's idea.
struct ModelOutbounds {
  http::Outbound& configured;
  http::Outbound& entered;
};

// The outbounds and whatever `entered` asks must outlive it; it must outlive its calls.
std::unique_ptr<Models> make_models(VendorSources sources, const ModelOutbounds& outbounds,
                                    ModelsOptions options = {});
// With the same vendors for all users.
std::unique_ptr<Models> make_models(std::vector<Vendor> vendors, http::Outbound& outbound,
                                    ModelsOptions options = {});

}  // namespace threadkeep::llm
