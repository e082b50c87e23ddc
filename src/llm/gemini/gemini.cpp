#include "llm/gemini/gemini.h"

#include <algorithm>
#include <array>
#include <utility>

#include "json/json.h"
#include "llm/foreign_words.h"
#include "llm/gemini/gemini_parser.h"
#include "llm/gemini/gemini_request.h"
#include "llm/path_step.h"
#include "llm/streamed_call.h"

namespace threadkeep::llm {
namespace {

// All of them, in one page.
constexpr std::string_view models_path = "/models?pageSize=1000";
constexpr std::string_view name_prefix = "models/";
// Of names of models that answer with something else than text, or not to a question at all.
constexpr auto other_purposes = std::to_array<std::string_view>(
    {"embedding", "-tts", "-image", "-live", "native-audio", "computer-use", "robotics"});

http::OutboundRequest signed_request(const Vendor& vendor, std::string_view path) {
  http::OutboundRequest request = request_to(vendor.base_url, path);
  if (!vendor.api_key.empty()) request.headers.push_back({"x-goog-api-key", vendor.api_key});
  return request;
}

bool writes_text(json::Value row) {
  const std::string_view name = row["name"].string();
  const auto is_in_name = [&](std::string_view word) {
    return name.find(word) != std::string_view::npos;
  };
  if (std::any_of(other_purposes.begin(), other_purposes.end(), is_in_name)) return false;
  const json::Value methods = row["supportedGenerationMethods"];
  if (!methods.is_array()) return true;
  for (const json::Value method : methods.items()) {
    if (method.string() == "generateContent") return true;
  }
  return false;
}

// Reading and writing have windows of their own there.
std::optional<std::int64_t> context_tokens(json::Value row) {
  constexpr std::int64_t believed_max = 1'000'000'000;
  const std::int64_t read = row["inputTokenLimit"].integer().value_or(0);
  const std::int64_t written = row["outputTokenLimit"].integer().value_or(0);
  if (read <= 0 || read > believed_max) return std::nullopt;
  return read + std::clamp<std::int64_t>(written, 0, believed_max);
}

}  // namespace

std::unique_ptr<Call> Gemini::list(const Vendor& vendor, std::chrono::milliseconds wait_max,
                                   std::function<void(VendorModels)> on_models) {
  return fetch_models(outbound_, signed_request(vendor, models_path), vendor, wait_max,
                      read_gemini_models, std::move(on_models));
}

Takes Gemini::takes(const Vendor& /*vendor*/, std::string_view /*model*/) const {
  return gemini_takes;
}

std::unique_ptr<Call> Gemini::start(const Vendor& vendor, const Request& request,
                                    std::function<void(Event)> on_event) {
  AnswerParserOptions options;
  options.asked = asked_of(vendor, request.model);
  options.tool_id_prefix = random_tool_id_prefix();
  options.tool_names = ToolNames(request.tools);
  std::string body = gemini_request_body(request, options.tool_names);
  const auto make_parser = [&options](const std::function<void(Event)>& listener) {
    return std::make_unique<GeminiParser>(std::move(options), listener);
  };
  return start_streamed(outbound_, signed_request(vendor, gemini_path(request.model)),
                        std::move(body), make_parser, std::move(on_event));
}

std::string gemini_path(std::string_view model) {
  std::string path = "/";
  // "tunedModels/..." stands beside "models/...".
  if (model.find('/') == std::string_view::npos) path += name_prefix;
  return path + path_step(model, Slash::kept) + ":streamGenerateContent?alt=sse";
}

ModelRows read_gemini_models(const Vendor& vendor, std::string_view body) {
  const auto document = json::Document::parse(std::string(body), json::Mode::foreign);
  if (!document || !document->root()["models"].is_array()) return std::nullopt;
  std::vector<ModelRow> rows;
  for (const json::Value row : document->root()["models"].items()) {
    std::string_view name = row["name"].string();
    if (name.starts_with(name_prefix)) name.remove_prefix(name_prefix.size());
    if (name.empty() || !writes_text(row)) continue;
    const std::string_view label = row["displayName"].string();
    ModelRow model;
    model.id = vendor.name + "/" + std::string(name);
    model.name = clean_words(label.empty() ? name : label, vendor.api_key);
    model.vendor = vendor.label;
    model.description = clean_words(row["description"].string(), vendor.api_key);
    model.context_tokens = context_tokens(row);
    rows.push_back(std::move(model));
  }
  std::sort(rows.begin(), rows.end(),
            [](const ModelRow& a, const ModelRow& b) { return a.id < b.id; });
  return rows;
}

}  // namespace threadkeep::llm
