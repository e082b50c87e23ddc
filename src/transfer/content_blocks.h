// Builds the content array of an imported message, block by block.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"

namespace threadkeep {

// Everything given to it comes from a document in Mode::foreign; what it builds passes Mode::strict
// and check_content(EmptyText::refused). Empty texts add nothing.
class ContentBlocks {
 public:
  void text(std::string_view text);
  void reasoning(std::string_view text);
  void tool_use(std::string_view id, std::string_view name, std::string_view input_json);
  enum class Outcome { good, error };
  void tool_result(std::string_view tool_use_id, std::string_view content, Outcome outcome);
  void source(std::string_view url, std::string_view title);

  // A block whose meaning we do not know: {"type": "<product>/<kind>", "name"?, "content": the
  // original}. `name` is what people call it, when that stands elsewhere in the source.
  void verbatim(std::string_view product, std::string_view kind, const json::Value& original,
                std::string_view name = {});

  bool is_empty() const { return count_ == 0; }
  // Over limits::content_bytes_max or limits::content_blocks_max: `json` must not be used.
  bool is_too_large() const;
  std::string take_json() { return std::move(json_ += ']'); }

  // The kinds given to `verbatim`, in order, as they were cut to size.
  const std::vector<std::string>& verbatim_kinds() const { return verbatim_kinds_; }

 private:
  json::Writer begin(std::string_view type);

  std::string json_ = "[";
  std::size_t count_ = 0;
  std::vector<std::string> verbatim_kinds_;
};

// `code` between markdown fences that it cannot close itself.
std::string fenced_code(std::string_view language, std::string_view code);

}  // namespace threadkeep
