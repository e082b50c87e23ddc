// Keeps an import's report while it is made.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"
#include "transfer/import.h"
#include "transfer/source_conversation.h"
#include "transfer/source_preset.h"

namespace threadkeep {

// Counts what became of conversations, into a report that outlives it.
class ReportBook {
 public:
  explicit ReportBook(ImportReport& report) : report_(report) {}

  void add_merged(const SourceConversation& source, const Merged& merged);
  void add_failed(const SourceConversation& source, std::string reason);
  // It was deleted for ever here, and stays away.
  void add_erased(const SourceConversation& source);
  enum class PresetOutcome { imported, already_here };
  void add_preset(PresetOutcome outcome);
  void add_failed(const SourcePreset& source, std::string reason);
  // Something at a conversation's place that is none.
  void add_unreadable(ImportReport::Problem problem);
  void add_problem(ImportReport::Problem problem);
  void name_format(std::string_view name) {
    if (report_.format.empty()) report_.format = name;
  }
  // What is said once for the whole import, whatever else there is to say. To be called last.
  void close(const std::vector<std::string>& left_out);

  std::int64_t conversations() const { return report_.conversations.found; }

 private:
  void add_verbatim(const SourceConversation& source);

  ImportReport& report_;
  std::int64_t hidden_ = 0;
};

}  // namespace threadkeep
