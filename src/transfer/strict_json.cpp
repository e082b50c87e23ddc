#include "transfer/strict_json.h"

#include <string>

namespace threadkeep {
namespace {

void write_number(json::Writer& writer, std::string_view digits) {
  constexpr std::size_t always_fine = 15;  // a plain integer of so few digits
  const bool is_plain = digits.size() <= always_fine && digits.front() != '-' &&
                        digits.find_first_not_of("0123456789") == std::string_view::npos;
  if (is_plain || json::Document::parse(std::string(digits), json::Mode::strict)) {
    writer.raw(digits);
  } else {
    writer.string(digits);
  }
}

}  // namespace

void write_strict(json::Writer& writer, const json::Value& value, int depth_max) {
  const bool is_container = value.is_array() || value.is_object();
  if (is_container && depth_max <= 0) {
    writer.string(value.raw());
    return;
  }
  switch (value.kind()) {
    case json::Kind::array:
      writer.begin_array();
      for (const json::Value item : value.items()) write_strict(writer, item, depth_max - 1);
      writer.end_array();
      break;
    case json::Kind::object:
      writer.begin_object();
      for (const json::Member& member : value.members()) {
        writer.key(member.key);
        write_strict(writer, member.value, depth_max - 1);
      }
      writer.end_object();
      break;
    case json::Kind::string:
      writer.string(value.string());
      break;
    case json::Kind::number:
      write_number(writer, value.raw());
      break;
    case json::Kind::boolean:
      writer.raw(value.raw());
      break;
    case json::Kind::null:
      writer.null();
      break;
  }
}

}  // namespace threadkeep
