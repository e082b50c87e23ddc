// The recorded provider streams beside the checkout, whatever they are wrapped in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "json/json.h"

namespace threadkeep::llm {

struct Recording {
  enum class Wire { openai_chat, openai_responses, anthropic_messages, gemini };
  Wire protocol = Wire::openai_chat;
  std::string path;
  std::string wire;                 // the body as the vendor sent it
  std::vector<std::string> chunks;  // the JSON documents in it, in order
  bool is_document = false;         // one JSON answer instead of a stream
  bool is_mended = false;  // somebody wrote it by hand and left out a brace: it is put there
};

struct RecordedFiles {
  // Every stream of these protocols and every such answer in one piece, sorted by path. Events that
  // are stored as one JSON document per line are wrapped as a vendor sends them.
  std::vector<Recording> answers;
  // What is no answer in one of our protocols: its paths, by kind. Those that nobody knows have the
  // kind "".
  std::map<std::string, std::vector<std::string>> others;
};

// The folder of the recordings; nothing when it is not there.
std::optional<std::string> recordings_folder();

RecordedFiles read_recordings(const std::string& folder);

// What such a stream says, found the simple way: with the whole of it at hand, and nothing of
// src/llm.
struct Expected {
  struct Tool {
    std::string id;
    std::string name;
    std::string input;
  };
  std::string text;
  std::string reasoning;
  std::vector<Tool> tools;
  std::optional<std::pair<std::int64_t, std::int64_t>> usage;
  std::string reason;  // the last finish_reason or stop_reason
  std::optional<std::string> error;
};
Expected expected_of(const Recording& recording);

}  // namespace threadkeep::llm
