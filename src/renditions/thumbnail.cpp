#include "renditions/thumbnail.h"

#include <optional>
#include <utility>
#include <vector>

#include "renditions/confined_program.h"
#include "renditions/picture_head.h"

namespace threadkeep::renditions {
namespace {

using Kind = PictureHead::Kind;
using Outcome = Thumbnail::Outcome;

constexpr std::size_t thumbnail_bytes_max = 2U << 20;
// Of the program in all, and of it for pixels, each of which takes eight bytes.
constexpr std::size_t memory_bytes_max = 640U << 20;
constexpr const char* pixel_memory_max = "400MB";

// By its name only this one way of reading is used, whatever the bytes say.
const char* input_of(Kind kind) {
  switch (kind) {
    case Kind::png:
      return "png:-";
    case Kind::jpeg:
      return "jpeg:-";
    case Kind::gif:
      return "gif:-[0]";
    case Kind::webp:
      return "webp:-";
  }
  return "";
}

std::vector<std::string> picture_command(const ThumbnailLimits& limits, const PictureHead& head,
                                         int side_max) {
  const std::string side = std::to_string(side_max) + "x" + std::to_string(side_max);
  return {limits.picture_program, "convert",
          // Nothing beside: no threads, and no files in the place of memory.
          "-limit", "Threads", "1", "-limit", "Memory", pixel_memory_max, "-limit", "Map", "0",
          "-limit", "Disk", "0", "-limit", "Pixels", std::to_string(limits.pixels_max),
          // A JPEG is read no larger than is needed.
          "-size", side, input_of(head.kind), "-auto-orient", "-strip", "-colorspace", "RGB",
          "-thumbnail", side + ">", "-depth", "8", "-quality",
          head.may_be_transparent ? "95" : "82", head.may_be_transparent ? "png:-" : "jpeg:-"};
}

std::vector<std::string> pdf_command(const ThumbnailLimits& limits, int side_max) {
  return {limits.pdf_program,
          "-q",
          "-f",
          "1",
          "-l",
          "1",
          "-singlefile",
          "-scale-to",
          std::to_string(side_max),
          "-jpeg",
          "-jpegopt",
          "quality=82",
          "-"};
}

// Of a program that may have been taken over, anything may come.
bool is_thumbnail(std::string_view bytes, Kind kind, int side_max) {
  const auto head = picture_head(bytes);
  return head && head->kind == kind && head->width <= side_max && head->height <= side_max;
}

Thumbnail run(const std::vector<std::string>& command, std::string_view file, Kind wanted,
              int side_max, const ThumbnailLimits& limits, const std::stop_token& stop) {
  ProgramLimits program_limits;
  program_limits.time_max = limits.time_max;
  program_limits.memory_bytes_max = memory_bytes_max;
  program_limits.output_bytes_max = thumbnail_bytes_max;
  ProgramResult result = run_confined(command, file, program_limits, stop);
  using End = ProgramResult::End;
  if (result.end == End::cannot_run) return {Outcome::no_maker, {}, {}};
  if (result.end != End::done || !is_thumbnail(result.output, wanted, side_max))
    return {Outcome::failed, {}, {}};
  return {Outcome::made, std::move(result.output),
          wanted == Kind::png ? "image/png" : "image/jpeg"};
}

}  // namespace

Thumbnail thumbnail_of(std::string_view file, int side_max, const ThumbnailLimits& limits,
                       const std::stop_token& stop) {
  if (file.starts_with("%PDF-"))
    return run(pdf_command(limits, side_max), file, Kind::jpeg, side_max, limits, stop);
  const auto head = picture_head(file);
  if (!head) return {Outcome::no_picture, {}, {}};
  if (head->width > limits.pixels_max / head->height) return {Outcome::too_large, {}, {}};
  return run(picture_command(limits, *head, side_max), file,
             head->may_be_transparent ? Kind::png : Kind::jpeg, side_max, limits, stop);
}

}  // namespace threadkeep::renditions
