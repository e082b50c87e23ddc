#include "api/url_query.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "json/json.h"

namespace threadkeep::api {
namespace {

constexpr std::size_t parameters_max = 32;

std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+') {
      c = ' ';
    } else if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
    out += c;
  }
  // The JSON reader knows what UTF-8 is.
  if (!json::Document::parse(json::quoted(out), json::Mode::strict)) return std::nullopt;
  return out;
}

}  // namespace

Result<UrlQuery> UrlQuery::parse(std::string_view text) {
  UrlQuery query;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    const auto name = decoded(part.substr(0, equals));
    const auto value =
        decoded(equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1));
    if (!name || !value)
      return fail(Errc::invalid_query,
                  "The query has a broken percent code, broken UTF-8 or a control character.");
    const auto is_same = [&](const Parameter& other) { return other.name == *name; };
    if (std::any_of(query.parameters_.begin(), query.parameters_.end(), is_same)) {
      return fail(Errc::invalid_query, "A parameter stands twice in the query.");
    }
    if (query.parameters_.size() == parameters_max)
      return fail(Errc::invalid_query, "The query has too many parameters.");
    query.parameters_.push_back({*name, *value, false});
  }
  return query;
}

std::optional<std::string> UrlQuery::text(std::string_view name) {
  for (Parameter& parameter : parameters_) {
    if (parameter.name != name) continue;
    parameter.is_asked = true;
    return parameter.value;
  }
  return std::nullopt;
}

Result<std::optional<bool>> UrlQuery::boolean(std::string_view name) {
  const auto value = text(name);
  if (!value) return std::optional<bool>();
  if (*value == "true") return std::optional<bool>(true);
  if (*value == "false") return std::optional<bool>(false);
  return fail(Errc::invalid_query, "\"" + std::string(name) + "\" must be true or false.");
}

Result<int> UrlQuery::limit(std::string_view name, int usual, int max) {
  const auto value = text(name);
  if (!value) return usual;
  int number = 0;
  const auto parsed = std::from_chars(value->data(), value->data() + value->size(), number);
  const bool is_number = parsed.ec == std::errc{} && parsed.ptr == value->data() + value->size();
  if (!is_number || number < 1 || number > max) {
    return fail(Errc::invalid_field, "\"" + std::string(name) + "\" must be a number from 1 to " +
                                         std::to_string(max) + ".");
  }
  return number;
}

Result<void> UrlQuery::finish() const {
  for (const Parameter& parameter : parameters_) {
    if (!parameter.is_asked)
      return fail(Errc::invalid_query, "The query has a parameter that is not known here.");
  }
  return {};
}

}  // namespace threadkeep::api
