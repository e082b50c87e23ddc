// Which models the vendors have.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/outbound.h"
#include "json/json.h"
#include "llm/provider.h"
#include "llm/vendors.h"

namespace threadkeep::llm {

// As ModelsOptions.
struct ModelListOptions {
  std::chrono::milliseconds wait_max{1'500};
  std::chrono::milliseconds kept{30'000};
  std::chrono::milliseconds silence_kept{5'000};
};

// Whether a row of a vendor's list is a model that one can talk to. Made of names where vendors
// tell nothing better: embeddings, speech, pictures and such are out.
bool is_chat_model(json::Value row);

// The rows of GET {base}/models, sorted by id; nothing when it is no list of models.
std::optional<std::vector<ModelRow>> read_model_list(const Vendor& vendor, std::string_view body);

// Safe from several threads; those that come while a list is being fetched wait for it.
class ModelList {
 public:
  // Both must outlive it.
  ModelList(const std::vector<Vendor>& vendors, http::Outbound& outbound, ModelListOptions options);
  // The models of all vendors that answer, in the vendors' order. Blocks.
  std::vector<ModelRow> rows();

 private:
  struct Kept {
    std::vector<ModelRow> rows;
    std::chrono::steady_clock::time_point until;  // the epoch: never asked
  };
  void refresh();

  const std::vector<Vendor>& vendors_;
  http::Outbound& outbound_;
  ModelListOptions options_;
  std::mutex mutex_;
  std::vector<Kept> kept_;  // of each vendor
};

}  // namespace threadkeep::llm
