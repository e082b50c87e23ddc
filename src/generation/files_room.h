// How much of the files that running answers give to models is in memory at once.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace threadkeep {

// Of the whole process. Safe from several threads; may end before what was taken of it.
class FilesRoom {
 public:
  explicit FilesRoom(std::int64_t bytes_max)
      : left_(std::make_shared<std::atomic<std::int64_t>>(bytes_max)) {}

  // What one answer holds; it goes back with its end.
  class Share {
   public:
    explicit Share(const FilesRoom& room) : left_(room.left_) {}
    ~Share() { *left_ += taken_; }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // False: there is no room for so much now, and nothing was taken.
    [[nodiscard]] bool take(std::int64_t bytes);

   private:
    const std::shared_ptr<std::atomic<std::int64_t>> left_;
    std::int64_t taken_ = 0;
  };

 private:
  std::shared_ptr<std::atomic<std::int64_t>> left_;
};

}  // namespace threadkeep
