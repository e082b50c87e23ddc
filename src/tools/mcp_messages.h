// The Model Context Protocol as text: JSON-RPC messages, and what a server says of its tools. Pure.
//
// Nothing that a server says is trusted: names, descriptions and schemas go to models, and are cut
// to a form and a length that they can take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/json.h"
#include "llm/provider.h"
#include "tools/registry.h"

namespace threadkeep::tools {

// The newest version of the protocol that is spoken here; a server answers with the one that it
// speaks.
inline constexpr std::string_view mcp_version_newest = "2025-11-25";
// Whether what a server answered can be spoken: what is used here is the same in all of them.
bool is_known_mcp_version(std::string_view version);

// `params`: JSON; empty: none.
std::string mcp_request(std::int64_t id, std::string_view method, std::string_view params);
std::string mcp_notification(std::string_view method, std::string_view params = {});
// What is asked of us: a ping is answered, everything else refused.
std::string mcp_reply(const json::Value& request);

enum class McpMessage { answer, request, list_changed, other };
// `id`: of our request whose answer is waited for.
McpMessage kind_of(const json::Value& message, std::int64_t id);

// The `result` of an answer, as JSON. Fails: upstream_failed, with what the server says.
Result<std::string> mcp_result(const json::Value& answer);

// A tool as a server lists it, as models may be offered it: "<server>__<tool>", 1 to 64 of A-Z,
// a-z, 0-9, "_" and "-". The same tool has the same name always, and no two of a server share one.
struct ListedTool {
  std::string name;  // as the server calls it
  llm::Tool offer;
};
// Fails: invalid_field, with what is wrong for the person.
Result<ListedTool> listed_tool(std::string_view server, const json::Value& tool);

// A picture among a result's blocks.
struct McpPicture {
  std::string media_type;
  std::string bytes;
};
// What a tool gave: blocks of text in order, and what of it has a form.
struct McpResult {
  std::string text;
  std::string structured;  // a JSON object, or empty
  std::vector<McpPicture> pictures;
  bool is_error = false;
};
// Reads the result of tools/call, whatever it is: what cannot be kept is named in the text.
McpResult read_mcp_result(std::string_view result);

// Words of a server on one line, at most `bytes_max` bytes.
std::string one_line(std::string_view words, std::size_t bytes_max);

}  // namespace threadkeep::tools
