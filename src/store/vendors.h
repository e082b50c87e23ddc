// The vendors of models that users entered. They are no part of the change feed: no device keeps
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/conversation.h"
#include "domain/entered_vendor.h"

namespace threadkeep {

// Puts the vendor in the place of what the user had under its name.
struct PutVendor {
  EnteredVendor vendor;  // rev and changed_at are the store's
  // Only when the user's vendor has this rev; 0: only when there is none.
  std::optional<std::int64_t> if_rev = {};
};

struct RemoveVendor {
  std::string name;
  std::optional<std::int64_t> if_rev = {};
};

class Vendors {
 public:
  virtual ~Vendors() = default;

  // In the order of their names.
  virtual std::vector<EnteredVendor> list(const UserId& user) const = 0;

  // Returns the row. The same again is a change too: a key is never sealed twice alike. Fails:
  // precondition_failed, too_large (vendors_per_user_max), storage_full (there is no room for
  // another user).
  virtual Result<EnteredVendor> run(const UserId& user, const PutVendor& operation) = 0;
  // Nothing is left of it. Fails: not_found, precondition_failed.
  virtual Result<void> run(const UserId& user, const RemoveVendor& operation) = 0;
};

}  // namespace threadkeep
