// Importing conversations from elsewhere: any file of a known format (formats.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace threadkeep {

// What came in and what did not, and why. The counts add up: conversations found = imported +
// already_here + deleted_for_ever + failed; messages found = imported + already_here + skipped.
// Messages are those that say something: the empty ones that a source puts between are not counted.
// Every one that was skipped is explained by a problem.
struct ImportReport {
  std::string format;  // the first that was found: "chatgpt"
  std::string name;    // of the file, for people
  struct Conversations {
    std::int64_t found = 0;
    std::int64_t imported = 0;          // new here
    std::int64_t already_here = 0;      // also when messages were added to it
    std::int64_t deleted_for_ever = 0;  // was here once, and stayed away (ErasedBefore)
    std::int64_t failed = 0;
  } conversations;
  struct Messages {
    std::int64_t found = 0;
    std::int64_t imported = 0;
    std::int64_t already_here = 0;
    std::int64_t skipped = 0;
  } messages;
  // Settings for more than one conversation: found = imported + already_here + failed.
  struct Presets {
    std::int64_t found = 0;
    std::int64_t imported = 0;      // new here, or changed by the file
    std::int64_t already_here = 0;  // also where what is here was edited later
    std::int64_t failed = 0;
  } presets;
  // By content type: blocks whose meaning is not known here, kept as they came; pictures and
  // uploads among them.
  std::map<std::string, std::int64_t> verbatim;
  struct Problem {
    // The source's id, of a conversation or of a preset, or "#7" for the seventh of the file;
    // empty: many.
    std::string conversation;
    std::string title;
    std::string reason;  // whole sentences
  };
  // What did not come in, or not as it was: at most problems_max of them, and one about all.
  std::vector<Problem> problems;
  std::int64_t problems_left_out = 0;  // and this many more
  static constexpr std::size_t problems_max = 200;
};

// As docs/api.md gives it.
std::string to_json(const ImportReport& report);

struct ImportProgress {
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;  // of JSON; an estimate for an archive
  std::int64_t conversations = 0;
};

// What becomes of a conversation that was deleted for ever here, and is in the file.
enum class ErasedBefore {
  stays_away,     // and is counted
  comes_in_anew,  // under other ids: the old ones cannot be used again
};

struct ImportSource {
  int descriptor = -1;
  std::string name;
  ErasedBefore erased = ErasedBefore::stays_away;
};

// Of the JSON text of one conversation: its length, and its commas and opening brackets, of which
// there are about as many as values. A conversation that is larger is refused alone. Memory is
// below 256 MiB, whatever comes.
inline constexpr std::size_t import_conversation_bytes_max = std::size_t{32} << 20;
inline constexpr std::size_t import_conversation_values_max = 1'000'000;

// Reads a file of any known format, found by its content: a JSON file, one with a JSON object a
// line, or a zip archive that holds some. Merges it into the user's conversations while the file
// streams by, one transaction for each conversation; a long one takes several, so that others who
// write are let in between. Nothing is written to disk but by the store.
// The same file again adds nothing, and a later export of the same account adds what is new in it.
// Nothing comes in that is dated later than now. Of an archive's files, one that is broken does not
// keep the others out: it is a problem of the report, unless nothing at all came in.
//
// The descriptor is a regular file, is left at any offset, and stays the caller's. `on_progress`
// (which may be empty) is called after every conversation and every piece of the file; when it
// returns false the import stops, and the error says what came in. What came in before a failure
// stays; importing the mended file adds the rest.
//
// Fails: cancelled; unknown_format; invalid_json (a file that ends in the middle: all conversations
// that were whole came in); too_large (there is nothing but conversations that are too large);
// invalid_archive (damaged, encrypted, a bomb, names that lead out of it: nothing came in);
// storage_full, storage_unavailable, outcome_unknown. Throws std::system_error when the file cannot
// be read.
Result<ImportReport> import_file(Store& store, const UserId& user, const ImportSource& source,
                                 const std::function<bool(const ImportProgress&)>& on_progress);

}  // namespace threadkeep
