// The end of a zip archive's central directory, read by hand (APPNOTE 4.3.14 to 4.3.16).
#include <algorithm>

#include "transfer/archive.h"

namespace threadkeep {
namespace {

constexpr std::size_t end_bytes = 22;
constexpr std::size_t comment_bytes_max = 65'535;
constexpr std::size_t locator_bytes = 20;
constexpr std::size_t end64_bytes = 56;
constexpr std::string_view end_mark = "PK\x05\x06";
constexpr std::string_view locator_mark = "PK\x06\x07";
constexpr std::string_view end64_mark = "PK\x06\x06";

std::uint64_t little_endian(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = count; i-- > 0;) {
    value = (value << 8) | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
};

bool is_within(const Directory& directory, const Archive::Limits& limits) {
  return directory.entries <= limits.entries_max && directory.bytes <= limits.directory_bytes_max;
}

// Fields of 16 and 32 bits that are full say that the 64-bit record counts.
Directory read_end(std::string_view record) {
  constexpr std::uint64_t full_16 = 0xFFFF, full_32 = 0xFFFFFFFF;
  Directory directory{little_endian(record, 10, 2), little_endian(record, 12, 4)};
  if (directory.entries == full_16) directory.entries = 0;
  if (directory.bytes == full_32) directory.bytes = 0;
  return directory;
}

}  // namespace

Result<void> check_directory(const InputFile& file, const Archive::Limits& limits) {
  const std::uint64_t tail_bytes =
      std::min<std::uint64_t>(file.size(), end_bytes + comment_bytes_max + locator_bytes);
  const std::string tail =
      file.read(file.size() - tail_bytes, static_cast<std::size_t>(tail_bytes));
  bool is_found = false;
  for (std::size_t at = tail.find(end_mark); at != tail.npos; at = tail.find(end_mark, at + 1)) {
    if (tail.size() - at < end_bytes) break;
    is_found = true;
    bool fits = is_within(read_end(std::string_view(tail).substr(at, end_bytes)), limits);
    if (at >= locator_bytes && tail.compare(at - locator_bytes, 4, locator_mark) == 0) {
      const std::string end64 = file.read(
          std::min(little_endian(tail, at - locator_bytes + 8, 8), file.size()), end64_bytes);
      if (end64.size() == end64_bytes && end64.starts_with(end64_mark)) {
        const Directory directory{little_endian(end64, 32, 8), little_endian(end64, 40, 8)};
        fits = fits && is_within(directory, limits);
      }
    }
    if (!fits) {
      return fail(Errc::invalid_archive, "The archive has more entries than an export can have (" +
                                             std::to_string(limits.entries_max) + ").");
    }
  }
  if (!is_found) return fail(Errc::invalid_archive, "The archive is cut off or damaged.");
  return {};
}

}  // namespace threadkeep
