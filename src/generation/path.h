// The path to an answer, as the turns that its model is given. Internal to src/generation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "domain/context_summary.h"
#include "generation/duet.h"
#include "llm/provider.h"
#include "store/store.h"

namespace threadkeep::generation {

// A turn of a path: the messages that it is made of. An answer and the one that carried out its
// calls are one (generation/decisions.h).
struct PlaceOfTurn {
  MessageId first;
  MessageId last;
  // Live messages with words up to the last one, of those that were read.
  std::int64_t number = 0;
};

class Path {
 public:
  // With the answer itself, or only what stands above it.
  enum class Extent { above, with_answer };

  // The path that ends at the stored `answer`: its newest messages up to `bytes_max` of content,
  // one at the least. Deleted messages and those without words are left out, and so are the
  // summaries that answers begin with. An answer of a duet is given what the other model said as
  // the user's. Blocks. Fails: like Messages::path_page.
  static Result<Path> read(Store& store, const UserId& user, const Message& answer, Extent extent,
                           std::size_t bytes_max);

  std::vector<llm::Turn> turns;           // oldest first
  std::vector<PlaceOfTurn> places;        // of each
  std::vector<ContextSummary> summaries;  // that answers among them begin with, newest first
  bool is_cut = false;                    // older messages were not read
  Position oldest = 0;                    // that was read
  bool ends_with_answer = false;

  // How many live messages with words stand before those that were read. Nothing: more than are
  // counted. Blocks.
  Result<std::optional<std::int64_t>> count_before(Store& store, const UserId& user,
                                                   const Message& answer) const;

 private:
  class Reading;
  std::int64_t before_in_page_ = 0;  // of the page that was read last
  std::optional<Position> next_page_;
};

}  // namespace threadkeep::generation
