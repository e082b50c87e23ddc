#include "domain/context_summary.h"

#include "json/json.h"

namespace threadkeep {
namespace {

// Nearly all messages have none, and need not be read for it.
bool may_have_one(std::string_view content) {
  return content.find(context_summary_type) != std::string_view::npos;
}

}  // namespace

std::string block_json(const ContextSummary& summary) {
  std::string json;
  json::Writer(json)
      .begin_object()
      .member("type", context_summary_type)
      .member("text", summary.text)
      .member("from", summary.from.text())
      .member("through", summary.through.text())
      .member("messages", summary.messages)
      .member("model", summary.model)
      .end_object();
  return json;
}

std::optional<ContextSummary> context_summary_of(const Message& message) {
  if (message.role != Role::assistant || !may_have_one(message.content)) return std::nullopt;
  const auto content = json::Document::parse(message.content, json::Mode::foreign);
  if (!content) return std::nullopt;
  const json::Value block = content->root().at(0);
  if (block["type"].string() != context_summary_type) return std::nullopt;
  const auto from = Ulid::parse(block["from"].string());
  const auto through = Ulid::parse(block["through"].string());
  if (!from || !through || block["text"].string().empty()) return std::nullopt;
  return ContextSummary{std::string(block["text"].string()), *from, *through,
                        block["messages"].integer().value_or(0),
                        std::string(block["model"].string())};
}

std::string without_context_summaries(const std::string& content) {
  if (!may_have_one(content)) return content;
  const auto document = json::Document::parse(content, json::Mode::foreign);
  if (!document) return content;
  std::string said;
  json::Writer writer(said);
  writer.begin_array();
  for (const json::Value block : document->root().items()) {
    if (block["type"].string() != context_summary_type) writer.raw(block.raw());
  }
  writer.end_array();
  return said;
}

}  // namespace threadkeep
