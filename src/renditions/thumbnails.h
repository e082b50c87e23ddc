// Thumbnails, made when they are needed and kept in memory for a while.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "renditions/kept_renditions.h"
#include "renditions/thumbnail.h"

namespace threadkeep::renditions {

struct ThumbnailsOptions {
  std::size_t threads = 2;
  std::size_t kept_bytes_max = 64U << 20;
  std::size_t waiting_max = 64;  // beyond it there is none, this time
  ThumbnailLimits limits;
};

// As KeptRenditions.
class Thumbnails {
 public:
  explicit Thumbnails(const ThumbnailsOptions& options = {})
      : limits_(options.limits),
        kept_({options.threads, options.kept_bytes_max, options.waiting_max}) {}

  // The bytes of the file; may throw, and is called from a thread of its own, or not at all.
  using ReadFile = std::function<std::string()>;
  // Null: too many wait, or the file could not be read.
  using Done = std::function<void(std::shared_ptr<const Thumbnail>)>;
  // `id` names the bytes: the hash of the file. `done` is called once, from a thread of its own or
  // from inside make(), and must not block for long.
  void make(const std::string& id, int side_max, ReadFile read, Done done);

  // How many were made, by the program.
  std::int64_t count() const { return kept_.count(); }

  // Ends what is being made; nothing is `done` any more.
  void stop() { kept_.stop(); }

 private:
  const ThumbnailLimits limits_;
  KeptRenditions kept_;
};

}  // namespace threadkeep::renditions
