#include "domain/content.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.h"
#include "base/utf8.h"

namespace threadkeep {
namespace {

using json::Document;
using json::Kind;
using json::Mode;
using json::Value;

// What a field of a known block must be.
enum class Field { words, any_string, object, boolean, whole_number, byte_count, tool_output };
enum class Presence { required, optional };

struct FieldRule {
  std::string_view name;
  Field field = Field::any_string;
  Presence presence = Presence::required;
};

struct BlockRule {
  std::string_view type;
  std::array<FieldRule, 5> fields;  // the rest have no name
};

constexpr std::array<FieldRule, 5> attachment_fields{{{"attachmentId", Field::words},
                                                      {"name", Field::any_string},
                                                      {"mediaType", Field::any_string},
                                                      {"size", Field::byte_count}}};

// `text` of text and reasoning blocks has a rule of its own: EmptyText.
constexpr std::array<BlockRule, 8> block_rules{{
    {"text", {{{"text", Field::any_string}}}},
    {"reasoning",
     {{{"text", Field::any_string}, {"signature", Field::any_string, Presence::optional}}}},
    {"tool_use", {{{"id", Field::words}, {"name", Field::words}, {"input", Field::object}}}},
    {"tool_result",
     {{{"toolUseId", Field::words},
       {"content", Field::tool_output},
       {"isError", Field::boolean, Presence::optional}}}},
    {"image", attachment_fields},
    {"file", attachment_fields},
    {"source", {{{"url", Field::words}, {"title", Field::any_string, Presence::optional}}}},
    {"context_summary",
     {{{"text", Field::words},
       {"from", Field::words},
       {"through", Field::words},
       {"messages", Field::whole_number},
       {"model", Field::any_string}}}},
}};

bool fits(const Value& value, Field field) {
  switch (field) {
    case Field::words:
      return !value.string().empty();
    case Field::any_string:
      return value.is_string();
    case Field::object:
      return value.is_object();
    case Field::boolean:
      return value.kind() == Kind::boolean;
    case Field::whole_number:
    case Field::byte_count:
      return value.integer().value_or(-1) >= 0;
    case Field::tool_output:
      return value.is_string() || value.is_array() || value.is_object();
  }
  return false;
}

std::string_view expectation(Field field) {
  switch (field) {
    case Field::words:
      return "a string that is not empty";
    case Field::any_string:
      return "a string";
    case Field::object:
      return "an object";
    case Field::boolean:
      return "true or false";
    case Field::whole_number:
      return "a whole number";
    case Field::byte_count:
      return "a whole number of bytes";
    case Field::tool_output:
      return "a string, an array or an object";
  }
  return {};
}

tl::unexpected<Error> refuse_field(std::size_t index, std::string_view name,
                                   std::string_view expected) {
  return fail(Errc::invalid_field, "content[" + std::to_string(index) + "]." + std::string(name) +
                                       " must be " + std::string(expected) + ".");
}

// A signature alone is an answer of providers that keep their reasoning to themselves.
bool lacks_text(const Value& block, std::string_view type) {
  if (type != "text" && type != "reasoning") return false;
  return block["text"].string().empty() && block["signature"].string().empty();
}

Result<void> check_block(const Value& block, std::size_t index, EmptyText empty_text) {
  if (!block.is_object()) {
    return fail(Errc::invalid_field, "content[" + std::to_string(index) + "] must be an object.");
  }
  const std::string_view type = block["type"].string();
  if (type.empty()) return refuse_field(index, "type", expectation(Field::words));
  const auto* const rule = std::find_if(block_rules.begin(), block_rules.end(),
                                        [&](const BlockRule& known) { return known.type == type; });
  if (rule == block_rules.end()) return {};
  for (const FieldRule& field : rule->fields) {
    if (field.name.empty()) break;
    const Value value = block[field.name];
    if (value.is_absent() && field.presence == Presence::optional) continue;
    if (!fits(value, field.field)) return refuse_field(index, field.name, expectation(field.field));
  }
  if (empty_text == EmptyText::refused && lacks_text(block, type)) {
    return refuse_field(index, "text", expectation(Field::words));
  }
  return {};
}

// Pictures and other files as base64 are no words.
bool is_encoded(std::string_view text) {
  constexpr std::size_t sample = 256;
  if (text.size() < sample) return false;
  return std::all_of(text.begin(), text.begin() + sample, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("+/=-_").find(c) != std::string_view::npos;
  });
}

// Collects words up to a limit, one piece a line.
class Words {
 public:
  explicit Words(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  void add(std::string_view text) {
    if (is_full_ || text.empty()) return;
    const std::size_t border = text_.empty() ? 0 : 1;
    const std::size_t left = bytes_max_ - text_.size();
    const std::string_view piece = utf8_prefix(text, left > border ? left - border : 0);
    is_full_ = piece.size() < text.size();
    if (piece.empty()) return;
    if (border != 0) text_.push_back('\n');
    text_.append(piece);
  }

  // All strings of a value, at any depth (that of a document is limited), in source order. Keys are
  // names, not words.
  void add_strings(const Value& value) {
    if (is_full_) return;
    if (value.is_string() && !is_encoded(value.string())) add(value.string());
    for (const Value item : value.items()) add_strings(item);
    for (const json::Member& member : value.members()) add_strings(member.value);
  }

  // What a tool gave back: a string, blocks, or any other value.
  void add_tool_output(const Value& output) {
    if (!output.is_array()) return add_strings(output);
    for (const Value item : output.items()) {
      if (!item.is_object()) add_strings(item);
      for (const json::Member& member : item.members()) {
        if (member.key != "type") add_strings(member.value);
      }
    }
  }

  std::string take() { return std::move(text_); }

 private:
  std::size_t bytes_max_;
  bool is_full_ = false;
  std::string text_;
};

bool same_value(const Value& a, const Value& b);

bool same_items(const Value& a, const Value& b) {
  const auto a_items = a.items();
  const auto b_items = b.items();
  auto at = a_items.begin();
  auto bt = b_items.begin();
  for (; at != a_items.end() && bt != b_items.end(); ++at, ++bt) {
    if (!same_value(*at, *bt)) return false;
  }
  return !(at != a_items.end()) && !(bt != b_items.end());
}

std::vector<json::Member> sorted_members(const Value& object) {
  std::vector<json::Member> members;
  for (const json::Member& member : object.members()) members.push_back(member);
  std::sort(members.begin(), members.end(),
            [](const json::Member& x, const json::Member& y) { return x.key < y.key; });
  return members;
}

bool same_members(const Value& a, const Value& b) {
  const std::vector<json::Member> as = sorted_members(a);
  const std::vector<json::Member> bs = sorted_members(b);
  return std::equal(as.begin(), as.end(), bs.begin(), bs.end(),
                    [](const json::Member& x, const json::Member& y) {
                      return x.key == y.key && same_value(x.value, y.value);
                    });
}

// The depth is that of a parsed document, so it is limited.
bool same_value(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::string:
      return a.string() == b.string();
    case Kind::array:
      return same_items(a, b);
    case Kind::object:
      return same_members(a, b);
    default:
      return a.raw() == b.raw();
  }
}

// Members by name, strings decoded and written again, numbers by their source text.
void write_canonical(json::Writer& writer, const Value& value) {
  if (value.is_array()) {
    writer.begin_array();
    for (const Value item : value.items()) write_canonical(writer, item);
    writer.end_array();
  } else if (value.is_object()) {
    writer.begin_object();
    for (const json::Member& member : sorted_members(value)) {
      writer.key(member.key);
      write_canonical(writer, member.value);
    }
    writer.end_object();
  } else if (value.is_string()) {
    writer.string(value.string());
  } else {
    writer.raw(value.raw());
  }
}

}  // namespace

Result<void> check_content(const Value& content, EmptyText empty_text) {
  if (!content.is_array()) return fail(Errc::invalid_field, "content must be an array of blocks.");
  if (content.raw().size() > limits::content_bytes_max) {
    return fail(Errc::too_large,
                "content is longer than " + std::to_string(limits::content_bytes_max) + " bytes.");
  }
  if (is_deeper_than(content, limits::value_depth_max)) {
    return fail(Errc::json_too_deep, "content is nested more than " +
                                         std::to_string(limits::value_depth_max) + " levels deep.");
  }
  std::size_t index = 0;
  for (const Value block : content.items()) {
    if (index == limits::content_blocks_max) {
      return fail(Errc::too_large, "content has more than " +
                                       std::to_string(limits::content_blocks_max) + " blocks.");
    }
    if (auto checked = check_block(block, index, empty_text); !checked) return checked;
    ++index;
  }
  if (index == 0 && empty_text == EmptyText::refused) {
    return fail(Errc::invalid_field, "content must have at least one block.");
  }
  return {};
}

bool is_deeper_than(const Value& value, int levels) {
  if (!value.is_array() && !value.is_object()) return false;
  if (levels == 0) return true;
  for (const Value item : value.items()) {
    if (is_deeper_than(item, levels - 1)) return true;
  }
  for (const json::Member& member : value.members()) {
    if (is_deeper_than(member.value, levels - 1)) return true;
  }
  return false;
}

std::string plain_text(std::string_view content, std::size_t bytes_max) {
  const Result<Document> document = Document::parse(std::string(content), Mode::foreign);
  if (!document) return {};
  Words words(bytes_max);
  for (const Value block : document->root().items()) {
    const std::string_view type = block["type"].string();
    if (type == "text") words.add(block["text"].string());
    if (type == "tool_use") words.add_strings(block["input"]);
    if (type == "tool_result") words.add_tool_output(block["content"]);
  }
  return words.take();
}

std::string text_content(std::string_view text) {
  std::string out;
  json::Writer(out)
      .begin_array()
      .begin_object()
      .member("type", "text")
      .member("text", text)
      .end_object()
      .end_array();
  return out;
}

std::string canonical_content(std::string_view content) {
  const Result<Document> document = Document::parse(std::string(content), Mode::foreign);
  if (!document) return std::string(content);
  std::string text;
  json::Writer writer(text);
  write_canonical(writer, document->root());
  return text;
}

bool same_content(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const Result<Document> left = Document::parse(std::string(a), Mode::foreign);
  const Result<Document> right = Document::parse(std::string(b), Mode::foreign);
  return left && right && same_value(left->root(), right->root());
}

}  // namespace threadkeep
