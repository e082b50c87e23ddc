// Files that messages refer to, in the form in which a model gets them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "json/json.h"

namespace threadkeep::llm {

// Why a model is not given a file.
enum class Omission {
  missing,
  unreadable,
  too_many,   // all files together are larger than is given at once
  kind,       // the model takes no such files
  too_large,  // for the model
  cut,        // it is given as a text, and of that the beginning
  no_text,    // no text of it could be read
  no_reader,  // this server cannot read the text of such files
};
// As messages name it: "missing", "too-many", "no-reader" and so on.
std::string_view omission_name(Omission omission);

struct Attachment {
  std::string bytes;                 // of a text, perhaps the beginning alone
  std::int64_t size = 0;             // of the whole file
  std::optional<Omission> left_out;  // why the bytes are not here
  // Of a document: what models are given that take no documents.
  struct Text {
    std::string words;
    std::optional<Omission> omission;  // cut, or why there are no words
  };
  std::optional<Text> text;  // none: it was not asked for
};
// By attachmentId. Shared: several models may be asked the same.
using Attachments = std::map<std::string, Attachment, std::less<>>;

// No more of a text is given.
inline constexpr std::size_t text_bytes_max = 512U << 10;

// "image/png" and the like, "application/pdf"; empty for whatever may be text. By the first bytes:
// what a file is said to be proves nothing.
std::string_view type_of_file(std::string_view beginning);

// What a protocol, or a model of it, takes besides text. The rest is named in words.
struct Takes {
  enum class Pictures { none, without_gif, all };
  Pictures pictures = Pictures::none;
  enum class Documents { none, pdf };
  Documents documents = Documents::none;
  std::size_t picture_bytes_max = 0;
  enum class Texts { none, all };
  Texts texts = Texts::all;
  // Pictures in what a tool gave: named in words, or given where they stand.
  enum class ToolPictures { named, given };
  ToolPictures tool_pictures = ToolPictures::named;
};

// What keeps a model from the whole file; nothing: it is given.
std::optional<Omission> omission_of(const Attachment& file, const Takes& takes);

struct GivenFile {
  enum class Form { words, picture, document };
  Form form = Form::words;
  std::string words;                   // all of a text file, or a note in the place of the file
  std::string_view media_type;         // by the bytes themselves
  const std::string* bytes = nullptr;  // as long as the attachments are
};

// For a block of type image or file. Without the attachments, and for a file that is not among
// them, its name in words, as words_for().
GivenFile given_file(const Attachments* attachments, json::Value block, const Takes& takes);

// "data:image/png;base64,...".
std::string data_url(std::string_view media_type, std::string_view bytes);

}  // namespace threadkeep::llm
