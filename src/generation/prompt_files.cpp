#include "generation/prompt_files.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "base/utf8.h"
#include "json/json.h"

namespace threadkeep {
namespace {

constexpr std::int64_t files_bytes_max = 24 << 20;  // of pictures and documents together
constexpr std::int64_t texts_bytes_max = 1 << 20;
constexpr std::size_t beginning_bytes = 64;
constexpr std::string_view pdf_type = "application/pdf";

class Loading {
 public:
  Loading(Blobs& blobs, const UserId& user, FilesRoom::Share& share)
      : blobs_(blobs), user_(user), share_(share) {}

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
    if (!share_.take(wanted)) {
      has_room_ = false;
      file.left_out = llm::Omission::too_many;
      return;
    }
    auto bytes = (*reader)->read(0, static_cast<std::size_t>(wanted));
    if (bytes) {
      file.bytes = std::move(*bytes);
    } else {
      file.left_out = llm::Omission::unreadable;
    }
  }

  bool has_room() const { return has_room_; }
  llm::Attachments take() { return std::move(loaded_); }

 private:
  Blobs& blobs_;
  const UserId user_;
  FilesRoom::Share& share_;
  bool has_room_ = true;
  llm::Attachments loaded_;
  std::int64_t files_left_ = files_bytes_max;
  std::int64_t texts_left_ = texts_bytes_max;
};

// Those that the user's turns name, the newest first; some more than once.
void each_file(const std::vector<llm::Turn>& turns,
               const std::function<void(const std::string& id)>& tell) {
  for (auto turn = turns.rbegin(); turn != turns.rend(); ++turn) {
    if (turn->role != Role::user || turn->content.find("attachmentId") == std::string::npos)
      continue;
    const auto content = json::Document::parse(turn->content, json::Mode::foreign);
    if (!content) continue;
    for (const json::Value block : content->root().items()) {
      const std::string_view type = block["type"].string();
      if (type == "image" || type == "file") tell(std::string(block["attachmentId"].string()));
    }
  }
}

// Those in what tools gave, the newest answer first.
void each_picture_of_tools(const std::vector<llm::Turn>& turns,
                           const std::function<void(const std::string& id)>& tell) {
  for (auto turn = turns.rbegin(); turn != turns.rend(); ++turn) {
    if (turn->role == Role::user || turn->content.find("attachmentId") == std::string::npos)
      continue;
    const auto content = json::Document::parse(turn->content, json::Mode::foreign);
    if (!content) continue;
    for (const json::Value block : content->root().items()) {
      for (const json::Value given : block["content"].items()) {
        if (given["type"].string() == "image") tell(std::string(given["attachmentId"].string()));
      }
    }
  }
}

llm::Attachment::Text text_for_model(const renditions::PdfText& text, std::size_t bytes_max) {
  using Outcome = renditions::PdfText::Outcome;
  if (text.outcome == Outcome::no_reader) return {{}, llm::Omission::no_reader};
  if (text.outcome == Outcome::no_text) return {{}, llm::Omission::no_text};
  if (bytes_max == 0) return {{}, llm::Omission::too_many};
  llm::Attachment::Text given{std::string(utf8_prefix(text.text, bytes_max)), std::nullopt};
  if (text.is_cut || given.words.size() < text.text.size()) given.omission = llm::Omission::cut;
  return given;
}

}  // namespace

std::optional<std::shared_ptr<const llm::Attachments>> load_attachments(
    Store& store, const UserId& user, const std::vector<llm::Turn>& turns,
    FilesRoom::Share& share) {
  Loading loading(store.blobs(), user, share);
  each_file(turns, [&](const std::string& id) { loading.add(id); });
  // After what the person attached: not every model takes them.
  each_picture_of_tools(turns, [&](const std::string& id) { loading.add(id); });
  if (!loading.has_room()) return std::nullopt;
  llm::Attachments loaded = loading.take();
  if (loaded.empty()) return nullptr;
  return std::make_shared<const llm::Attachments>(std::move(loaded));
}

std::shared_ptr<const llm::Attachments> with_pictures_of_tools(
    std::shared_ptr<const llm::Attachments> attachments, Store& store, const UserId& user,
    const llm::Turn& turn, const FilesRoom& room) {
  struct Held {
    explicit Held(const FilesRoom& room) : share(room) {}
    FilesRoom::Share share;
    llm::Attachments files;
  };
  auto held = std::make_shared<Held>(room);
  Loading loading(store.blobs(), user, held->share);
  each_picture_of_tools({turn}, [&](const std::string& id) {
    if (!attachments || !attachments->contains(id)) loading.add(id);
  });
  held->files = loading.take();
  if (held->files.empty()) return attachments;
  if (attachments) {
    std::int64_t copied = 0;
    for (const auto& [id, file] : *attachments)
      copied += static_cast<std::int64_t>(file.bytes.size());
    if (!held->share.take(copied)) return attachments;
    held->files.insert(attachments->begin(), attachments->end());
  }
  return {held, &held->files};
}

std::vector<std::string> pdfs_among(const llm::Attachments& attachments,
                                    const std::vector<llm::Turn>& turns) {
  std::vector<std::string> pdfs;
  each_file(turns, [&](const std::string& id) {
    const auto file = attachments.find(id);
    if (file == attachments.end() || file->second.text) return;
    if (llm::type_of_file(file->second.bytes) != pdf_type) return;
    if (std::find(pdfs.begin(), pdfs.end(), id) == pdfs.end()) pdfs.push_back(id);
  });
  return pdfs;
}

std::shared_ptr<const llm::Attachments> with_texts(const llm::Attachments& attachments,
                                                   const TextsOfPdfs& texts) {
  auto with = std::make_shared<llm::Attachments>(attachments);
  std::size_t left = texts_bytes_max;
  for (const auto& [id, text] : texts) {
    llm::Attachment::Text given = text_for_model(*text, left);
    left -= given.words.size();
    (*with)[id].text = std::move(given);
  }
  return with;
}

}  // namespace threadkeep
