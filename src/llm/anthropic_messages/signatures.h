// How the signature of a thinking block stands in a stored reasoning block: after the name of the
// protocol, because no vendor takes a signature that another one made.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace threadkeep::llm {

inline constexpr std::string_view thinking_signature = "anthropic:";
// The thinking itself, encrypted, where the vendor does not show it.
inline constexpr std::string_view hidden_signature = "anthropic-redacted:";

inline std::string signature_of_thinking(std::string_view signature) {
  return std::string(thinking_signature).append(signature);
}
inline std::string signature_of_hidden(std::string_view encrypted) {
  return std::string(hidden_signature).append(encrypted);
}
// What stands after the name; nothing when it is of another kind.
inline std::optional<std::string_view> after_name(std::string_view stored, std::string_view name) {
  if (!stored.starts_with(name)) return std::nullopt;
  return stored.substr(name.size());
}

}  // namespace threadkeep::llm
