// A call of a function whose arguments come in pieces, each with its path, as Vertex can send them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/json.h"

namespace threadkeep::llm {

// Of one call.
inline constexpr std::size_t partial_values_max = 4'096;
inline constexpr std::size_t partial_bytes_max = 4U << 20;

// Puts the pieces into one object, in the order in which their paths came first. Not for two
// threads.
class PartialCall {
 public:
  explicit PartialCall(std::string name) : name_(std::move(name)) {}

  // Takes a list of pieces: {jsonPath, stringValue? | numberValue? | boolValue? | nullValue?}. Text
  // for a path that has text already continues it. False: one cannot be read, contradicts an
  // earlier one, or is more than a call may have; nobody can tell then what was meant.
  [[nodiscard]] bool add(json::Value pieces);

  const std::string& name() const { return name_; }
  std::string arguments() const;  // as JSON

 private:
  enum class Kind { none, object, array, text, raw };
  struct Member;
  struct Part {
    Kind kind = Kind::none;
    std::string value;  // of text: decoded; of raw: JSON
    std::vector<Member> members;
    std::vector<Part> items;
  };
  struct Member {
    std::string name;
    Part value;
  };
  bool add_piece(json::Value piece);
  Part* find(std::string_view path);
  Part* member(Part& part, std::string_view key);
  Part* item(Part& part, std::string_view index);
  static bool set(Part& part, json::Value piece);
  static void write(const Part& part, json::Writer& writer);

  std::string name_;
  Part root_{Kind::object, "", {}, {}};
  std::size_t values_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace threadkeep::llm
