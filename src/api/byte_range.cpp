#include "api/byte_range.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"

namespace threadkeep::api {
namespace {

// A plain decimal number; one that is too large for any file counts as the largest.
std::optional<std::int64_t> read_number(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c); })) {
    return std::nullopt;
  }
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec == std::errc::result_out_of_range) return INT64_MAX;
  return number;
}

}  // namespace

WantedBytes wanted_bytes(std::optional<std::string_view> range, std::int64_t size) {
  const WantedBytes whole{RangeKind::whole, {0, size}};
  constexpr std::string_view unit = "bytes=";
  if (!range || !equals_ignoring_case(range->substr(0, unit.size()), unit)) return whole;
  const std::string_view text = trimmed(range->substr(unit.size()));
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return whole;
  const auto first = read_number(text.substr(0, dash));
  const auto last = read_number(text.substr(dash + 1));
  const bool has_last = dash + 1 < text.size();
  if ((dash > 0 && !first) || (has_last && !last) || (!first && !last)) return whole;
  if (!first) {  // the last so many
    if (*last == 0 || size == 0) return {RangeKind::unsatisfiable, {}};
    const std::int64_t count = std::min(*last, size);
    return {RangeKind::part, {size - count, count}};
  }
  if (last && *last < *first) return whole;  // not a range
  if (*first >= size) return {RangeKind::unsatisfiable, {}};
  const std::int64_t end = last ? std::min(*last, size - 1) : size - 1;
  return {RangeKind::part, {*first, end - *first + 1}};
}

}  // namespace threadkeep::api
