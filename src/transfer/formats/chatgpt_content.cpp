#include "transfer/formats/chatgpt_content.h"

#include <algorithm>

#include "transfer/content_blocks.h"
#include "transfer/formats/chatgpt_citations.h"
#include "transfer/strict_json.h"

namespace threadkeep::chatgpt {
namespace {

// Uploads that are looked at to find the name of a picture; people send a handful.
constexpr std::size_t named_uploads_max = 100;

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool is_web_address(std::string_view url) {
  return url.starts_with("https://") || url.starts_with("http://");
}

// "python" and "c++" as they are; "unknown" and anything odd as nothing.
std::string_view fence_language(std::string_view language) {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-#._";
  const bool is_odd = language == "unknown" || language.size() > 40 ||
                      language.find_first_not_of(allowed) != std::string_view::npos;
  return is_odd ? std::string_view() : language;
}

// The tool that an assistant speaks to; empty when it speaks to people.
std::string_view tool_of(const json::Value& message, Role role) {
  const std::string_view recipient = message["recipient"].string();
  const bool is_person = recipient == "all" || recipient == "user" || recipient == "assistant";
  return role != Role::assistant || is_person ? std::string_view() : recipient;
}

class ContentConverter {
 public:
  ContentConverter(const json::Value& message, Role role, std::string_view call_id,
                   std::string_view answered_call)
      : metadata_(message["metadata"]),
        content_(message["content"]),
        role_(role),
        tool_(tool_of(message, role)),
        call_id_(call_id),
        answered_call_(answered_call),
        citations_(metadata_) {}

  MessageContent convert();

 private:
  enum class Style { prose, code };

  void read_content();
  void read_typed(std::string_view type);
  void read_parts();
  void read_part(const json::Value& part);
  void read_thoughts();
  void read_recap();
  void read_quoted_page();
  void read_widget();
  bool read_report(const json::Value& report);
  void read_uploads();
  void say_field(std::string_view name, Style style);
  void say(std::string_view text, Style style = Style::prose);
  void keep(std::string_view kind, const json::Value& original, std::string_view name = {});
  json::Value upload_of(std::string_view pointer) const;
  void add_speech();
  std::string tool_input() const;
  bool speaks_with_tool() const {
    return !tool_.empty() || (role_ == Role::tool && !answered_call_.empty());
  }

  const json::Value metadata_;
  const json::Value content_;
  const Role role_;
  const std::string_view tool_;
  const std::string_view call_id_;
  const std::string_view answered_call_;
  const Citations citations_;

  ContentBlocks blocks_;
  // Words to or from a tool become one block, in front of what else the message holds.
  std::string tool_speech_;
  Style tool_speech_style_ = Style::prose;
  bool is_error_ = false;
  bool is_tool_call_ = false;
  struct Kept {
    std::string_view kind;
    json::Value original;
    std::string_view name;
  };
  std::vector<Kept> kept_;
  Citations::Source quoted_;
  std::vector<std::string_view> shown_uploads_;  // ids of those that stand among the parts
};

MessageContent ContentConverter::convert() {
  read_content();
  read_widget();
  read_uploads();
  add_speech();
  if (is_web_address(quoted_.url)) blocks_.source(quoted_.url, quoted_.title);
  for (const Citations::Source& source : citations_.sources()) {
    blocks_.source(source.url, source.title);
  }
  MessageContent result;
  result.is_empty = blocks_.is_empty();
  result.is_too_large = blocks_.is_too_large();
  result.is_tool_call = is_tool_call_;
  result.verbatim = blocks_.verbatim_kinds();
  if (!result.is_too_large) result.blocks = blocks_.take_json();
  return result;
}

void ContentConverter::read_content() {
  switch (content_.kind()) {
    case json::Kind::object:
      return read_typed(content_["content_type"].string());
    case json::Kind::array:
      for (const json::Value part : content_.items()) read_part(part);
      return;
    case json::Kind::string:
      return say(content_.string());
    case json::Kind::null:
      return;
    default:
      return keep("part", content_);
  }
}

void ContentConverter::read_typed(std::string_view type) {
  if (type.empty() || type == "text" || type == "multimodal_text") return read_parts();
  if (type == "code" || type == "execution_output") return say_field("text", Style::code);
  if (type == "citable_code_output") return say_field("output_str", Style::code);
  if (type == "thoughts") return read_thoughts();
  if (type == "reasoning_recap") return read_recap();
  if (type == "tether_quote" || type == "sonic_webpage") return read_quoted_page();
  if (type == "tether_browsing_display") {
    const bool has_result = !is_blank(content_["result"].string());
    return say_field(has_result ? "result" : "summary", Style::prose);
  }
  if (type == "user_editable_context") {
    say(content_["user_profile"].string());
    return say(content_["user_instructions"].string());
  }
  if (type == "model_editable_context") return say_field("model_set_context", Style::prose);
  if (type == "system_error") {
    is_error_ = true;
    say(content_["name"].string());
    return say_field("text", Style::prose);
  }
  keep(type, content_);
}

void ContentConverter::read_parts() {
  const json::Value parts = content_["parts"];
  if (parts.is_array()) {
    for (const json::Value part : parts.items()) read_part(part);
  } else if (parts.is_null()) {
    say_field("text", Style::prose);
  } else {
    say_field("parts", Style::prose);
  }
}

void ContentConverter::read_part(const json::Value& part) {
  if (part.is_null()) return;
  if (part.is_string()) return say(part.string());
  const std::string_view type = part["content_type"].string();
  const bool is_words = type.empty() || type == "text" || type == "audio_transcription";
  if (is_words && part["text"].is_string()) return say(part["text"].string());
  const json::Value asset = part["asset_pointer"].is_string() ? part : part["audio_asset_pointer"];
  const json::Value upload = upload_of(asset["asset_pointer"].string());
  if (!upload.is_absent()) shown_uploads_.push_back(upload["id"].string());
  keep(type.empty() ? "part" : type, part, upload["name"].string());
}

// What "attachments" says of a picture or sound, whose address holds the id of the upload.
json::Value ContentConverter::upload_of(std::string_view pointer) const {
  std::size_t left = named_uploads_max;
  for (const json::Value upload : metadata_["attachments"].items()) {
    if (left-- == 0) break;
    const std::string_view id = upload["id"].string();
    if (!id.empty() && pointer.find(id) != pointer.npos) return upload;
  }
  return {};
}

void ContentConverter::read_thoughts() {
  const json::Value thoughts = content_["thoughts"];
  if (thoughts.is_string() && !is_blank(thoughts.string())) blocks_.reasoning(thoughts.string());
  if (!thoughts.is_array()) return read_recap();
  for (const json::Value thought : thoughts.items()) {
    if (thought.is_string() && !is_blank(thought.string())) blocks_.reasoning(thought.string());
    std::string text;
    if (const std::string_view summary = thought["summary"].string(); !is_blank(summary)) {
      text.append("**").append(summary).append("**");
    }
    std::string body(thought["content"].string());
    if (is_blank(body)) {
      for (const json::Value chunk : thought["chunks"].items()) body += chunk.string();
    }
    if (!is_blank(body)) text.append(text.empty() ? "" : "\n\n").append(body);
    blocks_.reasoning(text);
  }
}

void ContentConverter::read_recap() {
  if (!is_blank(content_["content"].string())) blocks_.reasoning(content_["content"].string());
  for (const json::Value part : content_["parts"].items()) {
    if (!is_blank(part.string())) blocks_.reasoning(part.string());
  }
}

void ContentConverter::read_quoted_page() {
  quoted_ = {content_["url"].string(), content_["title"].string()};
  if (!is_web_address(quoted_.url)) say(quoted_.title);
  say_field("text", Style::prose);
}

// What a widget shows is in its state, as JSON in a string.
void ContentConverter::read_widget() {
  const json::Value sdk = metadata_["chatgpt_sdk"];
  const json::Value state = sdk["widget_state"];
  if (state.is_absent() || state.is_null()) return;
  if (state.is_object() && read_report(state["report_message"])) return;
  const auto document = json::Document::parse(std::string(state.string()), json::Mode::foreign);
  if (!document || !read_report(document->root()["report_message"])) keep("widget", sdk);
}

// Whether there was one. Views into its document end with this.
bool ContentConverter::read_report(const json::Value& report) {
  const Citations citations(report["metadata"]);
  std::string text;
  for (const json::Value part : report["content"]["parts"].items()) {
    const std::string readable = citations.readable(part.string());
    if (is_blank(readable)) continue;
    if (!text.empty()) text += "\n\n";
    text += readable;
  }
  if (text.empty()) return false;
  blocks_.text(text);
  for (const Citations::Source& source : citations.sources())
    blocks_.source(source.url, source.title);
  return true;
}

// Files sent along. Those that stand among the parts as pictures are there already.
void ContentConverter::read_uploads() {
  for (const json::Value upload : metadata_["attachments"].items()) {
    const std::string_view id = upload["id"].string();
    const bool is_shown = !id.empty() && std::find(shown_uploads_.begin(), shown_uploads_.end(),
                                                   id) != shown_uploads_.end();
    if (!is_shown && !upload.is_null()) keep("attachment", upload, upload["name"].string());
  }
}

void ContentConverter::say_field(std::string_view name, Style style) {
  const json::Value field = content_[name];
  if (field.is_string()) return say(field.string(), style);
  if (!field.is_null()) keep(content_["content_type"].string(), content_);
}

void ContentConverter::say(std::string_view text, Style style) {
  if (is_blank(text)) return;
  if (speaks_with_tool()) {
    if (!tool_speech_.empty()) tool_speech_.push_back('\n');
    tool_speech_.append(text);
    tool_speech_style_ = style;
  } else if (style == Style::code) {
    blocks_.text(fenced_code(fence_language(content_["language"].string()), text));
  } else if (role_ == Role::assistant) {
    const std::string shown = citations_.readable(text);
    if (!is_blank(shown)) blocks_.text(shown);
  } else {
    blocks_.text(text);
  }
}

void ContentConverter::keep(std::string_view kind, const json::Value& original,
                            std::string_view name) {
  if (speaks_with_tool()) {
    kept_.push_back({kind, original, name});
  } else {
    blocks_.verbatim(product, kind, original, name);
  }
}

void ContentConverter::add_speech() {
  if (!tool_speech_.empty() && !tool_.empty()) {
    blocks_.tool_use(call_id_, tool_, tool_input());
    is_tool_call_ = true;
  } else if (!tool_speech_.empty()) {
    using Outcome = ContentBlocks::Outcome;
    blocks_.tool_result(answered_call_, tool_speech_, is_error_ ? Outcome::error : Outcome::good);
  }
  for (const Kept& kept : kept_) {
    blocks_.verbatim(product, kept.kind, kept.original, kept.name);
  }
}

// The arguments when they are a JSON object, as with most tools.
std::string ContentConverter::tool_input() const {
  std::string input;
  json::Writer writer(input);
  if (tool_speech_.find_first_not_of(" \t\r\n") == tool_speech_.find('{')) {
    const Result<json::Document> document =
        json::Document::parse(tool_speech_, json::Mode::foreign);
    if (document && document->root().is_object()) {
      write_strict(writer, document->root());
      return input;
    }
  }
  writer.begin_object();
  if (tool_speech_style_ == Style::code) {
    const std::string_view language = fence_language(content_["language"].string());
    if (!language.empty()) writer.member("language", language);
    writer.member("code", tool_speech_);
  } else {
    writer.member("text", tool_speech_);
  }
  writer.end_object();
  return input;
}

}  // namespace

bool is_instructions(const json::Value& message) {
  const std::string_view type = message["content"]["content_type"].string();
  return type == "user_editable_context" || type == "model_editable_context" ||
         message["metadata"]["is_user_system_message"].boolean().value_or(false);
}

bool is_hidden(const json::Value& message) {
  return message["metadata"]["is_visually_hidden_from_conversation"].boolean().value_or(false);
}

bool is_left_out_by_source(const json::Value& message) {
  return is_hidden(message) || message["weight"].number() == 0.0;
}

MessageContent hidden_content(const json::Value& message) {
  ContentBlocks blocks;
  blocks.verbatim(product, "hidden", message["content"]);
  MessageContent result;
  result.is_too_large = blocks.is_too_large();
  result.verbatim = blocks.verbatim_kinds();
  if (!result.is_too_large) result.blocks = blocks.take_json();
  return result;
}

MessageContent convert_content(const json::Value& message, Role role, std::string_view call_id,
                               std::string_view answered_call) {
  return ContentConverter(message, role, call_id, answered_call).convert();
}

}  // namespace threadkeep::chatgpt
