// A vendor that a person enters in the page: what is filled in, and what is refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "llm/protocol.h"

namespace threadkeep::llm {

struct VendorEntry {
  std::string name;      // before the slash of model ids
  std::string label;     // for people; of one that is not known by its name
  std::string protocol;  // "chat", "responses", "anthropic", "gemini"; empty: what is usual there
  std::string address;   // empty: the vendor's own
  std::string deployments;  // of Azure: names with commas between them
  std::string api_version;  // of Azure's older addresses
};

// The vendor without a key. What is made of its own address and protocol is the same vendor again.
// Fails: invalid_field with a sentence that begins with the field's name in the API. Refused are
// what the environment could not name either, a name that is none, and an address that no vendor
// has: of a link, of many, of a cloud's metadata.
Result<Vendor> vendor_of(const VendorEntry& entry);

// As it is stored and shown.
std::string_view protocol_of_entry(const Vendor& vendor);

// Scheme, host and port, which a key is bound to: "https://api.openai.com:443".
std::string origin_of(const Vendor& vendor);
// Whether a key may be sent there: by https, or on this machine.
bool may_take_key(const Vendor& vendor);
// The key without the space around it. Fails: invalid_field.
Result<std::string> read_key(std::string_view text);

// The vendors that are known by their names, for a list to choose from.
struct VendorChoice {
  std::string_view name;
  std::string_view label;
  std::string_view address;  // empty: a person has to tell it
  enum class Key { needed, optional };
  Key key = Key::needed;
  bool has_deployments = false;
};
std::vector<VendorChoice> vendor_choices();

}  // namespace threadkeep::llm
