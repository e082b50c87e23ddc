#include "transfer/json_import.h"

#include <algorithm>
#include <utility>

#include "transfer/formats/chatgpt.h"
#include "transfer/recognise.h"

namespace threadkeep {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view white_space = " \t\r\n";

// The store can take nothing now: the next conversation would fare no better.
bool ends_import(Errc code) {
  return code == Errc::storage_full || code == Errc::storage_unavailable ||
         code == Errc::outcome_unknown;
}

// Wrappers that other programs put around conversations: {"conversations": [...]}, {"raw": {...}}.
std::vector<json::Value> conversations_inside(const json::Value& wrapper) {
  std::vector<json::Value> found;
  for (const json::Member& member : wrapper.members()) {
    if (chatgpt::is_conversation(member.value)) found.push_back(member.value);
    for (const json::Value item : member.value.items()) {
      if (chatgpt::is_conversation(item)) found.push_back(item);
    }
  }
  return found;
}

// The first line of a text that may be one JSON object a line; empty when it has one line, or a
// huge one.
std::string first_line(std::string_view text) {
  constexpr std::size_t line_bytes_max = 1U << 20;
  const std::size_t end = text.substr(0, line_bytes_max).find('\n');
  return end == text.npos ? std::string() : std::string(text.substr(0, end));
}

// What to say of a whole file that is not one JSON value.
Error explain_whole(std::string first_line, const Error& error) {
  const auto first = json::Document::parse(std::move(first_line), json::Mode::foreign);
  if (!first || !first->root().is_object()) return {Errc::invalid_json, error.detail};
  return {Errc::unknown_format, describe_product(name_of_product(first->root()))};
}

}  // namespace

JsonImport::JsonImport(Store& store, const UserId& user, UnixMs now_ms, ReportBook& book)
    : store_(store),
      user_(user),
      now_ms_(now_ms),
      book_(book),
      splitter_(import_conversation_bytes_max,
                [this](std::string text) { return take(std::move(text)); }) {}

Result<bool> JsonImport::feed(std::string_view bytes) {
  return top_ == Top::not_seen ? look_at_head(bytes) : splitter_.feed(bytes);
}

// A byte order mark and white space may come before the value.
Result<bool> JsonImport::look_at_head(std::string_view bytes) {
  constexpr std::size_t enough_bytes = 8;  // tells apart what describe_bytes knows
  head_.append(bytes);
  if (head_.starts_with(byte_order_mark)) head_.erase(0, byte_order_mark.size());
  head_.erase(0, std::min(head_.find_first_not_of(white_space), head_.size()));
  if (head_.size() < enough_bytes) return true;
  if (head_.front() != '[' && head_.front() != '{') {
    return fail(Errc::unknown_format, describe_bytes(head_));
  }
  top_ = head_.front() == '[' ? Top::array : Top::value;
  return splitter_.feed(std::exchange(head_, {}));
}

Result<bool> JsonImport::finish() {
  if (top_ == Top::not_seen) {
    if (head_.empty()) return fail(Errc::unknown_format, describe_bytes({}));
    // A very short text: white space behind it changes nothing.
    if (auto looked = look_at_head("        "); !looked) return looked;
  }
  if (auto finished = splitter_.finish(); !finished) return finished;
  if (entries_ > 0 && !is_recognised_) return fail(Errc::unknown_format, describe_product({}));
  return entries_ > 0;
}

Result<bool> JsonImport::take(std::string text) {
  ++entries_;
  std::string line = top_ == Top::value ? first_line(text) : std::string();
  const auto document = json::Document::parse(std::move(text), json::Mode::foreign);
  if (document) return take_value(document->root());
  if (top_ == Top::value) {
    return tl::unexpected(explain_whole(std::move(line), document.error()));
  }
  return refuse_entry({}, "It is not valid JSON: " + document.error().detail);
}

Result<bool> JsonImport::take_value(const json::Value& value) {
  if (chatgpt::is_conversation(value)) return take_conversation(value);
  const std::vector<json::Value> inside = conversations_inside(value);
  for (const json::Value& conversation : inside) {
    if (auto taken = take_conversation(conversation); !taken) return taken;
  }
  if (!inside.empty()) return true;
  const std::string_view product = name_of_product(value);
  if (top_ == Top::value || (!product.empty() && !is_recognised_)) {
    return fail(Errc::unknown_format, describe_product(product));
  }
  return refuse_entry(value, value.is_object() ? "It has no messages: \"mapping\" is missing."
                                               : "It is no conversation.");
}

Result<bool> JsonImport::take_conversation(const json::Value& value) {
  if (!std::exchange(is_recognised_, true)) {
    for (ImportReport::Problem& problem : pending_) book_.add_unreadable(std::move(problem));
    pending_.clear();
  }
  SourceConversation source = chatgpt::convert(value, user_, now_ms_);
  if (source.source_id.empty()) source.source_id = number();
  if (source.merge.messages.empty()) {
    book_.add_failed(source, "It holds no messages.");
    return true;
  }
  const auto merged = store_.write(user_, source.merge);
  if (merged) {
    book_.add_merged(source, *merged);
  } else if (ends_import(merged.error().code)) {
    return tl::unexpected(merged.error());
  } else {
    book_.add_failed(source, merged.error().detail);
  }
  return true;
}

Result<bool> JsonImport::refuse_entry(const json::Value& value, std::string reason) {
  constexpr std::size_t pending_max = 10'000;
  const std::string_view id = value["conversation_id"].string();
  ImportReport::Problem problem{id.empty() ? number() : std::string(id),
                                std::string(value["title"].string()), std::move(reason)};
  if (is_recognised_) {
    book_.add_unreadable(std::move(problem));
    return true;
  }
  pending_.push_back(std::move(problem));
  if (pending_.size() < pending_max) return true;
  return fail(Errc::unknown_format, describe_product({}));
}

}  // namespace threadkeep
