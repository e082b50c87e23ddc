// Reading the fields of a JSON body strictly: kinds and limits are checked, and whatever was not
// asked for is refused.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/ulid.h"
#include "domain/entry_rules.h"
#include "domain/settings.h"
#include "json/json.h"

namespace threadkeep::api {

// Ask for every field that the body may have, then call finish(). The first thing that is wrong is
// kept, and everything asked for after it is absent. `where` is what error sentences call the
// object: "" for the body itself, "messages[3]" inside.
class Fields {
 public:
  explicit Fields(json::Value object, std::string where = "");

  bool has(std::string_view name) const;
  // Absent when the field is missing. A null is wrong, but for the nullable ones.
  std::optional<std::string> string(std::string_view name, std::size_t bytes_max);
  std::optional<bool> boolean(std::string_view name);
  std::optional<Ulid> id(std::string_view name);
  std::optional<UnixMs> time(std::string_view name);
  std::optional<std::int64_t> count(std::string_view name);
  // By a rule of entry (domain/entry_rules.h).
  std::optional<std::string> line(std::string_view name, const entry::Line& rule);
  std::optional<std::optional<std::string>> nullable_line(std::string_view name,
                                                          const entry::Line& rule);
  std::optional<std::vector<std::string>> tags(std::string_view name);
  // {system?, temperature?, maxTokens?, effort?, tools?}, each of which may be null. Nothing when
  // the field is missing.
  SettingsPatch settings(std::string_view name);
  // The source bytes of an object.
  std::optional<std::string> object(std::string_view name, entry::Kept kind);
  std::optional<std::vector<std::string>> strings(std::string_view name, std::size_t count_max,
                                                  std::size_t bytes_max);
  std::optional<std::vector<Ulid>> ids(std::string_view name, std::size_t count_max);
  // The outer optional: whether it is there; the inner: null or a value.
  std::optional<std::optional<Ulid>> nullable_id(std::string_view name);
  // Any value; absent when missing.
  json::Value value(std::string_view name);

  // A rule that the caller has checked itself.
  void refuse(std::string_view name, std::string_view rule);
  void fail_with(Error error);

  // Fails: what was wrong first, or unknown_field.
  Result<void> finish();

 private:
  std::string full_name(std::string_view name) const;

  json::Value object_;
  std::string where_;
  std::set<std::string, std::less<>> asked_;
  std::optional<Error> error_;
};

}  // namespace threadkeep::api
