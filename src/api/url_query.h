// The query of a URL.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace threadkeep::api {

// Names and values, percent-decoded once, '+' as a space. A value that is asked for counts as
// known; finish() refuses the others.
class UrlQuery {
 public:
  // Fails: invalid_query (bad percent code, broken UTF-8, a name twice, more than 32 parameters, a
  // control character).
  static Result<UrlQuery> parse(std::string_view text);

  std::optional<std::string> text(std::string_view name);
  // "true" or "false". Fails: invalid_query.
  Result<std::optional<bool>> boolean(std::string_view name);
  // Fails: invalid_field for anything but a plain decimal number from 1 to `max`.
  Result<int> limit(std::string_view name, int usual, int max);
  // Fails: invalid_query when a parameter was not asked for.
  Result<void> finish() const;

 private:
  struct Parameter {
    std::string name;
    std::string value;
    bool is_asked = false;
  };
  std::vector<Parameter> parameters_;
};

}  // namespace threadkeep::api
