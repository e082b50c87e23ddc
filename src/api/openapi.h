// The description of the surface (src/api/openapi.json), inside the binary.
#pragma once

#include <string_view>

namespace threadkeep::api {

std::string_view openapi_document();

}  // namespace threadkeep::api
