#include "transfer/formats/chatgpt.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/derived_id.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "domain/content.h"
#include "domain/entry_rules.h"
#include "domain/title.h"
#include "transfer/formats/chatgpt_content.h"
#include "transfer/formats/chatgpt_tree.h"
#include "transfer/source_time.h"
#include "transfer/strict_json.h"

namespace threadkeep::chatgpt {
namespace {

constexpr std::size_t note_bytes_max = 200;  // of one value of the source in our metadata

// What a node of the source tree became, or the nearest one above it that became something.
struct Outcome {
  std::optional<std::size_t> message;  // its index in the merge; none: nothing above it came in
  std::optional<MessageId> call;       // the tool call that a tool's message below it answers
  std::optional<UnixMs> time_ms;       // its own, or that of the nearest one above it that has one
  std::optional<UnixMs> shown_ms;      // what the message got
};

// Some members of the source, as our metadata keeps them.
class Notes {
 public:
  Notes() { writer_.begin_object().key("source").begin_object(); }

  void add(std::string_view name, std::string_view text) {
    if (!text.empty()) writer_.member(name, utf8_prefix(text, note_bytes_max));
  }
  void add_flag(std::string_view name) { writer_.member(name, true); }
  std::string take() {
    writer_.end_object().end_object();
    return std::move(json_);
  }

 private:
  std::string json_;
  json::Writer writer_{json_};
};

MessageStatus status_of(const json::Value& message, Role role) {
  if (role != Role::assistant) return MessageStatus::complete;
  const json::Value finish = message["metadata"]["finish_details"];
  if (finish["reason"].string() == "client_stopped") return MessageStatus::cancelled;
  const std::string_view status = message["status"].string();
  const bool is_cut = finish["type"].string() == "interrupted" || status == "in_progress" ||
                      status == "finished_partial_completion";
  return is_cut ? MessageStatus::interrupted : MessageStatus::complete;
}

// Newer exports name the model only at the conversation.
std::optional<std::string> model_name(std::string_view own, std::string_view of_conversation) {
  return entry::mended_name(entry::model, own.empty() ? of_conversation : own);
}

std::optional<Role> role_of(const json::Value& message) {
  if (is_instructions(message)) return Role::system;
  const json::Value author = message["author"];
  const std::string_view name = author.is_string() ? author.string() : author["role"].string();
  return name == "developer" ? Role::system : parse_role(name);
}

// Of one conversation.
class ConversationConverter {
 public:
  ConversationConverter(const json::Value& conversation, const UserId& user, UnixMs now_ms,
                        UnixMs undated_ms)
      : source_(conversation),
        user_(user),
        tree_(conversation["mapping"]),
        created_ms_(parse_source_time(conversation["create_time"])),
        updated_ms_(parse_source_time(conversation["update_time"])),
        now_ms_(now_ms),
        undated_ms_(undated_ms) {}

  SourceConversation convert();

 private:
  void read_identity();
  void find_times();
  UnixMs time_of(NodeIndex index, const Outcome& outcome) const;
  void read_node(NodeIndex index);
  void add_message(NodeIndex index, Outcome& outcome);
  std::string message_notes(const TreeNode& node) const;
  void choose_head();
  std::size_t newest_leaf_below(std::size_t message) const;
  void describe();
  void choose_title();
  void explain();

  Conversation& conversation() { return result_.merge.conversation; }
  std::vector<NewMessage>& messages() { return result_.merge.messages; }

  const json::Value source_;
  const UserId user_;
  const NodeTree tree_;
  const std::optional<UnixMs> created_ms_;
  const std::optional<UnixMs> updated_ms_;
  const UnixMs now_ms_;
  const UnixMs undated_ms_;
  SourceConversation result_;
  std::string identity_;                                // what our ids are derived from
  std::vector<Outcome> outcomes_;                       // by node
  std::vector<std::optional<UnixMs>> time_below_;       // by node: the earliest in it and under it
  std::vector<std::optional<std::size_t>> last_child_;  // by message
  std::int64_t too_large_ = 0;
  std::int64_t broken_ = 0;
  std::int64_t unknown_roles_ = 0;
};

SourceConversation ConversationConverter::convert() {
  read_identity();
  find_times();
  outcomes_.resize(tree_.size());
  for (const NodeIndex index : tree_.order()) read_node(index);
  choose_head();
  describe();
  explain();
  return std::move(result_);
}

void ConversationConverter::read_identity() {
  identity_ = source_["conversation_id"].string();
  if (identity_.empty()) identity_ = source_["id"].string();
  result_.source_id = identity_;
  if (identity_.empty()) {
    std::string content;
    json::Writer writer(content);
    write_strict(writer, source_["mapping"]);
    identity_ = "digest:" + digest_name(content);
  }
  conversation().id = derive_id(created_ms_.value_or(0), {user_.bytes(), product, identity_});
}

// A message without a time gets that of what follows it, so that times never run backwards on a
// path because of it.
void ConversationConverter::find_times() {
  time_below_.resize(tree_.size());
  for (auto index = tree_.order().rbegin(); index != tree_.order().rend(); ++index) {
    const TreeNode& node = tree_[*index];
    std::optional<UnixMs>& time_ms = time_below_[*index];
    if (const auto own_ms = parse_source_time(node.body["message"]["create_time"]))
      time_ms = own_ms;
    if (!time_ms || node.parent == no_node) continue;
    std::optional<UnixMs>& above_ms = time_below_[node.parent];
    if (!above_ms || *time_ms < *above_ms) above_ms = time_ms;
  }
}

UnixMs ConversationConverter::time_of(NodeIndex index, const Outcome& outcome) const {
  const auto own_ms = parse_source_time(tree_[index].body["message"]["create_time"]);
  if (own_ms) return entry::mended_time(std::min(*own_ms, now_ms_));
  std::optional<UnixMs> time_ms = time_below_[index];
  if (outcome.shown_ms) time_ms = std::max(time_ms.value_or(0), *outcome.shown_ms);
  if (!time_ms) time_ms = created_ms_;
  if (!time_ms) time_ms = updated_ms_;
  return entry::mended_time(std::min(time_ms.value_or(undated_ms_), now_ms_));
}

void ConversationConverter::read_node(NodeIndex index) {
  const TreeNode& node = tree_[index];
  Outcome& outcome = outcomes_[index];
  if (node.parent != no_node) outcome = outcomes_[node.parent];
  const json::Value message = node.body["message"];
  if (const auto own_ms = parse_source_time(message["create_time"])) outcome.time_ms = own_ms;
  if (message.is_object()) {
    add_message(index, outcome);
  } else if (!message.is_null() || (!node.body.is_object() && !node.body.is_null())) {
    ++result_.messages_found;
    ++result_.messages_skipped;
    ++broken_;
  }
}

void ConversationConverter::add_message(NodeIndex index, Outcome& outcome) {
  const TreeNode& node = tree_[index];
  const json::Value source = node.body["message"];
  const std::optional<Role> known_role = role_of(source);
  NewMessage message;
  message.role = known_role.value_or(Role::assistant);
  // The time of the last change is no part of an id: the next export has another one.
  const UnixMs id_time_ms = outcome.time_ms.value_or(created_ms_.value_or(0));
  message.id = derive_id(id_time_ms, {user_.bytes(), product, identity_, node.id});

  const bool is_answer = message.role == Role::tool && outcome.call;
  MessageContent content = convert_content(source, message.role, message.id.text(),
                                           is_answer ? outcome.call->text() : std::string());
  if (content.is_empty) return;
  // What is said to a tool or by one is folded away wherever it is shown.
  const bool is_of_tool = content.is_tool_call || is_answer;
  if (is_left_out_by_source(source) && message.role != Role::system && !is_of_tool)
    content = hidden_content(source);
  ++result_.messages_found;
  const bool is_frame = is_hidden(source) && message.role == Role::system;
  if (is_frame || content.is_too_large) {
    ++result_.messages_skipped;
    ++(is_frame ? result_.messages_hidden : too_large_);
    return;
  }
  if (!known_role) ++unknown_roles_;
  for (const std::string& type : content.verbatim) ++result_.verbatim[type];
  if (content.is_tool_call) {
    outcome.call = message.id;
  } else if (message.role == Role::user) {
    outcome.call.reset();
  }

  message.conversation_id = conversation().id;
  message.place = AsRoot{};
  if (outcome.message) {
    message.place = messages()[*outcome.message].id;
    last_child_[*outcome.message] = messages().size();
  }
  message.content = std::move(content.blocks);
  message.status = status_of(source, message.role);
  if (message.role == Role::assistant) {
    message.model = model_name(source["metadata"]["model_slug"].string(),
                               source_["default_model_slug"].string());
  }
  message.created_at = outcome.shown_ms = time_of(index, outcome);
  message.metadata = message_notes(node);
  outcome.message = messages().size();
  last_child_.emplace_back();
  messages().push_back(std::move(message));
}

std::string ConversationConverter::message_notes(const TreeNode& node) const {
  const json::Value message = node.body["message"];
  const json::Value metadata = message["metadata"];
  Notes notes;
  notes.add("id", node.id);
  if (message["id"].string() != node.id) notes.add("messageId", message["id"].string());
  if (!role_of(message)) notes.add("role", message["author"]["role"].string());
  notes.add("author", message["author"]["name"].string());
  if (message["status"].string() != "finished_successfully") {
    notes.add("status", message["status"].string());
  }
  const std::string_view finish = metadata["finish_details"]["type"].string();
  if (finish != "stop" && finish != "unknown") notes.add("finish", finish);
  if (is_left_out_by_source(message)) notes.add_flag("hidden");
  return notes.take();
}

void ConversationConverter::choose_head() {
  if (messages().empty()) return;
  std::size_t head = 0;
  const NodeIndex current = tree_.find(source_["current_node"].string());
  if (current != no_node && outcomes_[current].message) {
    head = newest_leaf_below(*outcomes_[current].message);
  } else {
    for (std::size_t i = 0; i < messages().size(); ++i) {
      if (!last_child_[i] && messages()[i].created_at >= messages()[head].created_at) head = i;
    }
    head = newest_leaf_below(head);
  }
  conversation().head_id = messages()[head].id;
}

std::size_t ConversationConverter::newest_leaf_below(std::size_t message) const {
  while (last_child_[message]) message = *last_child_[message];
  return message;
}

void ConversationConverter::describe() {
  UnixMs first_ms = messages().empty() ? undated_ms_ : now_ms_, last_ms = 0;
  for (const NewMessage& message : messages()) {
    first_ms = std::min(first_ms, *message.created_at);
    last_ms = std::max(last_ms, *message.created_at);
  }
  if (messages().empty()) last_ms = undated_ms_;
  conversation().created_at = entry::mended_time(std::min(created_ms_.value_or(first_ms), now_ms_));
  conversation().updated_at = entry::mended_time(std::min(updated_ms_.value_or(last_ms), now_ms_));
  conversation().is_archived = source_["is_archived"].boolean().value_or(false);
  // Since 2026 the time at which it was pinned.
  conversation().is_pinned = source_["is_starred"].boolean().value_or(false) ||
                             parse_source_time(source_["pinned_time"]).has_value();
  conversation().model = model_name({}, source_["default_model_slug"].string());
  Notes notes;
  notes.add("product", product);
  notes.add("id", result_.source_id);
  notes.add("model", source_["default_model_slug"].string());
  notes.add("gizmo", source_["gizmo_id"].string());
  conversation().metadata = notes.take();
  choose_title();
}

// A title that the source has may be the person's own: nothing here writes over it.
void ConversationConverter::choose_title() {
  const std::string_view title = source_["title"].string();
  const bool has_title = !title_excerpt(title).empty() && title != "New chat";
  if (has_title) {
    conversation().title = entry::mended(entry::title, title);
    conversation().title_source = TitleSource::user;
    return;
  }
  for (const NewMessage& message : messages()) {
    if (message.role != Role::user) continue;
    conversation().title = title_excerpt(plain_text(message.content, limits::title_bytes_max));
    if (!conversation().title.empty()) break;
  }
  if (!conversation().title.empty()) conversation().title_source = TitleSource::excerpt;
}

void ConversationConverter::explain() {
  const auto say = [this](std::int64_t count, std::string_view one, std::string_view many) {
    if (count == 1) result_.reasons.emplace_back(one);
    if (count > 1) result_.reasons.push_back(std::to_string(count) + std::string(many));
  };
  say(too_large_, "One message is larger than a message can be here (4 MiB, 10,000 parts).",
      " messages are larger than a message can be here (4 MiB, 10,000 parts).");
  say(broken_, "One entry is no message.", " entries are no messages.");
  say(unknown_roles_,
      "One message has an author of an unknown kind; it came in as the assistant's.",
      " messages have an author of an unknown kind; they came in as the assistant's.");
  say(tree_.orphans(),
      "One message answers one that is not in the file; it came in as a beginning.",
      " messages answer some that are not in the file; they came in as beginnings.");
  say(tree_.circles(), "Messages answer each other in a circle; it was cut at the first of them.",
      " times messages answer each other in a circle; each was cut at the first of them.");
}

}  // namespace

bool is_conversation(const json::Value& value) { return value["mapping"].is_object(); }

SourceConversation convert(const json::Value& conversation, const UserId& user, UnixMs now_ms,
                           std::optional<UnixMs> undated_ms) {
  return ConversationConverter(conversation, user, now_ms, undated_ms.value_or(now_ms)).convert();
}

}  // namespace threadkeep::chatgpt
