// The models of all vendors that are set up, and the built-in one.
#pragma once

#include <chrono>
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

// `outbound` must outlive it; it must outlive its calls.
std::unique_ptr<Models> make_models(std::vector<Vendor> vendors, http::Outbound& outbound,
                                    ModelsOptions options = {});

}  // namespace threadkeep::llm
