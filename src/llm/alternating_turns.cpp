#include "llm/alternating_turns.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "json/json.h"
#include "llm/stored_blocks.h"

namespace threadkeep::llm {
namespace {

constexpr std::string_view beginning = "(The conversation begins with your message.)";
constexpr std::string_view proceed = "Go on.";

class Alternating {
 public:
  Alternating(ToolNames& names, const Attachments* attachments, const Takes& takes)
      : names_(names), attachments_(attachments), takes_(takes) {}

  void add(const Turn& turn) {
    const auto content = json::Document::parse(turn.content, json::Mode::foreign);
    if (!content) return;
    is_fresh_turn_ = true;
    for (const json::Value block : content->root().items()) add_block(turn.role, block);
  }

  void add_user_line(std::string_view text) { add_text(Role::user, text); }

  bool ends_with_text_of_assistant() const {
    return !messages_.empty() && messages_.back().is_assistant && calls_.empty() &&
           messages_.back().parts.back().kind == Part::Kind::text;
  }

  // With the results that are missing, and with lines of a user where the vendor insists on one.
  std::vector<TurnMessage>& finish() {
    answer_calls();
    if (messages_.empty() || messages_.back().is_assistant) add_text(Role::user, proceed);
    if (messages_.front().is_assistant) {
      TurnMessage first;
      first.parts.push_back({Part::Kind::text, std::string(beginning), {}, {}, {}, false});
      messages_.insert(messages_.begin(), std::move(first));
    }
    return messages_;
  }

  std::string& system() { return system_; }

 private:
  struct OpenCall {
    std::string stored_id;
    std::string id;
    std::string name;
    std::optional<Part> result;
  };

  void add_block(Role role, json::Value block) {
    const std::string_view type = block["type"].string();
    if (type == "text") {
      add_text(role, block["text"].string());
    } else if (type == "reasoning") {
      if (role == Role::assistant) add_thinking(block);
    } else if (type == "tool_use") {
      if (role == Role::assistant) add_call(block);
    } else if (type == "tool_result") {
      add_result(role, block);
    } else if (role == Role::user && (type == "image" || type == "file")) {
      add_file(block);
    } else {
      add_text(role, words_for(block));
    }
  }

  void add_file(json::Value block) {
    GivenFile file = given_file(attachments_, block, takes_);
    if (file.form == GivenFile::Form::words) return add_text(Role::user, file.words);
    open(Role::user).push_back(part_of(block, file));
    is_fresh_turn_ = false;
  }

  static Part part_of(json::Value block, const GivenFile& file) {
    Part part;
    part.kind = file.form == GivenFile::Form::picture ? Part::Kind::picture : Part::Kind::document;
    part.name = block["name"].string();
    part.media_type = file.media_type;
    part.bytes = file.bytes;
    return part;
  }

  // The words, with the name of each picture that is not given, and the pictures. A failure has
  // words alone.
  Part result_of(json::Value block) const {
    const json::Value content = block["content"];
    Part part;
    part.kind = Part::Kind::tool_result;
    part.is_error = block["isError"].boolean().value_or(false);
    part.text = result_text(content);
    if (takes_.tool_pictures == Takes::ToolPictures::named || part.is_error ||
        !is_list_of_blocks(content))
      return part;
    part.text.clear();
    for (const json::Value one : content.items()) {
      std::string words(one["text"].string());
      if (is_picture(one)) {
        GivenFile file = given_file(attachments_, one, takes_);
        if (file.form == GivenFile::Form::picture) part.pictures.push_back(part_of(one, file));
        words = std::move(file.words);
      }
      if (!part.text.empty() && !words.empty()) part.text += '\n';
      part.text += words;
    }
    return part;
  }

  std::vector<Part>& open(Role role) {
    const bool is_assistant = role == Role::assistant;
    const bool has_results =
        std::any_of(calls_.begin(), calls_.end(), [](const OpenCall& call) { return call.result; });
    if (!is_assistant || has_results) answer_calls();
    if (messages_.empty() || messages_.back().is_assistant != is_assistant)
      messages_.push_back({is_assistant, {}});
    return messages_.back().parts;
  }

  void add_text(Role role, std::string_view text) {
    if (trimmed(text).empty()) return;
    if (role == Role::system) {
      if (!system_.empty()) system_ += "\n\n";
      system_ += text;
      return;
    }
    std::vector<Part>& parts = open(role);
    // An answer and its continuation are one text.
    const bool is_continuation = is_fresh_turn_ && role == Role::assistant && !parts.empty() &&
                                 parts.back().kind == Part::Kind::text;
    is_fresh_turn_ = false;
    if (is_continuation) {
      parts.back().text += text;
    } else {
      parts.push_back({Part::Kind::text, std::string(text), {}, {}, {}, false});
    }
  }

  void add_thinking(json::Value block) {
    Part part;
    part.kind = Part::Kind::thinking;
    part.text = block["text"].string();
    part.signature = block["signature"].string();
    if (part.signature.empty()) return;
    open(Role::assistant).push_back(std::move(part));
    is_fresh_turn_ = false;
  }

  void add_call(json::Value block) {
    Part part;
    part.kind = Part::Kind::tool_use;
    part.id = counted_id(++count_);
    part.name = names_.sent(block["name"].string());
    part.text = block["input"].is_object() ? std::string(block["input"].raw()) : "{}";
    std::vector<Part>& parts = open(Role::assistant);
    calls_.push_back({std::string(block["id"].string()), part.id, part.name, std::nullopt});
    parts.push_back(std::move(part));
    is_fresh_turn_ = false;
  }

  void add_result(Role role, json::Value block) {
    const std::string_view id = block["toolUseId"].string();
    const auto call = std::find_if(calls_.begin(), calls_.end(), [&](const OpenCall& one) {
      return one.stored_id == id && !one.result;
    });
    if (call == calls_.end()) {
      // A result that belongs to no call: nothing but the user's side is left for it.
      return add_text(role == Role::assistant ? role : Role::user, result_text(block["content"]));
    }
    call->result = result_of(block);
    call->result->id = call->id;
    call->result->name = call->name;
    is_fresh_turn_ = false;
  }

  // One message with the results of all calls, before anything else is said.
  void answer_calls() {
    if (calls_.empty()) return;
    TurnMessage message;
    for (OpenCall& call : calls_) {
      if (!call.result)
        call.result =
            Part{Part::Kind::tool_result, std::string(no_result), call.id, call.name, {}, true};
      message.parts.push_back(std::move(*call.result));
    }
    calls_.clear();
    messages_.push_back(std::move(message));
  }

  ToolNames& names_;
  const Attachments* const attachments_;
  const Takes takes_;
  std::string system_;
  std::vector<TurnMessage> messages_;
  std::vector<OpenCall> calls_;  // of the last message
  std::size_t count_ = 0;
  bool is_fresh_turn_ = true;
};

}  // namespace

AlternatingTurns alternate(const Request& request, ToolNames& names, const Takes& takes) {
  Alternating turns(names, request.attachments.get(), takes);
  for (const Turn& turn : request.turns) turns.add(turn);
  if (request.continues && turns.ends_with_text_of_assistant()) turns.add_user_line(go_on);
  AlternatingTurns result;
  result.messages = std::move(turns.finish());
  result.system = std::move(turns.system());
  return result;
}

std::size_t begin_of_answer(const std::vector<TurnMessage>& messages) {
  for (std::size_t i = messages.size(); i > 0; --i) {
    const TurnMessage& message = messages[i - 1];
    const bool has_words =
        !message.is_assistant &&
        std::any_of(message.parts.begin(), message.parts.end(), [](const Part& part) {
          return part.kind == Part::Kind::text || part.kind == Part::Kind::picture ||
                 part.kind == Part::Kind::document;
        });
    if (has_words) return i;
  }
  return 0;
}

void keep_thinking(std::vector<TurnMessage>& messages, std::size_t from,
                   bool (*is_own)(const Part& part)) {
  std::vector<TurnMessage> kept;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    TurnMessage& message = messages[i];
    std::erase_if(message.parts, [&](const Part& part) {
      return part.kind == Part::Kind::thinking && (i < from || !is_own(part));
    });
    if (message.parts.empty()) continue;
    if (kept.empty() || kept.back().is_assistant != message.is_assistant) {
      kept.push_back(std::move(message));
    } else {
      std::move(message.parts.begin(), message.parts.end(), std::back_inserter(kept.back().parts));
    }
  }
  messages = std::move(kept);
}

}  // namespace threadkeep::llm
