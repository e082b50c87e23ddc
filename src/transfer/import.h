// Importing conversations from elsewhere, one file per format.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace threadkeep {

// What came in and what did not, and why. The counts add up: found = imported + already_here + failed; messages found = imported + already_here + skipped.
struct ImportReport {
  std::string format;  // "chatgpt"
  std::string name;    // of the file, for people
  struct Conversations {
    std::int64_t found = 0, imported = 0, already_here = 0, failed = 0;
  } conversations;
  struct Messages {
    std::int64_t found = 0, imported = 0, already_here = 0, skipped = 0;
  } messages;
  std::map<std::string, std::int64_t> verbatim;  // content types whose meaning is not known, kept as they came
  struct Problem {
    std::string conversation;  // the source's id, or its number in the file
    std::string title;
    std::string reason;
  };
  std::vector<Problem> problems;            // at most problems_max are kept
  std::int64_t problems_left_out = 0;       // and this many were not
  static constexpr std::size_t problems_max = 200;
};

std::string to_json(const ImportReport& report);

struct ImportProgress {
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
  std::int64_t conversations = 0;
};

// Reads a file (a JSON file or a zip that holds one) of any known format, found by its content, and merges it into the user's conversations, one transaction for each conversation, while the file
// streams by: a file larger than memory is fine. The descriptor is seekable and stays the caller's. `on_progress` is called now and then; when it answers
// false the import stops (Fails: cancelled; what came in stays). Fails: unknown_format, invalid_archive, invalid_json (a file that ends in the middle: what was whole
// before came in, and importing the mended file adds the rest), and the store's failures.
struct ImportSource {
  int descriptor = -1;
  std::string name;
};
Result<ImportReport> import_file(Store& store, const UserId& user, const ImportSource& source,
                                 const std::function<bool(const ImportProgress&)>& on_progress);

}  // namespace threadkeep
