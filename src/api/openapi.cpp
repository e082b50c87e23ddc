#include "api/openapi.h"

#include <cstddef>

extern "C" {
extern const char threadkeep_openapi_begin[];  // NOLINT(readability-identifier-naming)
extern const char threadkeep_openapi_end[];    // NOLINT(readability-identifier-naming)
}

namespace threadkeep::api {

std::string_view openapi_document() {
  return {threadkeep_openapi_begin,
          static_cast<std::size_t>(threadkeep_openapi_end - threadkeep_openapi_begin)};
}

}  // namespace threadkeep::api
