// A zip archive of somebody else: nothing in it is believed before it was counted.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "transfer/input_file.h"

namespace threadkeep {

// Reads through libzip from the descriptor. Nothing is written anywhere; the names of entries are
// compared and never used as paths. Not for several threads.
class Archive {
 public:
  // What an archive may cost. An export with ten thousand pictures stays far below.
  struct Limits {
    std::uint64_t entries_max = 50'000;
    std::uint64_t directory_bytes_max = 8U << 20;
    std::uint64_t ratio_max = 100;                              // unpacked to packed,
    std::uint64_t ratio_free_bytes = 10U << 20;                 // as soon as a file has this size
    std::uint64_t unpacked_bytes_max = std::uint64_t{8} << 30;  // of all that is read
  };

  // A file in it.
  struct Entry {
    std::uint64_t index = 0;
    std::string name;                  // with its folders
    std::uint64_t declared_bytes = 0;  // what the archive says, for a progress bar
    std::uint64_t packed_bytes = 0;
    std::string_view file_name() const;  // without folders, of whatever system
  };

  // Whether a file that begins with these bytes is meant as a zip archive.
  static bool is_archive(std::string_view head);

  // Fails: invalid_archive (damaged, too large a directory, an entry's name that leads out of it, a
  // symbolic link, two entries of one name).
  static Result<Archive> open(const InputFile& file, const Limits& limits);

  // All files, in the order of the directory, without folders and without what macOS adds.
  const std::vector<Entry>& entries() const { return entries_; }

  using OnBytes = std::function<Result<void>(std::string_view bytes)>;
  // Unpacks all of these once, so that nothing of a bad archive comes in. Returns the bytes they
  // have in truth. Fails like read.
  Result<std::uint64_t> check(const std::vector<Entry>& entries, const OnBytes& on_bytes);
  // Unpacks a file and hands it over piece by piece. Fails: invalid_archive (encrypted, damaged,
  // not what its checksum says, a bomb), and with what `on_bytes` returned.
  Result<void> read(const Entry& entry, const OnBytes& on_bytes);
  // The whole of a file that has at most `bytes_max`; nothing when it has more or cannot be read.
  std::optional<std::string> find_text(const Entry& entry, std::size_t bytes_max);

  Archive(Archive&&) noexcept;
  ~Archive();

 private:
  struct Handle;
  Archive(std::unique_ptr<Handle> handle, const Limits& limits, std::uint64_t file_bytes);
  Result<void> list();
  Result<void> unpack(const Entry& entry, std::uint64_t& budget_bytes, const OnBytes& on_bytes);

  std::unique_ptr<Handle> handle_;
  Limits limits_;
  std::uint64_t file_bytes_;
  std::vector<Entry> entries_;
};

// Whether the ends of central directories in a zip file, each of which a reader may choose, stay
// within the limits. Without this, a file of a few megabytes makes libzip take hundreds. Fails:
// invalid_archive.
Result<void> check_directory(const InputFile& file, const Archive::Limits& limits);

}  // namespace threadkeep
