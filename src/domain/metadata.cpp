#include "domain/metadata.h"

#include "json/json.h"

namespace threadkeep {

std::string metadata_with(std::string_view metadata, std::string_view name,
                          std::string_view value) {
  std::string with;
  json::Writer writer(with);
  writer.begin_object();
  const auto before = json::Document::parse(std::string(metadata), json::Mode::foreign);
  if (before) {
    for (const json::Member member : before->root().members()) {
      if (member.key != name) writer.key(member.key).raw(member.value.raw());
    }
  }
  writer.key(name).raw(value);
  writer.end_object();
  return with;
}

}  // namespace threadkeep
