#include "llm/tool_names.h"

#include <algorithm>
#include <cstddef>

namespace threadkeep::llm {
namespace {

constexpr std::size_t name_bytes_max = 64;

bool is_allowed(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

std::string in_form(std::string_view name) {
  std::string out(name.substr(0, name_bytes_max));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return !is_allowed(c); }, '_');
  return out.empty() ? "tool" : out;
}

std::string numbered(const std::string& name, std::size_t number) {
  const std::string end = "_" + std::to_string(number);
  return name.substr(0, name_bytes_max - end.size()) + end;
}

}  // namespace

ToolNames::ToolNames(const std::vector<Tool>& offered) {
  for (const Tool& tool : offered) {
    if (in_form(tool.name) == tool.name) add(tool.name);
  }
  for (const Tool& tool : offered) sent(tool.name);
}

const std::string& ToolNames::sent(std::string_view name) {
  const auto found = std::find_if(pairs_.begin(), pairs_.end(),
                                  [&](const Pair& pair) { return pair.name == name; });
  return found == pairs_.end() ? add(name) : found->sent;
}

std::string_view ToolNames::meant(std::string_view sent) const {
  const auto found = std::find_if(pairs_.begin(), pairs_.end(),
                                  [&](const Pair& pair) { return pair.sent == sent; });
  return found == pairs_.end() ? sent : std::string_view(found->name);
}

const std::string& ToolNames::add(std::string_view name) {
  const std::string wanted = in_form(name);
  const auto is_taken = [this](const std::string& sent) {
    return std::any_of(pairs_.begin(), pairs_.end(),
                       [&](const Pair& pair) { return pair.sent == sent; });
  };
  std::string sent = wanted;
  for (std::size_t number = 2; is_taken(sent); ++number) sent = numbered(wanted, number);
  pairs_.push_back({std::string(name), std::move(sent)});
  return pairs_.back().sent;
}

}  // namespace threadkeep::llm
