#include "llm/model_list.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <condition_variable>
#include <memory>
#include <utility>

#include "base/ascii.h"
#include "base/utf8.h"
#include "llm/openai_chat/failure.h"
#include "llm/openai_chat/openai_chat.h"

namespace threadkeep::llm {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t list_bytes_max = 8U << 20;
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

// The answers of the vendors that are being asked. Shared with the callbacks, which may outlive the
// wait.
struct Inquiry {
  struct Answer {
    int status = 0;
    std::string body;
    bool is_done = false;
    bool is_good = false;
  };
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Answer> answers;
};

http::OutboundEvents events_of(const std::shared_ptr<Inquiry>& inquiry, std::size_t number) {
  http::OutboundEvents events;
  events.on_head = [inquiry, number](int status, const std::vector<http::Header>&) {
    const std::lock_guard lock(inquiry->mutex);
    inquiry->answers[number].status = status;
  };
  events.on_body = [inquiry, number](std::string_view bytes) {
    const std::lock_guard lock(inquiry->mutex);
    inquiry->answers[number].body += bytes;
  };
  events.on_done = [inquiry, number](const Error* error) {
    const std::lock_guard lock(inquiry->mutex);
    Inquiry::Answer& answer = inquiry->answers[number];
    answer.is_done = true;
    answer.is_good = error == nullptr && answer.status == 200;
    inquiry->changed.notify_all();
  };
  return events;
}

http::OutboundRequest list_request(const Vendor& vendor, std::chrono::milliseconds wait_max) {
  http::OutboundRequest request;
  request.url = vendor.base_url + "/models";
  request.headers = vendor_headers(vendor);
  request.headers.push_back({"Accept", "application/json"});
  const int wait_ms = static_cast<int>(wait_max.count());
  request.connect_timeout_ms = wait_ms;
  request.first_byte_timeout_ms = wait_ms;
  request.idle_timeout_ms = wait_ms;
  request.response_bytes_max = list_bytes_max;
  return request;
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

std::optional<std::vector<ModelRow>> read_model_list(const Vendor& vendor, std::string_view body) {
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
        clean_words(first_sentence(row["description"].string()), vendor.api_key)});
  }
  std::sort(rows.begin(), rows.end(),
            [](const ModelRow& a, const ModelRow& b) { return a.id < b.id; });
  // Mistral lists a model once for each of its names.
  rows.erase(std::unique(rows.begin(), rows.end(),
                         [](const ModelRow& a, const ModelRow& b) { return a.id == b.id; }),
             rows.end());
  return rows;
}

ModelList::ModelList(const std::vector<Vendor>& vendors, http::Outbound& outbound,
                     ModelListOptions options)
    : vendors_(vendors), outbound_(outbound), options_(options), kept_(vendors.size()) {}

std::vector<ModelRow> ModelList::rows() {
  const std::lock_guard lock(mutex_);
  refresh();
  std::vector<ModelRow> rows;
  for (const Kept& kept : kept_) rows.insert(rows.end(), kept.rows.begin(), kept.rows.end());
  return rows;
}

void ModelList::refresh() {
  const Clock::time_point begin = Clock::now();
  const auto inquiry = std::make_shared<Inquiry>();
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < vendors_.size(); ++i) {
    if (begin >= kept_[i].until) asked.push_back(i);
  }
  if (asked.empty()) return;
  inquiry->answers.resize(asked.size());
  std::vector<std::unique_ptr<http::OutboundCall>> calls;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    calls.push_back(outbound_.start(list_request(vendors_[asked[i]], options_.wait_max),
                                    events_of(inquiry, i)));
  }
  {
    std::unique_lock lock(inquiry->mutex);
    inquiry->changed.wait_until(lock, begin + options_.wait_max, [&] {
      return std::all_of(inquiry->answers.begin(), inquiry->answers.end(),
                         [](const Inquiry::Answer& answer) { return answer.is_done; });
    });
  }
  calls.clear();  // who has not answered until now is not waited for
  const Clock::time_point end = Clock::now();
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const Inquiry::Answer& answer = inquiry->answers[i];
    auto rows = answer.is_good ? read_model_list(vendors_[asked[i]], answer.body) : std::nullopt;
    Kept& kept = kept_[asked[i]];
    kept.until = end + (rows ? options_.kept : options_.silence_kept);
    kept.rows = rows ? *std::move(rows) : std::vector<ModelRow>();
  }
}

}  // namespace threadkeep::llm
