// What a picture says about itself in its first bytes. Nothing is decoded. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace threadkeep::renditions {

struct PictureHead {
  enum class Kind { png, jpeg, gif, webp };
  Kind kind = Kind::png;
  std::int64_t width = 0;
  std::int64_t height = 0;
  bool may_be_transparent = false;
};

// Nothing for what is none of these, or ends before it says its size.
std::optional<PictureHead> picture_head(std::string_view bytes);

}  // namespace threadkeep::renditions
