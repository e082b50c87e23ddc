// Archives that `tar` can list and unpack, written and read as streams: names of up to 100 bytes,
// plain files only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace threadkeep::upkeep {

// Every call throws StorageFailure when the file or pipe cannot be written.
class TarWriter {
 public:
  // Does not close the descriptor. `path` is for failures.
  TarWriter(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}

  // Exactly `size` bytes follow by add(), and then end().
  void begin(const std::string& name, std::int64_t size);
  void add(std::string_view bytes);
  void end();
  // After the last file.
  void finish();

 private:
  void write(std::string_view bytes);
  const int descriptor_;
  const std::string path_;
  std::int64_t size_ = 0;
};

// Every call throws StorageFailure when the file cannot be read, or is no such archive.
class TarReader {
 public:
  explicit TarReader(const std::string& path);
  ~TarReader();
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;

  // The next file, whatever was read of the one before. False: that was the last one.
  bool next();
  const std::string& name() const { return name_; }
  std::int64_t size() const { return size_; }
  // The next bytes of the file; none at its end.
  std::string read(std::size_t bytes_max);

 private:
  std::string read_at(std::int64_t offset, std::size_t bytes) const;
  const std::string path_;
  int descriptor_ = -1;
  std::int64_t next_header_ = 0;
  std::int64_t at_ = 0;  // of the file's bytes
  std::string name_;
  std::int64_t size_ = 0;
  std::int64_t read_ = 0;
};

}  // namespace threadkeep::upkeep
