// What may enter a store, whichever way it comes: the API, a push, an import, a model, a restored
// backup. What one door takes all doors take, so that whatever is stored can be exported, given
// back by a device, and read by the page.
//
//   what                    | rule
//   ------------------------|-------------------------------------------------------------------
//   title                   | one line, at most title_bytes_max; may be empty
//   folder, tag, model,     | one line, 1 to name_bytes_max bytes
//   tool, name of a preset  |
//   tags                    | at most tags_max, none twice
//   time                    | in the years 1970 to 9999
//   token count, in usage   | 0 to count_max, which every client can hold exactly
//   content                 | check_content (domain/content.h): form, bytes, blocks, depth
//   metadata, usage, error  | an object of at most metadata_bytes_max, value_depth_max levels deep;
//                           | usage holds counts alone, error {type, detail}: two texts
//   settings                | domain/setting_rules.h
//
// A person's or a device's request that breaks a rule is refused: `wrong_with` gives the end of a
// sentence that begins with the name of the field. What comes from elsewhere is mended: `mended`.
// `check` finds what is stored otherwise, and `check --repair` mends it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "domain/content.h"
#include "json/json.h"

namespace threadkeep::entry {

// A text on one line: without control characters (C0, DEL, C1) and the line and paragraph
// separators of Unicode.
struct Line {
  std::size_t bytes_max;
  enum class Empty { allowed, refused } empty;
};
inline constexpr Line title{limits::title_bytes_max, Line::Empty::allowed};
inline constexpr Line folder{limits::name_bytes_max, Line::Empty::refused};
inline constexpr Line tag{limits::name_bytes_max, Line::Empty::refused};
inline constexpr Line model{limits::name_bytes_max, Line::Empty::refused};
inline constexpr Line tool{limits::name_bytes_max, Line::Empty::refused};
inline constexpr Line preset_name{limits::name_bytes_max, Line::Empty::refused};

std::optional<std::string> wrong_with(const Line& rule, std::string_view text);
// Control characters become single spaces, at the ends nothing; what is too long is cut between two
// code points. A text that fits stays as it is. May be empty, whatever the rule says.
std::string mended(const Line& rule, std::string_view text);
// None in place of an empty one.
std::optional<std::string> mended_name(const Line& rule, std::string_view text);

std::optional<std::string> wrong_with_tags(const std::vector<std::string>& tags);
std::vector<std::string> mended_tags(const std::vector<std::string>& tags);

bool is_time(UnixMs ms);
UnixMs mended_time(UnixMs ms);

bool is_count(std::int64_t count);
// Their sum, or the largest count where that is larger; a negative one counts nothing.
std::int64_t sum_of_counts(std::int64_t a, std::int64_t b);

// An object that is kept with a row.
enum class Kept { metadata, usage, error };
std::optional<std::string> wrong_with(Kept kind, const json::Value& value);
// As it is when it is right. Otherwise: metadata is kept as a text in an object, as long as it has
// room; an error becomes one whose detail is what was there; usage is nothing.
std::optional<std::string> mended_object(Kept kind, std::string_view text);

// The content of a message, as it is when it is right. A block of a wrong form is kept as a text in
// a block of the type "threadkeep/unreadable", and so is what is no list of blocks. Nothing: it is
// too large.
std::optional<std::string> mended_content(std::string_view text, EmptyText empty_text);

// What is too large for one message, as the contents of several, each of which may enter: blocks
// stay whole and in order where they fit; the text of a text or reasoning block that does not is
// cut between two code points; of any other the source is kept in pieces, in blocks of the type
// "threadkeep/unreadable". The first content ends with a block of the type "threadkeep/continued"
// that says so. Nothing is lost. One content when it is not too large.
std::vector<std::string> split_content(std::string_view text, EmptyText empty_text);

}  // namespace threadkeep::entry
