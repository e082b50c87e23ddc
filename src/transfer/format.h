// What a format of conversations must be able to do: tell its own, and make conversations of it.
// One file (or a few, "formats/<name>_*") and one row of the table in formats.cpp.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "domain/conversation.h"
#include "json/json.h"
#include "transfer/archive.h"
#include "transfer/source_conversation.h"
#include "transfer/source_preset.h"

namespace threadkeep {

struct ImportContext {
  UserId user;        // ids are derived for this user
  UnixMs now_ms = 0;  // nothing is later than this
};

// Makes conversations out of the values of one file, or of all files of one archive, in their
// order.
class Converter {
 public:
  using OnConversation = std::function<void(SourceConversation source)>;
  using OnPreset = std::function<void(SourcePreset source)>;

  virtual ~Converter() = default;
  // A value is the whole JSON text, an element of the array that it is (or of the list
  // "conversations" in it), or one of its lines. Nothing of it is referred to afterwards. Returns
  // nothing when the value is the format's own, whatever became of it; otherwise a sentence that
  // says why it is not.
  virtual std::optional<std::string> take(const json::Value& value,
                                          const OnConversation& on_conversation) = 0;
  // The object that the text is, after take() or, where a list of conversations was in it, after
  // them and without them.
  virtual void take_around(const json::Value& /*value*/, const OnPreset& /*on_preset*/) {}
  // After the last value: what was waiting for more.
  virtual void finish(const OnConversation&) {}
};

struct Format {
  std::string_view name;     // in reports, in ids and in metadata: never changed
  std::string_view product;  // for people
  // Whether a value (as above) is of this format. One of the first values of a text must show it.
  bool (*recognises)(const json::Value& value);
  std::unique_ptr<Converter> (*make_converter)(const ImportContext& context);
  // Whether a file of an archive has conversations, by its name without folders.
  bool (*names_conversations)(std::string_view file_name);
  // What of the other files of an archive a person will miss, in whole sentences.
  std::vector<std::string> (*left_out)(Archive& archive,
                                       const std::vector<Archive::Entry>& not_read);
};

// All formats that can be read. A value belongs to the first that recognises it.
const std::vector<Format>& formats();

}  // namespace threadkeep
