// Files that messages refer to, in the form in which a model gets them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "json/json.h"

namespace threadkeep::llm {

struct Attachment {
  std::string bytes;      // of a text, perhaps the beginning alone
  std::int64_t size = 0;  // of the whole file
  std::string left_out;   // why the bytes are not here, as a clause; empty when they are
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
};

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
