// A file that is read at any place, by its descriptor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace threadkeep {

// Does not own the descriptor and does not move its offset.
class InputFile {
 public:
  // Fails: unknown_format when it is no regular file.
  static Result<InputFile> open(int descriptor);

  int descriptor() const { return descriptor_; }
  std::uint64_t size() const { return size_; }
  // As many bytes of [offset, offset + count) as the file has. Throws std::system_error.
  std::string read(std::uint64_t offset, std::size_t count) const;

 private:
  InputFile(int descriptor, std::uint64_t size) : descriptor_(descriptor), size_(size) {}

  int descriptor_;
  std::uint64_t size_;
};

}  // namespace threadkeep
