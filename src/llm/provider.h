// A model that answers: what the rest of the program sees of it. How it is asked is a protocol's
// business (llm/protocol.h); who is asked is a row of a table (llm/vendors.h).
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
#include "domain/conversation.h"
#include "domain/message.h"
#include "domain/settings.h"
#include "llm/attachments.h"

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

// What is left open is not sent: the vendor's own default holds.
struct Settings {
  using Effort = threadkeep::Effort;  // of the reasoning
  std::optional<std::int64_t> output_tokens_max;
  std::optional<double> temperature;
  std::optional<Effort> effort;  // left out where the protocol or the vendor has no such setting
};

struct Request {
  std::string model;  // the vendor's own name of the model
  std::vector<Turn> turns;
  // The files that the user's turns refer to, as far as they are to be given; null: none.
  std::shared_ptr<const Attachments> attachments = nullptr;
  std::vector<Tool> tools;
  Settings settings;
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
// The reasoning that is being said is whole. `signature` is the vendor's, opaque, and is stored in
// the reasoning block: with it the vendor takes its reasoning back in the next request. Only from
// protocols that have signatures; may come without any ReasoningDelta before it.
struct ReasoningEnded {
  std::string signature;
};
// What was said as text since the last block of another kind was reasoning, as it turns out: there
// are models that tell only where their reasoning ends.
struct TextWasReasoning {};
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
  // Parts of the two above, where the vendor tells them.
  std::optional<std::int64_t> cached_input_tokens;
  std::optional<std::int64_t> reasoning_tokens;
  // What the vendor says that it cost, in billionths of a US dollar. Never reckoned here.
  std::optional<std::int64_t> cost_nano_usd = std::nullopt;
};
// The end, exactly once. After it nothing comes.
struct Finished {
  enum class Reason { stop, length, tool_use, content_filter, other };
  Reason reason = Reason::stop;
};
// Why there is no answer, or only a part of one, told the same way by all protocols
// (llm/failure.h makes them).
struct Failure {
  enum class Kind {
    auth,           // the key is missing or refused
    payment,        // no credit left
    not_allowed,    // this request by this account
    unknown_model,  // or a wrong address
    too_long,       // the conversation, for this model
    rate_limited,   // try again, after retry_after_s where that is told
    overloaded,     // the vendor has trouble of its own
    timed_out,
    refused,    // any other refusal
    network,    // not reached, or the connection broke
    cut_off,    // the answer ended without an end
    malformed,  // it cannot be read
  };
  Kind kind = Kind::refused;
  std::string sentence;  // for the person: who was asked, what it said, what can be done
  std::string vendor;    // the label for people; empty when nobody was asked
  std::string said;      // the vendor's own words, on one line, shortened, without key and password
  std::optional<int> http_status;
  std::optional<int> retry_after_s;
};
struct Failed {
  Failure failure;
};
using Event = std::variant<TextDelta, ReasoningDelta, ReasoningEnded, TextWasReasoning,
                           ToolUseBegun, ToolInputDelta, ToolUseEnded, Usage, Finished, Failed>;

// A running answer or inquiry. Destroying it cancels: when the destructor returns, no event is
// being delivered and none will be (when destroyed from inside an event: none after that one). So
// it must not be destroyed with a mutex held that on_event takes.
class Call {
 public:
  virtual ~Call() = default;
};

struct ModelRow {
  std::string id;      // as clients name it: "builtin", "openai/gpt-4o", "ollama/llama3.2:latest"
  std::string name;    // for people
  std::string vendor;  // "Built in", "OpenAI", "Ollama" ...
  std::string description;
  std::int64_t created_at_s = 0;  // Unix seconds, as the vendor says; 0: it does not
  // What it can read and write at once, as the operator or else the vendor says.
  std::optional<std::int64_t> context_tokens;
};

// A vendor that is set up and gives no list of its models now.
struct AwayVendor {
  std::string name;    // as ModelRow::id begins with it
  std::string label;   // for people
  std::string reason;  // a sentence for the person
};
struct ModelCatalogue {
  std::vector<ModelRow> models;
  std::vector<AwayVendor> away;
};

// All models that a user can ask. Safe from several threads.
class Models {
 public:
  virtual ~Models() = default;

  // The built-in one first. Vendors are asked in parallel, each for at most 1.5 s, and the answers
  // kept for 30 s; one that gave none is left alone for 5 s, unless `anew` asks it again at once.
  // Blocks.
  enum class Asking { kept, anew };
  virtual ModelCatalogue list(const UserId& user, Asking asking = Asking::kept) = 0;
  // Whether the id can be asked: "builtin", or a configured vendor's name before the slash (the
  // vendor decides about the rest). May read the store.
  virtual bool knows(const UserId& user, std::string_view id) = 0;
  // ModelRow::context_tokens, of the vendor's as of the latest list. Asks nobody, waits for nobody.
  virtual std::optional<std::int64_t> context_tokens(const UserId& user,
                                                     std::string_view id) const = 0;

  // What that model takes besides text; Takes() for one that is not known.
  virtual Takes takes(const UserId& user, std::string_view id) = 0;

  // Begins an answer by the model with this id (Request::model is set by it). `on_event` is called
  // in order from one thread at a time, not from inside start(), and must not block. An unknown id
  // gives one Failed. May read the store.
  virtual std::unique_ptr<Call> start(const UserId& user, std::string_view id, Request request,
                                      std::function<void(Event)> on_event) = 0;
};

}  // namespace threadkeep::llm
