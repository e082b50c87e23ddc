#include "llm/recordings.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace threadkeep::llm {
namespace {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

std::optional<Recording::Wire> protocol_of(const std::vector<std::string>& documents) {
  for (const std::string& text : documents) {
    const auto document = json::Document::parse(text, json::Mode::foreign);
    if (!document) return std::nullopt;
    const json::Value root = document->root();
    if (root["choices"].is_array()) return Recording::Wire::openai_chat;
    const std::string_view type = root["type"].string();
    if (type == "message_start" || (type == "message" && root["stop_reason"].is_string()))
      return Recording::Wire::anthropic_messages;
    if (type.starts_with("response.") || root["object"].string() == "response")
      return Recording::Wire::openai_responses;
    if (root["candidates"].is_array() && root["usageMetadata"].is_object())
      return Recording::Wire::gemini;
  }
  return std::nullopt;
}

// Of what is no answer in one of our protocols, by what its first document has.
std::string other_kind_of(const std::string& name, const std::string& text) {
  if (name.find(".request.") != std::string::npos) return "request";
  const std::string first = name.ends_with(".json") ? text : text.substr(0, text.find('\n'));
  const auto document = json::Document::parse(first, json::Mode::foreign);
  if (!document) return "";
  const json::Value root = document->root();
  const auto has = [&](const char* key) { return !root[key].is_absent(); };
  if (root["error"].is_object()) return "refusal";
  if (root["message"].is_object() && has("done")) return "ollama";
  if (root["messageStart"].is_object() || root["contentBlockStart"].is_object() ||
      root["contentBlockDelta"].is_object() || (root["output"].is_object() && has("stopReason")))
    return "bedrock converse";
  if (root["type"].string() == "message-start" ||
      (root["message"]["content"].is_array() && has("finish_reason")) ||
      (root["message"]["tool_calls"].is_array() && has("finish_reason")))
    return "cohere chat";
  if (root["event_type"].string().starts_with("interaction.") || root["steps"].is_array())
    return "gemini interactions";
  if (root["results"].is_array()) return "reranking";
  if (has("latest_version") || has("skill_id")) return "skill";
  if (root.is_array() && !root.at(0)["parent_tool_use_id"].is_absent()) return "agent";
  return "";
}

std::vector<std::string> sse_documents(const std::string& text) {
  std::vector<std::string> documents;
  for (const std::string& line : lines_of(text)) {
    if (line.rfind("data:", 0) == 0 && line.find("[DONE]") == std::string::npos)
      documents.push_back(line.substr(5));
  }
  return documents;
}

std::vector<std::string> line_documents(const std::string& text) {
  std::vector<std::string> documents;
  for (const std::string& line : lines_of(text)) {
    if (!line.empty()) documents.push_back(line);
  }
  return documents;
}

std::string wrapped(const std::vector<std::string>& chunks) {
  std::string wire;
  for (const std::string& chunk : chunks) wire += "data: " + chunk + "\n\n";
  return wire;
}

Recording read_recording(const fs::path& path, const std::string& text) {
  Recording recording;
  recording.path = path.string();
  const std::string name = path.filename().string();
  if (path.extension() == ".sse") {
    recording.wire = text;
    recording.chunks = sse_documents(text);
  } else if (path.extension() == ".txt") {
    recording.chunks = line_documents(text);
    for (std::string& chunk : recording.chunks) {
      if (json::Document::parse(chunk, json::Mode::foreign)) continue;
      chunk += "}";
      recording.is_mended = true;
    }
    recording.wire = wrapped(recording.chunks);
  } else if (path.extension() == ".json" && name.find(".request.") == std::string::npos) {
    recording.wire = text;
    recording.chunks = {text};
    recording.is_document = true;
  }
  return recording;
}

}  // namespace

std::optional<std::string> recordings_folder() {
  const char* root = std::getenv("THREADKEEP_SHARED");
  const fs::path folder = fs::path(root == nullptr ? "../shared" : root) / "data" / "streams";
  if (!fs::is_directory(folder)) return std::nullopt;
  return folder.string();
}

RecordedFiles read_recordings(const std::string& folder) {
  RecordedFiles files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string text = read_file(entry.path());
    Recording recording = read_recording(entry.path(), text);
    if (const auto protocol = protocol_of(recording.chunks)) {
      recording.protocol = *protocol;
      files.answers.push_back(std::move(recording));
    } else {
      const std::string name = entry.path().filename().string();
      files.others[other_kind_of(name, text)].push_back(entry.path().string());
    }
  }
  std::sort(files.answers.begin(), files.answers.end(),
            [](const Recording& a, const Recording& b) { return a.path < b.path; });
  return files;
}

}  // namespace threadkeep::llm
