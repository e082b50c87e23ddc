#include "domain/left_out_files.h"

#include <algorithm>
#include <cstdint>

#include "base/utf8.h"
#include "domain/metadata.h"
#include "json/json.h"

namespace threadkeep {
namespace {

constexpr std::size_t files_max = 20;  // are named
constexpr std::size_t name_bytes_max = 200;

}  // namespace

std::string metadata_with_left_out_files(std::string_view metadata,
                                         const std::vector<LeftOutFile>& files) {
  std::string json;
  json::Writer writer(json);
  writer.begin_object().member("count", static_cast<std::int64_t>(files.size()));
  writer.key("files").begin_array();
  for (std::size_t i = 0; i < std::min(files.size(), files_max); ++i) {
    writer.begin_object()
        .member("name", utf8_prefix(files[i].name, name_bytes_max))
        .member("reason", files[i].reason);
    if (files[i].is_earlier) writer.member("isEarlier", true);
    writer.end_object();
  }
  writer.end_array().end_object();
  return metadata_with(metadata, "filesLeftOut", json);
}

}  // namespace threadkeep
