// Names of tools in the form that every vendor takes: 1 to 64 of A-Z, a-z, 0-9, "_" and "-".
//
// Stored conversations hold other names ("web.run", of another product's export), and a vendor that
// is strict refuses the whole request for one of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "llm/provider.h"

namespace threadkeep::llm {

// Of one request: two tools never get the same name, and a name that has the form already, of a
// tool that is offered, is kept.
class ToolNames {
 public:
  ToolNames() = default;
  explicit ToolNames(const std::vector<Tool>& offered);

  // The name to send. The same for the same tool.
  const std::string& sent(std::string_view name);
  // The tool that a model calls by a name that was sent; any other name stays as it is.
  std::string_view meant(std::string_view sent) const;

 private:
  struct Pair {
    std::string name;
    std::string sent;
  };
  const std::string& add(std::string_view name);
  std::vector<Pair> pairs_;
};

}  // namespace threadkeep::llm
