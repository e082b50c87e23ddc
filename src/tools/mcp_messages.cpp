#include "tools/mcp_messages.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "base/base64.h"
#include "base/utf8.h"
#include "tools/input_schema.h"

namespace threadkeep::tools {
namespace {

constexpr std::array<std::string_view, 4> versions = {mcp_version_newest, "2025-06-18",
                                                      "2025-03-26", "2024-11-05"};
constexpr std::array<std::string_view, 4> picture_types = {"image/png", "image/jpeg", "image/gif",
                                                           "image/webp"};
constexpr std::size_t name_bytes_max = 64;
constexpr std::size_t description_bytes_max = 2'000;
constexpr std::size_t schema_bytes_max = 32U << 10;
constexpr std::size_t said_bytes_max = 500;
constexpr std::size_t text_bytes_max = 100'000;
constexpr std::size_t structured_bytes_max = 100'000;
constexpr int structured_depth_max = 40;
constexpr std::size_t pictures_max = 4;
constexpr std::size_t picture_bytes_max = 4U << 20;
constexpr int method_not_found = -32601;

bool is_in_form(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

// FNV-1a: tells names apart, and is the same tomorrow.
std::string eight_digits(std::string_view text) {
  std::uint32_t hash = 0x811C9DC5U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193U;
  std::array<char, 9> digits{};
  std::snprintf(digits.data(), digits.size(), "%08x", hash);
  return digits.data();
}

// What is changed to have the form gets digits of the name that it was.
std::string offered_name(std::string_view server, std::string_view tool) {
  const std::string prefix = std::string(server) + "__";
  std::string name(tool);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !is_in_form(c); }, '_');
  if (name == tool && prefix.size() + name.size() <= name_bytes_max) return prefix + name;
  const std::string end = "_" + eight_digits(tool);
  const std::size_t room = name_bytes_max - prefix.size() - end.size();
  return prefix + name.substr(0, room) + end;
}

// Of a JSON value: how far it is nested.
int depth_of(const json::Value& value) {
  int deepest = 0;
  for (const json::Value item : value.items()) deepest = std::max(deepest, depth_of(item));
  for (const json::Member& member : value.members())
    deepest = std::max(deepest, depth_of(member.value));
  return value.is_array() || value.is_object() ? deepest + 1 : 0;
}

void add_line(std::string& text, std::string_view line) {
  if (!text.empty() && !line.empty()) text += '\n';
  text += line;
}

std::string left_out(std::string_view what, const json::Value& block) {
  return "[" + std::string(what) + ", " + one_line(block["mimeType"].string(), 100) +
         ": left out here]";
}

void add_picture(const json::Value& block, McpResult& result) {
  const std::string_view type = block["mimeType"].string();
  const bool is_known =
      std::find(picture_types.begin(), picture_types.end(), type) != picture_types.end();
  auto bytes = is_known && block["data"].string().size() / 4 * 3 <= picture_bytes_max
                   ? from_base64(block["data"].string())
                   : std::nullopt;
  if (!bytes || bytes->empty() || result.pictures.size() == pictures_max) {
    add_line(result.text, left_out("A picture", block));
  } else {
    result.pictures.push_back({std::string(type), std::move(*bytes)});
  }
}

void add_block(const json::Value& block, McpResult& result) {
  const std::string_view type = block["type"].string();
  const json::Value resource = block["resource"];
  if (type == "text") {
    add_line(result.text, block["text"].string());
  } else if (type == "image") {
    add_picture(block, result);
  } else if (type == "audio") {
    add_line(result.text, left_out("A sound", block));
  } else if (type == "resource_link") {
    add_line(result.text, one_line(block["uri"].string(), 2'000));
  } else if (type == "resource" && resource["text"].is_string()) {
    add_line(result.text, resource["text"].string());
  } else if (type == "resource") {
    add_line(result.text, left_out("A file", resource));
  } else {
    add_line(result.text, "[Something that is not known here: left out]");
  }
}

}  // namespace

bool is_known_mcp_version(std::string_view version) {
  return std::find(versions.begin(), versions.end(), version) != versions.end();
}

std::string one_line(std::string_view words, std::size_t bytes_max) {
  std::string line(utf8_prefix(words, bytes_max));
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return line;
}

std::string mcp_request(std::int64_t id, std::string_view method, std::string_view params) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("jsonrpc", "2.0").member("id", id).member("method", method);
  if (!params.empty()) writer.key("params").raw(params);
  writer.end_object();
  return text;
}

std::string mcp_notification(std::string_view method, std::string_view params) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("jsonrpc", "2.0").member("method", method);
  if (!params.empty()) writer.key("params").raw(params);
  writer.end_object();
  return text;
}

std::string mcp_reply(const json::Value& request) {
  std::string text;
  json::Writer writer(text);
  writer.begin_object().member("jsonrpc", "2.0").key("id").copy(request["id"]);
  if (request["method"].string() == "ping") {
    writer.key("result").begin_object().end_object();
  } else {
    writer.key("error").begin_object().member("code", method_not_found);
    writer.member("message", "This client does not do that.").end_object();
  }
  writer.end_object();
  return text;
}

McpMessage kind_of(const json::Value& message, std::int64_t id) {
  const std::string_view method = message["method"].string();
  if (!method.empty() && !message["id"].is_absent()) return McpMessage::request;
  if (method == "notifications/tools/list_changed") return McpMessage::list_changed;
  const bool is_answer = method.empty() && message["id"].integer() == id &&
                         !(message["result"].is_absent() && message["error"].is_absent());
  return is_answer ? McpMessage::answer : McpMessage::other;
}

Result<std::string> mcp_result(const json::Value& answer) {
  const json::Value error = answer["error"];
  if (!error.is_absent()) {
    return fail(Errc::upstream_failed, "The tool's server refused: " +
                                           one_line(error["message"].string(), said_bytes_max));
  }
  std::string result;
  json::Writer(result).copy(answer["result"]);
  return result;
}

Result<ListedTool> listed_tool(std::string_view server, const json::Value& tool) {
  ListedTool listed;
  listed.name = tool["name"].string();
  if (listed.name.empty()) return fail(Errc::invalid_field, "It has no name.");
  listed.offer.name = offered_name(server, listed.name);
  std::string description(tool["description"].string());
  std::replace_if(
      description.begin(), description.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; }, ' ');
  listed.offer.description = utf8_prefix(description, description_bytes_max);
  const json::Value schema = tool["inputSchema"];
  if (!schema.is_object() || schema["type"].string() != "object")
    return fail(Errc::invalid_field, "The schema of its input describes no object.");
  json::Writer(listed.offer.input_schema).copy(schema);
  if (listed.offer.input_schema.size() > schema_bytes_max)
    return fail(Errc::invalid_field, "The schema of its input is too long.");
  const auto parsed = InputSchema::parse(listed.offer.input_schema);
  if (!parsed) return tl::unexpected(parsed.error());
  return listed;
}

McpResult read_mcp_result(std::string_view text) {
  McpResult result;
  const auto parsed = json::Document::parse(std::string(text), json::Mode::foreign);
  if (!parsed || !parsed->root().is_object()) {
    result.text = "The tool's server gave a result that cannot be read.";
    result.is_error = true;
    return result;
  }
  const json::Value root = parsed->root();
  for (const json::Value block : root["content"].items()) add_block(block, result);
  result.is_error = root["isError"].boolean().value_or(false);
  if (root["structuredContent"].is_object())
    json::Writer(result.structured).copy(root["structuredContent"]);
  // Most servers say the same once more in words.
  const auto words = json::Document::parse(result.text, json::Mode::foreign);
  if (!result.structured.empty() && words && words->root().is_object()) result.text.clear();
  if (result.structured.size() > structured_bytes_max ||
      depth_of(root["structuredContent"]) > structured_depth_max) {
    result.structured.clear();
    add_line(result.text, "[Its structured content was too large, and is left out here]");
  }
  if (result.text.size() > text_bytes_max) {
    const std::size_t all = result.text.size();
    result.text = utf8_prefix(result.text, text_bytes_max);
    add_line(result.text, "[Cut here: " + std::to_string(all - result.text.size()) +
                              " more bytes are left out]");
  }
  return result;
}

}  // namespace threadkeep::tools
