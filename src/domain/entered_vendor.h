// A vendor of models that a person entered: a row of its own, with its key sealed.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace threadkeep {

struct EnteredVendor {
  std::string name;  // before the slash of model ids; one of the user's has it
  std::string label;
  std::string protocol;
  std::string address;
  std::string deployments;  // names with commas between them
  std::string api_version;
  std::string
      sealed_key;        // bytes that only the server's secret opens (keys/sealing.h); empty: none
  std::int64_t rev = 0;  // counts the changes; 1: the first
  UnixMs changed_at = 0;

  friend bool operator==(const EnteredVendor&, const EnteredVendor&) = default;
};

}  // namespace threadkeep
