// How what a vendor needs to take its reasoning back stands in a stored reasoning block.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace threadkeep::llm {

inline constexpr std::string_view encrypted_reasoning = "openai-responses:";

// An item of reasoning: its id, which holds no space and may be missing, and the reasoning itself,
// encrypted.
struct ReasoningItem {
  std::string_view id;
  std::string_view encrypted;
};

inline std::string signature_of(const ReasoningItem& item) {
  return std::string(encrypted_reasoning).append(item.id).append(" ").append(item.encrypted);
}
// Nothing when the signature is of another protocol.
inline std::optional<ReasoningItem> reasoning_item(std::string_view signature) {
  if (!signature.starts_with(encrypted_reasoning)) return std::nullopt;
  signature.remove_prefix(encrypted_reasoning.size());
  const std::size_t space = signature.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  return ReasoningItem{signature.substr(0, space), signature.substr(space + 1)};
}

}  // namespace threadkeep::llm
