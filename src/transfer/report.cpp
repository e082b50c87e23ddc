#include "base/utf8.h"
#include "json/json.h"
#include "transfer/import.h"

namespace threadkeep {
namespace {

// File names are bytes, not text.
std::string readable(std::string_view bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size();) {
    const CodePoint point = code_point_at(bytes, at);
    append_utf8(text, point.value == 0 ? replacement_character : point.value);
    at += point.length;
  }
  return text;
}

}  // namespace

std::string to_json(const ImportReport& report) {
  std::string out;
  json::Writer writer(out);
  writer.begin_object();
  writer.member("format", report.format).member("name", readable(report.name));
  writer.key("conversations").begin_object();
  writer.member("found", report.conversations.found);
  writer.member("imported", report.conversations.imported);
  writer.member("alreadyHere", report.conversations.already_here);
  writer.member("deletedForEver", report.conversations.deleted_for_ever);
  writer.member("failed", report.conversations.failed).end_object();
  writer.key("messages").begin_object();
  writer.member("found", report.messages.found);
  writer.member("imported", report.messages.imported);
  writer.member("alreadyHere", report.messages.already_here);
  writer.member("skipped", report.messages.skipped).end_object();
  writer.key("presets").begin_object();
  writer.member("found", report.presets.found);
  writer.member("imported", report.presets.imported);
  writer.member("alreadyHere", report.presets.already_here);
  writer.member("failed", report.presets.failed).end_object();
  writer.key("verbatim").begin_array();
  for (const auto& [content_type, count] : report.verbatim) {
    writer.begin_object().member("contentType", content_type).member("count", count).end_object();
  }
  writer.end_array().key("problems").begin_array();
  for (const ImportReport::Problem& problem : report.problems) {
    writer.begin_object();
    writer.member("conversation", problem.conversation).member("title", problem.title);
    writer.member("reason", problem.reason).end_object();
  }
  writer.end_array().member("problemsLeftOut", report.problems_left_out).end_object();
  return out;
}

}  // namespace threadkeep
