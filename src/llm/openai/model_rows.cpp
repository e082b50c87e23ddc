#include "llm/openai/model_rows.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "base/utf8.h"
#include "llm/foreign_words.h"

namespace threadkeep::llm {
namespace {

constexpr std::size_t description_bytes_max = 160;

// Words of a model's id, split at everything that is no letter or digit.
constexpr auto other_purposes = std::to_array<std::string_view>({
    "embedding",
    "embeddings",
    "embed",
    "whisper",
    "tts",
    "dall",
    "moderation",
    "transcribe",
    "transcription",
    "realtime",
    "audio",
    "speech",
    "rerank",
    "reranker",
    "sora",
    "ocr",
    "davinci",
    "babbage",
});
constexpr auto other_beginnings =
    std::to_array<std::string_view>({"gpt-image", "chatgpt-image", "gpt-3.5-turbo-instruct",
                                     "computer-use", "stable-diffusion", "flux"});

bool has_other_purpose(std::string_view id) {
  // "vendor/model": the vendor says nothing.
  const std::string_view name =
      id.substr(id.rfind('/') == std::string_view::npos ? 0 : id.rfind('/') + 1);
  std::string word;
  for (std::size_t i = 0; i <= name.size(); ++i) {
    if (i < name.size() && std::isalnum(static_cast<unsigned char>(name[i])) != 0) {
      word += lower(name[i]);
      continue;
    }
    if (std::find(other_purposes.begin(), other_purposes.end(), word) != other_purposes.end())
      return true;
    word.clear();
  }
  return std::any_of(
      other_beginnings.begin(), other_beginnings.end(),
      [&](std::string_view beginning) { return name.substr(0, beginning.size()) == beginning; });
}

bool contains(json::Value list, std::string_view text) {
  for (const json::Value item : list.items()) {
    if (item.string() == text) return true;
  }
  return false;
}

// Up to the end of the first sentence or line.
std::string first_sentence(std::string_view text) {
  std::size_t end = text.find('\n');
  const std::size_t stop = text.find(". ");
  if (stop != std::string_view::npos && (end == std::string_view::npos || stop < end))
    end = stop + 1;
  text = text.substr(0, end);
  if (text.size() <= description_bytes_max) return std::string(text);
  return std::string(utf8_prefix(text, description_bytes_max)) + "…";
}

// Nobody talks to a model with less; a number like that says something else.
constexpr std::int64_t context_tokens_min = 256;

// Each has its own word for it: OpenRouter, Groq, Mistral and LM Studio, vLLM.
std::optional<std::int64_t> context_tokens(json::Value row) {
  for (const char* name :
       {"context_length", "context_window", "max_context_length", "max_model_len"}) {
    const auto tokens = row[name].integer();
    if (tokens && *tokens >= context_tokens_min) return tokens;
  }
  return std::nullopt;
}

}  // namespace

bool is_chat_model(json::Value row) {
  const std::string_view id = row["id"].string();
  if (id.empty() || has_other_purpose(id)) return false;
  // Mistral and OpenRouter say it themselves.
  if (row["capabilities"]["completion_chat"].boolean() == false) return false;
  const json::Value modalities = row["architecture"]["output_modalities"];
  return !modalities.is_array() || contains(modalities, "text");
}

ModelRows read_model_list(const Vendor& vendor, std::string_view body) {
  const auto document = json::Document::parse(std::string(body), json::Mode::foreign);
  if (!document) return std::nullopt;
  const json::Value root = document->root();
  const json::Value list = root.is_array() ? root : root["data"];
  if (!list.is_array()) return std::nullopt;
  std::vector<ModelRow> rows;
  for (const json::Value row : list.items()) {
    if (!is_chat_model(row)) continue;
    const std::string id(row["id"].string());
    const std::string_view name = row["name"].string();
    rows.push_back(ModelRow{
        vendor.name + "/" + id, clean_words(name.empty() ? id : name, vendor.api_key), vendor.label,
        clean_words(first_sentence(row["description"].string()), vendor.api_key),
        row["created"].integer().value_or(0), context_tokens(row)});
  }
  std::sort(rows.begin(), rows.end(),
            [](const ModelRow& a, const ModelRow& b) { return a.id < b.id; });
  // Mistral lists a model once for each of its names.
  rows.erase(std::unique(rows.begin(), rows.end(),
                         [](const ModelRow& a, const ModelRow& b) { return a.id == b.id; }),
             rows.end());
  return rows;
}

}  // namespace threadkeep::llm
