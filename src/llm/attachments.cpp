#include "llm/attachments.h"

#include <array>
#include <utility>

#include "base/base64.h"
#include "base/utf8.h"
#include "llm/stored_blocks.h"

namespace threadkeep::llm {
namespace {

struct Beginning {
  std::string_view bytes;
  std::string_view media_type;
};
constexpr std::array<Beginning, 6> known_types{{
    {"\x89PNG\r\n\x1a\n", "image/png"},
    {"\xFF\xD8\xFF", "image/jpeg"},
    {"GIF87a", "image/gif"},
    {"GIF89a", "image/gif"},
    {"RIFF", "image/webp"},
    {"%PDF-", "application/pdf"},
}};

bool is_text(std::string_view bytes) {
  return bytes.find('\0') == std::string_view::npos &&
         find_invalid_utf8(bytes) == std::string_view::npos;
}

// In the order of the enumerators.
constexpr std::array<std::string_view, 8> omission_names{
    "missing", "unreadable", "too-many", "kind", "too-large", "cut", "no-text", "no-reader"};

// To the model, which is not given the file at all.
std::string_view reason_for(Omission omission, std::string_view type, const Takes& takes) {
  switch (omission) {
    case Omission::missing:
      return "it is not there";
    case Omission::unreadable:
      return "it cannot be read";
    case Omission::too_many:
      return "all files together are larger than can be given";
    case Omission::too_large:
      return "it is too large for you";
    case Omission::no_text:
      return "no text could be read from it";
    case Omission::no_reader:
      return "you take no such files, and its text cannot be read here";
    case Omission::kind:
    case Omission::cut:
      break;
  }
  if (!type.starts_with("image/")) return "you take no such files";
  return takes.pictures == Takes::Pictures::none ? "you take no pictures"
                                                 : "you take no pictures of this type";
}

GivenFile note(json::Value block, std::string_view why) {
  std::string words = words_for(block);
  words.insert(words.size() - 1, ": not given to you, because " + std::string(why));
  return {GivenFile::Form::words, std::move(words), {}, nullptr};
}

GivenFile given_text(json::Value block, std::string_view shown, std::int64_t size) {
  std::string words = words_for(block) + "\n";
  words += shown;
  if (!shown.ends_with('\n')) words += '\n';
  if (shown.size() < static_cast<std::size_t>(size)) {
    words += "[Cut off here: the file has " + std::to_string(size) + " bytes, these are " +
             std::to_string(shown.size()) + ".]";
  } else {
    words += "[End of the file]";
  }
  return {GivenFile::Form::words, std::move(words), {}, nullptr};
}

GivenFile given_text_of(json::Value block, const Attachment::Text& text) {
  std::string words = words_for(block) + "\n[Its text:]\n" + text.words;
  if (!text.words.ends_with('\n')) words += '\n';
  words += text.omission ? "[Cut off here: the text goes on.]" : "[End of the file]";
  return {GivenFile::Form::words, std::move(words), {}, nullptr};
}

std::optional<Omission> omission_of_picture(std::string_view bytes, std::string_view type,
                                            const Takes& takes) {
  if (takes.pictures == Takes::Pictures::none) return Omission::kind;
  if (type == "image/gif" && takes.pictures == Takes::Pictures::without_gif) return Omission::kind;
  if (bytes.size() > takes.picture_bytes_max) return Omission::too_large;
  return std::nullopt;
}

}  // namespace

std::string_view type_of_file(std::string_view beginning) {
  for (const Beginning& each : known_types) {
    if (!beginning.starts_with(each.bytes)) continue;
    const bool is_webp = each.media_type == "image/webp";
    return !is_webp || beginning.substr(0, 12).ends_with("WEBP") ? each.media_type : "";
  }
  return {};
}

std::string_view omission_name(Omission omission) {
  return omission_names[static_cast<std::size_t>(omission)];
}

std::optional<Omission> omission_of(const Attachment& file, const Takes& takes) {
  if (file.left_out) return file.left_out;
  const std::string_view type = type_of_file(file.bytes);
  if (type.starts_with("image/")) return omission_of_picture(file.bytes, type, takes);
  if (!type.empty()) {
    if (takes.documents == Takes::Documents::pdf) return std::nullopt;
    return file.text && takes.texts == Takes::Texts::all ? file.text->omission : Omission::kind;
  }
  const std::string_view shown = utf8_prefix(file.bytes, text_bytes_max);
  if (takes.texts == Takes::Texts::none || !is_text(shown)) return Omission::kind;
  if (shown.size() < static_cast<std::size_t>(file.size)) return Omission::cut;
  return std::nullopt;
}

GivenFile given_file(const Attachments* attachments, json::Value block, const Takes& takes) {
  const std::string_view id = block["attachmentId"].string();
  const auto found = attachments == nullptr ? Attachments::const_iterator() : attachments->find(id);
  if (attachments == nullptr || found == attachments->end())
    return {GivenFile::Form::words, words_for(block), {}, nullptr};
  const Attachment& file = found->second;
  const std::string_view type = type_of_file(file.bytes);
  const auto omission = omission_of(file, takes);
  if (omission && omission != Omission::cut) return note(block, reason_for(*omission, type, takes));
  if (type.empty()) return given_text(block, utf8_prefix(file.bytes, text_bytes_max), file.size);
  if (!type.starts_with("image/") && takes.documents == Takes::Documents::none)
    return given_text_of(block, *file.text);
  const bool is_picture = type.starts_with("image/");
  return {is_picture ? GivenFile::Form::picture : GivenFile::Form::document, {}, type, &file.bytes};
}

std::string data_url(std::string_view media_type, std::string_view bytes) {
  return "data:" + std::string(media_type) + ";base64," + base64(bytes);
}

}  // namespace threadkeep::llm
