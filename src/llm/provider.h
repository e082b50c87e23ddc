// A model that answers. One implementation per wire protocol; vendors are rows of a table
// (llm/vendors.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "domain/message.h"

namespace threadkeep::llm {

// A tool that the model may call. `input_schema` is a JSON Schema object.
struct Tool {
  std::string name;
  std::string description;
  std::string input_schema;
};

// One message of the path, oldest first, with its stored content. An assistant message may hold
// tool_use and tool_result blocks in order: the protocol cuts it into the messages that its vendor
// wants.
struct Turn {
  Role role = Role::user;
  std::string content;  // JSON array of content blocks
};

struct Request {
  std::string model;  // the vendor's own name of the model
  std::vector<Turn> turns;
  std::vector<Tool> tools;
  bool continues = false;  // the last turn is an assistant message that was cut short: go on where
                           // it stops, without repeating it
};

// What a model says, piece by piece. A block is begun, grows by deltas and is ended; blocks do not
// overlap. A tool use that is cut by Failed has no ToolUseEnded; one that is cut by Finished with
// `length` has, and its input may be no JSON.
struct TextDelta {
  std::string text;  // whole UTF-8 code points
};
struct ReasoningDelta {
  std::string text;
};
struct ToolUseBegun {
  std::string id;  // never empty: made up when the vendor gives none
  std::string name;
};
struct ToolInputDelta {
  std::string json;  // a piece of the input's JSON text
};
struct ToolUseEnded {};  // of the tool use begun last; its input is whole, as the model wrote it:
                         // "{}" when it wrote none
// At most once, just before the end.
struct Usage {
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
};
// The end, exactly once. After it nothing comes.
struct Finished {
  enum class Reason { stop, length, tool_use, content_filter, other };
  Reason reason = Reason::stop;
};
struct Failed {
  Error error;  // upstream_failed with a sentence for the person: which vendor, what it said
                // (shortened, no key, no address with a password)
  bool can_retry = false;
};
using Event = std::variant<TextDelta, ReasoningDelta, ToolUseBegun, ToolInputDelta, ToolUseEnded,
                           Usage, Finished, Failed>;

// A running answer. Destroying it cancels: when the destructor returns, no event is being delivered
// and none will be (when destroyed from inside an event: none after that one). So it must not be
// destroyed with a mutex held that on_event takes.
class Call {
 public:
  virtual ~Call() = default;
};

struct ModelRow {
  std::string id;      // as clients name it: "builtin", "openai/gpt-4o", "ollama/llama3.2:latest"
  std::string name;    // for people
  std::string vendor;  // "Built in", "OpenAI", "Ollama" ...
  std::string description;
};

// All models that are configured and answer. Safe from several threads.
class Models {
 public:
  virtual ~Models() = default;

  // The built-in one first. Vendors are asked in parallel, each for at most 1.5 s, and the answers
  // kept for 30 s; a vendor that does not answer is left out. Blocks.
  virtual std::vector<ModelRow> list() = 0;
  // Whether the id can be asked: "builtin", or a configured vendor's name before the slash (the
  // vendor decides about the rest).
  virtual bool knows(std::string_view id) const = 0;

  // Starts an answer by the model with this id (Request::model is set by it). `on_event` is called
  // in order from one thread at a time, not from inside start(), and must not block. An unknown id
  // gives one Failed.
  virtual std::unique_ptr<Call> start(std::string_view id, Request request,
                                      std::function<void(Event)> on_event) = 0;
};

}  // namespace threadkeep::llm
