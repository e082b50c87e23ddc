// Tells what a file is that cannot be imported, as well as its first bytes or values show it.
#pragma once

#include <string>
#include <string_view>

#include "json/json.h"

namespace threadkeep {

// The product whose export holds `value` as its whole, as an element of its array or as a line;
// empty when it is none that is known here.
std::string_view name_of_product(const json::Value& value);

// A sentence about a file whose export is that of `product`; with an empty name, about JSON of no
// known format.
std::string describe_product(std::string_view product);

// A sentence about a file that begins with these bytes and is neither JSON nor zip.
std::string describe_bytes(std::string_view head);

}  // namespace threadkeep
