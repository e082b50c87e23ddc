#include "generation/prompt_files.h"

#include <algorithm>
#include <string>
#include <utility>

#include "json/json.h"

namespace threadkeep {
namespace {

constexpr std::int64_t files_bytes_max = 24 << 20;  // of pictures and documents together
constexpr std::int64_t texts_bytes_max = 1 << 20;
constexpr std::size_t beginning_bytes = 64;

class Loading {
 public:
  Loading(Blobs& blobs, const UserId& user) : blobs_(blobs), user_(user) {}

  void add(const std::string& id) {
    if (loaded_.contains(id)) return;
    llm::Attachment& file = loaded_[id];
    const auto hash = BlobHash::parse(id);
    const auto reader = hash ? blobs_.open(user_, *hash) : fail(Errc::not_found, "");
    if (!reader) {
      file.left_out = llm::Omission::missing;
      return;
    }
    file.size = (*reader)->size();
    const auto beginning = (*reader)->read(0, beginning_bytes);
    const bool may_be_text = beginning && llm::type_of_file(*beginning).empty();
    std::int64_t& left = may_be_text ? texts_left_ : files_left_;
    const std::int64_t wanted =
        may_be_text ? std::min<std::int64_t>(file.size, llm::text_bytes_max) : file.size;
    if (wanted > left) {
      file.left_out = llm::Omission::too_many;
      return;
    }
    left -= wanted;
    auto bytes = (*reader)->read(0, static_cast<std::size_t>(wanted));
    if (bytes) {
      file.bytes = std::move(*bytes);
    } else {
      file.left_out = llm::Omission::unreadable;
    }
  }

  llm::Attachments take() { return std::move(loaded_); }

 private:
  Blobs& blobs_;
  const UserId user_;
  llm::Attachments loaded_;
  std::int64_t files_left_ = files_bytes_max;
  std::int64_t texts_left_ = texts_bytes_max;
};

}  // namespace

std::shared_ptr<const llm::Attachments> load_attachments(Store& store, const UserId& user,
                                                         const std::vector<llm::Turn>& turns) {
  Loading loading(store.blobs(), user);
  for (auto turn = turns.rbegin(); turn != turns.rend(); ++turn) {
    if (turn->role != Role::user || turn->content.find("attachmentId") == std::string::npos)
      continue;
    const auto content = json::Document::parse(turn->content, json::Mode::foreign);
    if (!content) continue;
    for (const json::Value block : content->root().items()) {
      const std::string_view type = block["type"].string();
      if (type == "image" || type == "file")
        loading.add(std::string(block["attachmentId"].string()));
    }
  }
  llm::Attachments loaded = loading.take();
  if (loaded.empty()) return nullptr;
  return std::make_shared<const llm::Attachments>(std::move(loaded));
}

}  // namespace threadkeep
