#include "renditions/thumbnails.h"

#include <stop_token>
#include <utility>

namespace threadkeep::renditions {

void Thumbnails::make(const std::string& id, int side_max, ReadFile read, Done done) {
  kept_.get(
      id + "-" + std::to_string(side_max),
      [this, side_max, read = std::move(read)](const std::stop_token& stop) {
        auto thumbnail =
            std::make_shared<const Thumbnail>(thumbnail_of(read(), side_max, limits_, stop));
        // Where it cannot be made here it may be soon: somebody installs the program.
        const bool is_kept = thumbnail->outcome != Thumbnail::Outcome::no_maker;
        const std::size_t bytes = thumbnail->bytes.size();
        return KeptRenditions::Made{std::move(thumbnail), bytes, is_kept};
      },
      [done = std::move(done)](const KeptRenditions::Thing& thing) {
        done(std::static_pointer_cast<const Thumbnail>(thing));
      });
}

}  // namespace threadkeep::renditions
