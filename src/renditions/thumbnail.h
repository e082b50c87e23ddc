// A small picture of a picture, by GraphicsMagick, or of the first page of a PDF, by poppler's
// pdftoppm; both confined.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

namespace threadkeep::renditions {

struct Thumbnail {
  enum class Outcome {
    made,
    no_picture,  // no PNG, JPEG, GIF, WebP or PDF
    too_large,   // it has more pixels than are drawn
    failed,      // it is damaged, or takes too long or too much memory
    no_maker,    // the program is not installed, or cannot be confined on this machine
  };
  Outcome outcome = Outcome::no_maker;
  std::string bytes;       // a JPEG; a PNG of what may be transparent
  std::string media_type;  // of the bytes
};

struct ThumbnailLimits {
  std::string picture_program = "/usr/bin/gm";
  std::string pdf_program = "/usr/bin/pdftoppm";
  std::chrono::milliseconds time_max{10'000};
  std::int64_t pixels_max = 40'000'000;  // of the page, too: what it does not draw is not asked for
};

// At most `side_max` pixels wide and high, never larger than the picture. Turned as the picture
// says that it is to be; of what else it says about itself (where, when, by whom) nothing is in it.
// Of pictures that move the first. Blocks.
Thumbnail thumbnail_of(std::string_view file, int side_max, const ThumbnailLimits& limits = {},
                       const std::stop_token& stop = {});

}  // namespace threadkeep::renditions
