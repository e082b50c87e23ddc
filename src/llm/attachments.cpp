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

GivenFile given_picture(json::Value block, const std::string& bytes, std::string_view type,
                        const Takes& takes) {
  if (takes.pictures == Takes::Pictures::none) return note(block, "you take no pictures");
  if (type == "image/gif" && takes.pictures == Takes::Pictures::without_gif)
    return note(block, "you take no pictures of this type");
  if (bytes.size() > takes.picture_bytes_max) return note(block, "it is too large for you");
  return {GivenFile::Form::picture, {}, type, &bytes};
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

GivenFile given_file(const Attachments* attachments, json::Value block, const Takes& takes) {
  const std::string_view id = block["attachmentId"].string();
  const auto found = attachments == nullptr ? Attachments::const_iterator() : attachments->find(id);
  if (attachments == nullptr || found == attachments->end())
    return {GivenFile::Form::words, words_for(block), {}, nullptr};
  const Attachment& file = found->second;
  if (!file.left_out.empty()) return note(block, file.left_out);
  const std::string_view type = type_of_file(file.bytes);
  if (type.starts_with("image/")) return given_picture(block, file.bytes, type, takes);
  if (!type.empty()) {
    if (takes.documents == Takes::Documents::none) return note(block, "you take no such files");
    return {GivenFile::Form::document, {}, type, &file.bytes};
  }
  const std::string_view shown = utf8_prefix(file.bytes, text_bytes_max);
  if (is_text(shown)) return given_text(block, shown, file.size);
  return note(block, "you take no such files");
}

std::string data_url(std::string_view media_type, std::string_view bytes) {
  return "data:" + std::string(media_type) + ";base64," + base64(bytes);
}

}  // namespace threadkeep::llm
