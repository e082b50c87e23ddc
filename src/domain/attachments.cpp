#include "domain/attachments.h"

#include "json/json.h"

namespace threadkeep {
namespace {

void add_from(const json::Value& value, std::set<std::string>& ids) {
  if (value.is_array()) {
    for (const json::Value item : value.items()) add_from(item, ids);
  }
  if (!value.is_object()) return;
  for (const json::Member member : value.members()) {
    if (member.key == "attachmentId" && member.value.is_string()) {
      ids.emplace(member.value.string());
    }
    add_from(member.value, ids);
  }
}

}  // namespace

void add_attachment_ids(std::string_view content, std::set<std::string>& ids) {
  const auto document = json::Document::parse(std::string(content), json::Mode::strict);
  if (document) add_from(document->root(), ids);
}

}  // namespace threadkeep
