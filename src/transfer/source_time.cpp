#include "transfer/source_time.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <string_view>

namespace threadkeep {
namespace {

constexpr UnixMs year_2000_ms = 946'684'800'000;
constexpr UnixMs year_2100_ms = 4'102'444'800'000;

std::optional<UnixMs> plausible(double ms) {
  if (!(ms >= static_cast<double>(year_2000_ms) && ms < static_cast<double>(year_2100_ms))) {
    return std::nullopt;
  }
  return static_cast<UnixMs>(std::floor(ms));
}

std::optional<UnixMs> from_number(double number) {
  constexpr double seconds_end = 1e11;
  constexpr double milliseconds_end = 1e14;
  if (number < seconds_end) return plausible(number * 1'000);
  if (number < milliseconds_end) return plausible(number);
  return plausible(number / 1'000);
}

// Takes what it reads off the front of `text_`.
class IsoReader {
 public:
  explicit IsoReader(std::string_view text) : text_(text) {}

  std::optional<UnixMs> read() {
    int year = 0, month = 0, day = 0;
    if (!digits(4, year) || !mark('-') || !digits(2, month) || !mark('-') || !digits(2, day)) {
      return std::nullopt;
    }
    const std::chrono::year_month_day date(std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day)));
    if (!date.ok()) return std::nullopt;
    const auto days = std::chrono::sys_days(date).time_since_epoch();
    const std::optional<double> within = read_time_of_day();
    if (!within || !text_.empty()) return std::nullopt;
    return plausible(std::chrono::duration<double, std::milli>(days).count() + *within);
  }

 private:
  // Milliseconds since midnight UTC; 0 when there is no time.
  std::optional<double> read_time_of_day() {
    if (text_.empty()) return 0;
    int hour = 0, minute = 0, second = 0;
    if (!mark('T') && !mark('t') && !mark(' ')) return std::nullopt;
    if (!digits(2, hour) || !mark(':') || !digits(2, minute)) return std::nullopt;
    if (mark(':') && !digits(2, second)) return std::nullopt;
    if (hour > 24 || minute > 59 || second > 60) return std::nullopt;
    const double fraction_ms = read_fraction_ms();
    const std::optional<int> zone_minutes = read_zone_minutes();
    if (!zone_minutes) return std::nullopt;
    return ((hour * 60 + minute - *zone_minutes) * 60 + second) * 1'000.0 + fraction_ms;
  }

  double read_fraction_ms() {
    if (!mark('.') && !mark(',')) return 0;
    double value = 0;
    for (double unit = 100; !text_.empty() && is_digit(text_.front()); unit /= 10) {
      value += unit * (text_.front() - '0');
      text_.remove_prefix(1);
    }
    return value;
  }

  std::optional<int> read_zone_minutes() {
    if (text_.empty() || mark('Z') || mark('z')) return 0;
    const int sign = text_.front() == '-' ? -1 : 1;
    int hours = 0, minutes = 0;
    if ((!mark('+') && !mark('-')) || !digits(2, hours)) return std::nullopt;
    mark(':');
    if (!text_.empty() && !digits(2, minutes)) return std::nullopt;
    return sign * (hours * 60 + minutes);
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  bool mark(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool digits(std::size_t count, int& value) {
    if (text_.size() < count) return false;
    value = 0;
    for (const char c : text_.substr(0, count)) {
      if (!is_digit(c)) return false;
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(count);
    return true;
  }

  std::string_view text_;
};

std::optional<UnixMs> from_text(std::string_view text) {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem == std::errc() && end == text.data() + text.size()) return from_number(number);
  return IsoReader(text).read();
}

}  // namespace

std::optional<UnixMs> parse_source_time(const json::Value& value) {
  if (value.is_string()) return from_text(value.string());
  const std::optional<double> number = value.number();
  return number ? from_number(*number) : std::nullopt;
}

}  // namespace threadkeep
