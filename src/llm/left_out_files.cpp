#include "llm/left_out_files.h"

#include <algorithm>
#include <string>
#include <utility>

#include "json/json.h"

namespace threadkeep::llm {

std::vector<LeftOutFile> left_out_files(const std::vector<Turn>& turns,
                                        const Attachments* attachments, const Takes& takes) {
  std::vector<LeftOutFile> files;
  if (attachments == nullptr) return files;
  bool is_earlier = false;
  for (auto turn = turns.rbegin(); turn != turns.rend(); ++turn) {
    if (turn->role != Role::user) continue;
    const bool is_of_question = !std::exchange(is_earlier, true);
    if (turn->content.find("attachmentId") == std::string::npos) continue;
    const auto content = json::Document::parse(turn->content, json::Mode::foreign);
    if (!content) continue;
    for (const json::Value block : content->root().items()) {
      const auto file = attachments->find(block["attachmentId"].string());
      if (file == attachments->end()) continue;
      const auto omission = omission_of(file->second, takes);
      if (!omission) continue;
      LeftOutFile left_out{std::string(block["name"].string()), omission_name(*omission),
                           !is_of_question};
      const bool is_known = std::any_of(files.begin(), files.end(), [&](const LeftOutFile& known) {
        return known.name == left_out.name && known.reason == left_out.reason;
      });
      if (!is_known) files.push_back(std::move(left_out));
    }
  }
  return files;
}

}  // namespace threadkeep::llm
