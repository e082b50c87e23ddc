#include "store/sqlite/blob_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <utility>

#include "base/files.h"
#include "base/random.h"

namespace threadkeep::sqlite {
namespace {

constexpr mode_t folder_mode = 0700;
constexpr mode_t file_mode = 0600;
constexpr std::string_view unfinished_prefix = "new-";
constexpr std::size_t prefix_digits = 2;  // of the hash: the name of the folder

[[noreturn]] void fail_at(const std::string& path) {
  using Kind = sql::StorageFailure::Kind;
  const bool is_full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
  throw sql::StorageFailure(is_full ? Kind::full : Kind::unavailable,
                            path + ": " + std::strerror(errno));
}

class File {
 public:
  File(const std::string& path, int flags)
      : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, file_mode)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }
  bool is_open() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

void sync_folder(const std::string& folder) {
  const File file(folder, O_RDONLY | O_DIRECTORY);
  if (!file.is_open() || fsync(file.get()) != 0) fail_at(folder);
}

// The name of a new folder is durable with the folder that it stands in; whoever made it may not
// have come so far.
void make_folder(const std::string& folder) {
  if (mkdir(folder.c_str(), folder_mode) != 0 && errno != EEXIST) fail_at(folder);
  sync_folder(folder_of(folder));
}

std::string path_of(const std::string& folder, const BlobHash& hash) {
  const std::string text = hash.text();
  return folder + "/" + text.substr(0, prefix_digits) + "/" + text.substr(prefix_digits);
}

std::size_t first_byte(const BlobHash& hash) {
  return static_cast<unsigned char>(hash.bytes().front());
}

std::string fresh_name() {
  std::string bytes(BlobHash::size, '\0');
  fill_random(std::as_writable_bytes(std::span(bytes)));
  return std::string(unfinished_prefix) + BlobHash::from_bytes(bytes).text();
}

class Reader final : public sql::ContentReader {
 public:
  Reader(std::string path, std::unique_ptr<File> file)
      : path_(std::move(path)), file_(std::move(file)) {
    struct stat status {};
    if (fstat(file_->get(), &status) != 0) fail_at(path_);
    size_ = status.st_size;
  }

  std::int64_t size() const override { return size_; }

  std::string read(std::int64_t offset, std::size_t bytes_max) override {
    if (offset < 0 || offset >= size_) return "";
    std::string bytes(std::min(bytes_max, static_cast<std::size_t>(size_ - offset)), '\0');
    std::size_t at = 0;
    while (at < bytes.size()) {
      const ssize_t count = pread(file_->get(), bytes.data() + at, bytes.size() - at,
                                  offset + static_cast<std::int64_t>(at));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail_at(path_);
      // Shorter than it was: whoever asked sees that bytes are missing.
      if (count == 0) break;
      at += static_cast<std::size_t>(count);
    }
    bytes.resize(at);
    return bytes;
  }

 private:
  const std::string path_;
  const std::unique_ptr<File> file_;
  std::int64_t size_ = 0;
};

}  // namespace

class BlobFiles::Upload final : public sql::ContentUpload {
 public:
  explicit Upload(BlobFiles& files) : files_(files), path_(files.folder_ + "/" + fresh_name()) {
    file_ = std::make_unique<File>(path_, O_WRONLY | O_CREAT | O_EXCL);
    if (!file_->is_open() && errno == ENOENT) {
      make_folder(files_.folder_);
      file_ = std::make_unique<File>(path_, O_WRONLY | O_CREAT | O_EXCL);
    }
    if (!file_->is_open()) fail_at(path_);
  }
  ~Upload() override {
    if (!is_placed_) unlink(path_.c_str());
  }

  void add(std::string_view bytes) override {
    hasher_.add(bytes);
    while (!bytes.empty()) {
      const ssize_t count = write(file_->get(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail_at(path_);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  BlobHash hash() override {
    if (!hash_) hash_ = hasher_.finish();
    return *hash_;
  }

  BlobHash place() override {
    const BlobHash hash = this->hash();
    const std::string path = path_of(files_.folder_, hash);
    // Before it has its name: a name never leads to half of a content.
    if (fsync(file_->get()) != 0) fail_at(path_);
    files_.have_folder(hash);
    // Until the upload is let go: nobody removes the content before its row is committed.
    lock_ = std::shared_lock(files_.mutex_);
    if (rename(path_.c_str(), path.c_str()) != 0) {
      files_.is_made_[first_byte(hash)] = false;
      fail_at(path);
    }
    is_placed_ = true;
    sync_folder(folder_of(path));
    return hash;
  }

 private:
  BlobFiles& files_;
  const std::string path_;
  std::unique_ptr<File> file_;
  BlobHasher hasher_;
  std::optional<BlobHash> hash_;
  bool is_placed_ = false;
  std::shared_lock<std::shared_mutex> lock_;
};

std::string blob_folder_of(const std::string& database) {
  // Beside the file itself, whatever link led to it.
  std::error_code error;
  const auto path = std::filesystem::weakly_canonical(database, error);
  return (error ? database : path.string()) + ".blobs";
}

BlobFiles::BlobFiles(std::string folder) : folder_(std::move(folder)) {}

void BlobFiles::have_folder(const BlobHash& hash) {
  std::atomic<bool>& is_made = is_made_[first_byte(hash)];
  if (is_made) return;
  make_folder(folder_of(path_of(folder_, hash)));
  is_made = true;
}

void BlobFiles::remove_unfinished() {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, ignored)) {
    const std::string name = entry.path().filename();
    if (name.substr(0, unfinished_prefix.size()) == unfinished_prefix) {
      std::filesystem::remove(entry.path(), ignored);
    }
  }
}

std::unique_ptr<sql::ContentUpload> BlobFiles::upload() { return std::make_unique<Upload>(*this); }

std::unique_ptr<sql::ContentReader> BlobFiles::open(const BlobHash& hash) {
  const std::string path = path_of(folder_, hash);
  auto file = std::make_unique<File>(path, O_RDONLY);
  if (file->is_open()) return std::make_unique<Reader>(path, std::move(file));
  if (errno == ENOENT) return nullptr;
  fail_at(path);
}

void BlobFiles::each(const std::function<void(const BlobHash& hash)>& tell) {
  std::error_code missing;
  for (const auto& folder : std::filesystem::directory_iterator(folder_, missing)) {
    const std::string prefix = folder.path().filename();
    if (prefix.size() != prefix_digits) continue;
    std::error_code gone;
    for (const auto& file : std::filesystem::directory_iterator(folder.path(), gone)) {
      if (const auto hash = BlobHash::parse(prefix + file.path().filename().string())) tell(*hash);
    }
  }
}

bool BlobFiles::remove_unless(const BlobHash& hash, const std::function<bool()>& is_wanted) {
  const std::unique_lock lock(mutex_);
  if (is_wanted()) return false;
  const std::string path = path_of(folder_, hash);
  if (unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return false;
    fail_at(path);
  }
  sync_folder(folder_of(path));
  return true;
}

}  // namespace threadkeep::sqlite
