#include "api/fields.h"

#include <utility>

#include "domain/setting_rules.h"

namespace threadkeep::api {

Fields::Fields(json::Value object, std::string where) : object_(object), where_(std::move(where)) {
  if (!object_.is_object()) {
    error_ = Error{Errc::invalid_field, (where_.empty() ? "The body" : "\"" + where_ + "\"") +
                                            std::string(" must be an object.")};
  }
}

bool Fields::has(std::string_view name) const { return !object_[name].is_absent(); }

std::string Fields::full_name(std::string_view name) const {
  return where_.empty() ? std::string(name) : where_ + "." + std::string(name);
}

json::Value Fields::value(std::string_view name) {
  asked_.emplace(name);
  return error_ ? json::Value() : object_[name];
}

void Fields::fail_with(Error error) {
  if (!error_) error_ = std::move(error);
}

void Fields::refuse(std::string_view name, std::string_view rule) {
  fail_with({Errc::invalid_field, "\"" + full_name(name) + "\" " + std::string(rule)});
}

std::optional<std::string> Fields::string(std::string_view name, std::size_t bytes_max) {
  const json::Value found = value(name);
  if (found.is_absent()) return std::nullopt;
  if (!found.is_string()) {
    refuse(name, "must be a string.");
    return std::nullopt;
  }
  if (found.string().size() > bytes_max) {
    refuse(name, "must have at most " + std::to_string(bytes_max) + " bytes.");
    return std::nullopt;
  }
  return std::string(found.string());
}

std::optional<bool> Fields::boolean(std::string_view name) {
  const json::Value found = value(name);
  if (found.is_absent()) return std::nullopt;
  const auto flag = found.boolean();
  if (!flag) refuse(name, "must be true or false.");
  return flag;
}

std::optional<Ulid> Fields::id(std::string_view name) {
  const json::Value found = value(name);
  if (found.is_absent()) return std::nullopt;
  if (!found.is_string()) {
    refuse(name, "must be a string with an id.");
    return std::nullopt;
  }
  auto parsed = Ulid::parse(found.string());
  if (!parsed) {
    fail_with({parsed.error().code, "\"" + full_name(name) + "\": " + parsed.error().detail});
    return std::nullopt;
  }
  return *parsed;
}

std::optional<UnixMs> Fields::time(std::string_view name) {
  const json::Value found = value(name);
  if (found.is_absent()) return std::nullopt;
  const auto ms = found.integer();
  if (!ms) {
    refuse(name, "must be an integer: Unix milliseconds.");
    return std::nullopt;
  }
  if (!entry::is_time(*ms)) {
    refuse(name, "must lie between the years 1970 and 9999.");
    return std::nullopt;
  }
  return ms;
}

std::optional<std::int64_t> Fields::count(std::string_view name) {
  const json::Value found = value(name);
  if (found.is_absent()) return std::nullopt;
  const auto number = found.integer();
  if (number && entry::is_count(*number)) return number;
  refuse(name, "must be an integer from 0 to " + std::to_string(limits::count_max) + ".");
  return std::nullopt;
}

std::optional<std::vector<std::string>> Fields::strings(std::string_view name,
                                                        std::size_t count_max,
                                                        std::size_t bytes_max) {
  const json::Value found = value(name);
  if (found.is_absent()) return std::nullopt;
  if (!found.is_array() || found.size() > count_max) {
    refuse(name, "must be an array of at most " + std::to_string(count_max) + " strings.");
    return std::nullopt;
  }
  std::vector<std::string> strings;
  for (const json::Value item : found.items()) {
    if (!item.is_string() || item.string().empty() || item.string().size() > bytes_max) {
      refuse(name, "must hold strings of 1 to " + std::to_string(bytes_max) + " bytes.");
      return std::nullopt;
    }
    strings.emplace_back(item.string());
  }
  return strings;
}

std::optional<std::vector<Ulid>> Fields::ids(std::string_view name, std::size_t count_max) {
  const auto texts = strings(name, count_max, Ulid::text_length);
  if (!texts) return std::nullopt;
  std::vector<Ulid> ids;
  for (const std::string& text : *texts) {
    const auto parsed = Ulid::parse(text);
    if (!parsed) {
      fail_with({parsed.error().code, "\"" + full_name(name) + "\": " + parsed.error().detail});
      return std::nullopt;
    }
    ids.push_back(*parsed);
  }
  return ids;
}

std::optional<std::optional<Ulid>> Fields::nullable_id(std::string_view name) {
  const json::Value found = value(name);
  if (found.is_absent()) return std::nullopt;
  if (found.is_null()) return std::optional<Ulid>();
  const auto parsed = id(name);
  if (!parsed) return std::nullopt;
  return std::optional<Ulid>(*parsed);
}

std::optional<std::string> Fields::line(std::string_view name, const entry::Line& rule) {
  const json::Value found = value(name);
  if (found.is_absent()) return std::nullopt;
  if (!found.is_string()) {
    refuse(name, "must be a string.");
    return std::nullopt;
  }
  if (const auto wrong = entry::wrong_with(rule, found.string())) {
    refuse(name, *wrong);
    return std::nullopt;
  }
  return std::string(found.string());
}

std::optional<std::optional<std::string>> Fields::nullable_line(std::string_view name,
                                                                const entry::Line& rule) {
  const json::Value found = value(name);
  if (found.is_absent()) return std::nullopt;
  if (found.is_null()) return std::optional<std::string>();
  const auto text = line(name, rule);
  if (!text) return std::nullopt;
  return std::optional<std::string>(*text);
}

std::optional<std::vector<std::string>> Fields::tags(std::string_view name) {
  auto tags = strings(name, limits::tags_max, limits::name_bytes_max);
  if (!tags) return std::nullopt;
  if (const auto wrong = entry::wrong_with_tags(*tags)) {
    refuse(name, *wrong);
    return std::nullopt;
  }
  return tags;
}

std::optional<std::string> Fields::object(std::string_view name, entry::Kept kind) {
  const json::Value found = value(name);
  if (found.is_absent()) return std::nullopt;
  if (const auto wrong = entry::wrong_with(kind, found)) {
    refuse(name, *wrong);
    return std::nullopt;
  }
  return std::string(found.raw());
}

SettingsPatch Fields::settings(std::string_view name) {
  SettingsPatch patch;
  const json::Value found = value(name);
  if (found.is_absent()) return patch;
  Fields settings(found, full_name(name));
  for (const entry::SettingRule& rule : entry::setting_rules()) {
    const json::Value setting = settings.value(rule.name);
    if (setting.is_absent()) continue;
    const auto wrong = setting.is_null() ? std::nullopt : rule.wrong_with(setting);
    if (wrong) {
      settings.refuse(rule.name, *wrong);
    } else {
      rule.take(setting, patch);
    }
  }
  if (auto known = settings.finish(); !known) fail_with(known.error());
  return patch;
}

Result<void> Fields::finish() {
  if (error_) return tl::unexpected(*error_);
  for (const json::Member member : object_.members()) {
    if (asked_.contains(member.key)) continue;
    // The name is the client's own text, so it is not repeated.
    std::string known;
    for (const std::string& name : asked_) known.append(known.empty() ? "" : ", ").append(name);
    std::string sentence = where_.empty() ? "The body" : "\"" + where_ + "\"";
    sentence.append(" has a field that is not known here. Known are: ").append(known).append(".");
    return fail(Errc::unknown_field, std::move(sentence));
  }
  return {};
}

}  // namespace threadkeep::api
