#include "generation/files_room.h"

namespace threadkeep {

bool FilesRoom::Share::take(std::int64_t bytes) {
  if (left_->fetch_sub(bytes) < bytes) {
    *left_ += bytes;
    return false;
  }
  taken_ += bytes;
  return true;
}

}  // namespace threadkeep
