// Our ids for foreign things: the same thing gets the same id each time, and a foreign id is never
// ours.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ulid.h"

namespace threadkeep {

// A ULID with this time (a negative one counts as 0) and 80 bits of SHA-256 over the parts in
// order. Lists of parts that differ anywhere, also in where one part ends and the next begins, give
// different ids.
Ulid derive_id(UnixMs time_ms, std::initializer_list<std::string_view> parts);

// SHA-256 as 64 hexadecimal digits: the name of a thing that the source gave none.
std::string digest_name(std::string_view content);

}  // namespace threadkeep
