#include "upkeep/tar.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <utility>

#include "store/sql/driver.h"

namespace threadkeep::upkeep {
namespace {

// The ustar format of POSIX, with the sizes of large files in binary as GNU tar writes them.
constexpr std::size_t block_bytes = 512;
constexpr std::size_t name_bytes = 100;
constexpr std::size_t mode_at = 100;
constexpr std::size_t size_at = 124;
constexpr std::size_t size_digits = 11;
constexpr std::size_t size_bytes = 12;
constexpr std::size_t time_at = 136;
constexpr std::size_t checksum_at = 148;
constexpr std::size_t checksum_bytes = 8;
constexpr std::size_t type_at = 156;
constexpr std::size_t magic_at = 257;
constexpr std::string_view magic(
    "ustar\0"
    "00",
    8);
constexpr std::int64_t octal_size_max = (std::int64_t{1} << 33) - 1;

using Kind = sql::StorageFailure::Kind;

[[noreturn]] void fail_at(const std::string& path) {
  const bool is_full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
  throw sql::StorageFailure(is_full ? Kind::full : Kind::unavailable,
                            path + ": " + std::strerror(errno));
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw sql::StorageFailure(Kind::unavailable, path + " is damaged: " + why);
}

std::string octal(std::int64_t value, std::size_t digits) {
  std::string text(digits, '0');
  for (std::size_t i = digits; i > 0 && value > 0; --i, value >>= 3) {
    text[i - 1] = static_cast<char>('0' + (value & 7));
  }
  return text;
}

std::int64_t checksum_of(std::string header) {
  header.replace(checksum_at, checksum_bytes, checksum_bytes, ' ');
  return std::accumulate(
      header.begin(), header.end(), std::int64_t{0},
      [](std::int64_t sum, char c) { return sum + static_cast<unsigned char>(c); });
}

std::string header_of(const std::string& name, std::int64_t size) {
  std::string header(block_bytes, '\0');
  header.replace(0, name.size(), name);
  header.replace(mode_at, 24, octal(0600, 7) + '\0' + octal(0, 7) + '\0' + octal(0, 7) + '\0');
  if (size <= octal_size_max) {
    header.replace(size_at, size_digits, octal(size, size_digits));
  } else {
    header[size_at] = static_cast<char>(0x80);
    for (std::size_t i = 0; i < 8; ++i) {
      header[size_at + size_bytes - 1 - i] = static_cast<char>(size >> (8 * i) & 0xff);
    }
  }
  header.replace(time_at, size_digits, octal(0, size_digits));
  header[type_at] = '0';
  header.replace(magic_at, magic.size(), magic);
  header.replace(checksum_at, 7, octal(checksum_of(header), 6) + '\0');
  header[checksum_at + 7] = ' ';
  return header;
}

std::int64_t read_octal(std::string_view text) {
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '7') break;
    value = value << 3 | (c - '0');
  }
  return value;
}

std::int64_t read_size(std::string_view header) {
  const std::string_view field = header.substr(size_at, size_bytes);
  if ((static_cast<unsigned char>(field.front()) & 0x80U) == 0) return read_octal(field);
  std::int64_t size = 0;
  for (const char byte : field.substr(4)) size = size << 8 | static_cast<unsigned char>(byte);
  return size;
}

std::int64_t padding_of(std::int64_t size) {
  const auto block = static_cast<std::int64_t>(block_bytes);
  return (block - size % block) % block;
}

}  // namespace

void TarWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_at(path_);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void TarWriter::begin(const std::string& name, std::int64_t size) {
  size_ = size;
  write(header_of(name.substr(0, name_bytes), size));
}

void TarWriter::add(std::string_view bytes) { write(bytes); }

void TarWriter::end() { write(std::string(static_cast<std::size_t>(padding_of(size_)), '\0')); }

void TarWriter::finish() { write(std::string(2 * block_bytes, '\0')); }

TarReader::TarReader(const std::string& path)
    : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (descriptor_ < 0) fail_at(path_);
}

TarReader::~TarReader() { close(descriptor_); }

std::string TarReader::read_at(std::int64_t offset, std::size_t bytes) const {
  std::string result(bytes, '\0');
  std::size_t at = 0;
  while (at < bytes) {
    const ssize_t count =
        pread(descriptor_, result.data() + at, bytes - at, offset + static_cast<std::int64_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_at(path_);
    if (count == 0) refuse(path_, "it ends early");
    at += static_cast<std::size_t>(count);
  }
  return result;
}

bool TarReader::next() {
  const std::string header = read_at(next_header_, block_bytes);
  if (header == std::string(block_bytes, '\0')) return false;
  if (header.compare(magic_at, magic.size(), magic) != 0 ||
      read_octal(std::string_view(header).substr(checksum_at, checksum_bytes)) !=
          checksum_of(header)) {
    refuse(path_, "a header is none");
  }
  name_ = header.substr(0, std::min(header.find('\0'), name_bytes));
  size_ = read_size(header);
  if (size_ < 0) refuse(path_, "a header is none");
  at_ = next_header_ + static_cast<std::int64_t>(block_bytes);
  next_header_ = at_ + size_ + padding_of(size_);
  read_ = 0;
  return true;
}

std::string TarReader::read(std::size_t bytes_max) {
  const std::size_t count = std::min(bytes_max, static_cast<std::size_t>(size_ - read_));
  std::string bytes = read_at(at_ + read_, count);
  read_ += static_cast<std::int64_t>(count);
  return bytes;
}

}  // namespace threadkeep::upkeep
