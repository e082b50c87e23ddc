// What a tool's input must look like: JSON Schema, checked before the tool is run.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"

namespace threadkeep::tools {

// Draft 7, without what a stranger's schema could hang or crash a checker with: `pattern`,
// `patternProperties` and `format` are left out, and a schema with `$ref` is checked as an object
// alone (whose tool checks the rest itself). Immutable, safe from several threads.
class InputSchema {
 public:
  // Fails: invalid_json; invalid_field when it is no schema.
  static Result<InputSchema> parse(const std::string& schema);
  InputSchema(InputSchema&&) noexcept;
  InputSchema& operator=(InputSchema&&) noexcept;
  ~InputSchema();

  // What is wrong with the input, as a sentence for a model; nothing: it fits.
  std::optional<std::string> find_fault(const std::string& input) const;

 private:
  struct Rules;
  explicit InputSchema(std::unique_ptr<const Rules> rules);
  std::unique_ptr<const Rules> rules_;
};

}  // namespace threadkeep::tools
