#include "renditions/picture_head.h"

#include <cstddef>

namespace threadkeep::renditions {
namespace {

using Kind = PictureHead::Kind;

// 0 beyond the end; whoever reads there finds no size.
std::int64_t byte_at(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
}

std::int64_t big(std::string_view bytes, std::size_t at, std::size_t count) {
  std::int64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | byte_at(bytes, at + i);
  return value;
}

std::int64_t little(std::string_view bytes, std::size_t at, std::size_t count) {
  std::int64_t value = 0;
  for (std::size_t i = count; i > 0; --i) value = value << 8 | byte_at(bytes, at + i - 1);
  return value;
}

PictureHead png(std::string_view bytes) {
  constexpr std::int64_t alpha = 4;
  const bool has_alpha = (byte_at(bytes, 25) & alpha) != 0;
  // What stands before the pixels of one without alpha may make a colour transparent.
  const bool has_clear_colour =
      bytes.substr(0, bytes.find("IDAT")).find("tRNS") != std::string_view::npos;
  return {Kind::png, big(bytes, 16, 4), big(bytes, 20, 4), has_alpha || has_clear_colour};
}

PictureHead webp(std::string_view bytes) {
  constexpr std::int64_t side_mask = 0x3FFF;
  const std::string_view form = bytes.substr(12, 4);
  if (form == "VP8 ") {
    return {Kind::webp, little(bytes, 26, 2) & side_mask, little(bytes, 28, 2) & side_mask, false};
  }
  if (form == "VP8L") {
    const std::int64_t bits = little(bytes, 21, 4);
    return {Kind::webp, (bits & side_mask) + 1, ((bits >> 14) & side_mask) + 1, true};
  }
  if (form == "VP8X") {
    constexpr std::int64_t alpha = 0x10;
    return {Kind::webp, little(bytes, 24, 3) + 1, little(bytes, 27, 3) + 1,
            (byte_at(bytes, 20) & alpha) != 0};
  }
  return {};
}

// The frame header says it; what stands before it is skipped.
PictureHead jpeg(std::string_view bytes) {
  std::size_t at = 2;
  while (at + 9 < bytes.size() && byte_at(bytes, at) == 0xFF) {
    const std::int64_t marker = byte_at(bytes, at + 1);
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    if (marker >= 0xD0 && marker <= 0xD8) {
      at += 2;
      continue;
    }
    const bool is_frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (is_frame) return {Kind::jpeg, big(bytes, at + 7, 2), big(bytes, at + 5, 2), false};
    const std::int64_t length = big(bytes, at + 2, 2);
    if (marker == 0xDA || length < 2) break;
    at += 2 + static_cast<std::size_t>(length);
  }
  return {};
}

}  // namespace

std::optional<PictureHead> picture_head(std::string_view bytes) {
  constexpr std::size_t smallest = 30;  // of all that have a size
  if (bytes.size() < smallest) return std::nullopt;
  PictureHead head;
  if (bytes.starts_with("\x89PNG\r\n\x1A\n") && bytes.substr(12, 4) == "IHDR") {
    head = png(bytes);
  } else if (bytes.starts_with("\xFF\xD8\xFF")) {
    head = jpeg(bytes);
  } else if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) {
    head = {Kind::gif, little(bytes, 6, 2), little(bytes, 8, 2), true};
  } else if (bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP") {
    head = webp(bytes);
  }
  if (head.width <= 0 || head.height <= 0) return std::nullopt;
  return head;
}

}  // namespace threadkeep::renditions
