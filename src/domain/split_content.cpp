// Content that is larger than a message can be, as that of several messages.
#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "domain/entry_rules.h"
#include "domain/unreadable_block.h"

namespace threadkeep::entry {
namespace {

using json::Document;
using json::Mode;

constexpr std::string_view note =
    R"({"type":"threadkeep/continued","content":"This message was larger than one can be. )"
    R"(It goes on in the messages below it."})";
// What a content has room for beside the note and its brackets.
constexpr std::size_t room = limits::content_bytes_max - note.size() - 16;
constexpr std::size_t blocks_max = limits::content_blocks_max - 1;
// Escaped in JSON a byte of a text takes six at the most.
constexpr std::size_t cut_bytes_max = room / 8;

std::string_view take_piece(std::string_view& text) {
  std::string_view piece = utf8_prefix(text, cut_bytes_max);
  // Not UTF-8 at all: cut anywhere.
  if (piece.empty()) piece = text.substr(0, cut_bytes_max);
  text.remove_prefix(piece.size());
  return piece;
}

// Blocks, in contents that each have room for.
class Contents {
 public:
  void add(std::string_view block) {
    if (count_ == blocks_max || content_.size() + block.size() + 1 > room) end_content();
    content_ += count_ == 0 ? '[' : ',';
    content_ += block;
    ++count_;
  }

  // A block of this type for each piece of the text, which `member` holds.
  void add_in_pieces(std::string_view type, std::string_view member, std::string_view text) {
    while (!text.empty()) {
      std::string block;
      json::Writer writer(block);
      writer.begin_object().member("type", type).key(member);
      writer.string(storable(take_piece(text))).end_object();
      add(block);
    }
  }

  std::vector<std::string> take() {
    end_content();
    if (contents_.empty()) contents_.emplace_back("[]");
    if (contents_.size() > 1) {
      contents_.front().pop_back();
      contents_.front().append(",").append(note).append("]");
    }
    return std::move(contents_);
  }

 private:
  void end_content() {
    if (count_ == 0) return;
    contents_.push_back(content_ + "]");
    content_.clear();
    count_ = 0;
  }

  std::vector<std::string> contents_;
  std::string content_;
  std::size_t count_ = 0;
};

// Whether all that a block says is its type and its text.
bool is_words_alone(const json::Value& block) {
  const std::string_view type = block["type"].string();
  return block.is_object() && block.size() == 2 && (type == "text" || type == "reasoning") &&
         block["text"].is_string();
}

void add_block(Contents& contents, const json::Value& block, EmptyText empty_text) {
  const bool has_room = block.raw().size() + 2 <= room;
  if (has_room && is_right_block(block, empty_text)) {
    contents.add(block.raw());
  } else if (!has_room && is_words_alone(block)) {
    contents.add_in_pieces(block["type"].string(), "text", block["text"].string());
  } else {
    contents.add_in_pieces(unreadable_type, "content", block.raw());
  }
}

}  // namespace

std::vector<std::string> split_content(std::string_view text, EmptyText empty_text) {
  if (auto content = mended_content(text, empty_text)) return {*std::move(content)};
  Contents contents;
  const auto lenient = Document::parse(std::string(text), Mode::foreign);
  if (lenient && lenient->root().is_array()) {
    for (const json::Value block : lenient->root().items()) add_block(contents, block, empty_text);
  } else {
    contents.add_in_pieces(unreadable_type, "content", text);
  }
  return contents.take();
}

}  // namespace threadkeep::entry
