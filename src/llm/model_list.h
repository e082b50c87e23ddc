// Which models there are, from all who are asked.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/protocol.h"
#include "llm/windows.h"

namespace threadkeep::llm {

struct ModelListOptions {
  // What a list waits for the vendors, who are all asked at the same time.
  std::chrono::milliseconds wait_max{1'500};
  std::chrono::milliseconds kept{30'000};
  // How long a vendor that did not answer is left alone: people start their Ollama and look again.
  std::chrono::milliseconds silence_kept{5'000};
  // What the operator says of windows goes over what vendors do.
  std::vector<WindowRule> windows = {};
};

// Safe from several threads; those that come while a list is being fetched wait for it.
class ModelList {
 public:
  // Both must outlive the list.
  struct Source {
    const Vendor& vendor;
    Protocol& protocol;
  };
  ModelList(std::vector<Source> sources, ModelListOptions options);

  // Both in the order of the sources. Blocks.
  ModelCatalogue catalogue(Models::Asking asking = Models::Asking::kept);
  // Takes the lists of the vendors that were the same in an earlier one, unless that is being asked
  // now: before the first call.
  void take_over(ModelList& earlier);
  // Models::context_tokens. What a rule says is known without any list.
  std::optional<std::int64_t> context_tokens(std::string_view id) const;

 private:
  struct Kept {
    VendorModels models;
    std::chrono::steady_clock::time_point until;  // the epoch: never asked
  };
  void refresh(Models::Asking asking);
  void note_windows();

  std::vector<Source> sources_;
  ModelListOptions options_;
  std::mutex mutex_;
  std::vector<Kept> kept_;  // of each source

  mutable std::mutex windows_mutex_;  // never held while somebody is asked
  std::map<std::string, std::int64_t, std::less<>> windows_;
};

}  // namespace threadkeep::llm
