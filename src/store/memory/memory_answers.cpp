#include "domain/refusals.h"
#include "store/memory/memory_aggregates.h"
#include "store/operation_rules.h"

namespace threadkeep::memory {
namespace {

Result<std::optional<BegunGeneration>> find_begun(const Account& account, const Chat& chat,
                                                  const BeginGeneration& begin) {
  const auto find = [&](const MessageId& id) -> const Message* {
    const auto spot = account.spot_of.find(id);
    if (spot == account.spot_of.end()) return nullptr;
    return &account.chats[spot->second.chat].at(spot->second.position).message;
  };
  BegunGeneration begun;
  begun.was_there = true;
  begun.conversation = chat.row;
  const Message* question = begin.question ? find(begin.question->id) : nullptr;
  if (question != nullptr) {
    const bool is_equal =
        question->is_erased ||
        is_same(said_by(*question), {begin.question->role, begin.question->content});
    if (question->conversation_id != chat.row.id || !is_equal) {
      return refusal::made_otherwise("the question");
    }
    begun.question = *question;
  }
  std::size_t known = 0;
  for (const auto& answer : begin.answers) {
    const Message* row = find(answer.id);
    if (row == nullptr) continue;
    ++known;
    if (row->conversation_id != chat.row.id || row->role != Role::assistant) {
      return refusal::made_otherwise("an answer");
    }
    begun.answers.push_back(*row);
  }
  if (known == begin.answers.size() && (question != nullptr || !begin.question)) return begun;
  if (question != nullptr && known == 0) {
    for (const Position child : chat.at(question->position).children) {
      const Message& row = chat.at(child).message;
      if (row.role == Role::assistant && begun.answers.size() < begin.answers.size()) {
        begun.answers.push_back(row);
      }
    }
    if (!begun.answers.empty()) return begun;
  }
  if (known != 0) return refusal::made_otherwise("an answer");
  return std::nullopt;
}

}  // namespace

Result<BegunGeneration> MemoryAnswers::run(const UserId& user, const BeginGeneration& begin) {
  ++state_.transaction;
  const auto found = state_.find_live_chat(user, begin.conversation_id);
  if (!found) return tl::unexpected(found.error());
  Chat& chat = **found;
  Account& account = state_.accounts[user];
  if (const auto checked = check_ids(begin); !checked) return tl::unexpected(checked.error());
  auto begun = find_begun(account, chat, begin);
  if (!begun) return tl::unexpected(begun.error());
  if (*begun) return **begun;

  const UnixMs now = state_.now;
  const auto stored =
      begin.question ? account.spot_of.find(begin.question->id) : account.spot_of.end();
  const bool is_new_question = begin.question && stored == account.spot_of.end();
  const auto room = state_.check_room(chat, begin.answers.size() + (is_new_question ? 1 : 0));
  Position asked = 0;
  if (is_new_question) {
    const auto parent = state_.find_parent(account, chat, *begin.question);
    if (!parent) return tl::unexpected(parent.error());
    if (!room) return tl::unexpected(room.error());
    asked = state_.add(account, chat, *parent, *begin.question).message.position;
  } else if (begin.question) {
    asked = stored->second.position;
  } else {
    asked = begin.answer_to ? chat.find(*begin.answer_to).value_or(0) : chat.head();
    if (asked == 0) return refusal::nothing_to_answer();
  }
  if (!is_new_question && !chat.is_live(asked)) return refusal::nothing_to_answer();
  if (!room) return tl::unexpected(room.error());

  BegunGeneration result;
  if (begin.question) result.question = chat.at(asked).message;
  for (const auto& answer : begin.answers) {
    result.answers.push_back(state_.add(account, chat, asked, message_of(answer)).message);
  }
  chat.row.head_id = result.answers.front().id;
  chat.row.model = begin.answers.front().model;
  chat.edit_times.head = now;
  chat.edit_times.model = now;
  chat.row.updated_at = now;
  state_.touch(account, chat);
  result.conversation = chat.row;
  return result;
}

Result<Node*> MemoryAnswers::find_unfinished(const UserId& user, const MessageId& id) {
  Account& account = state_.accounts[user];
  const auto spot = account.spot_of.find(id);
  if (spot == account.spot_of.end() || account.chats[spot->second.chat].row.is_erased) {
    return refusal::no_message();
  }
  Node& node = account.chats[spot->second.chat].at(spot->second.position);
  if (is_final(node.message.status)) return refusal::already_final();
  return &node;
}

Result<void> MemoryAnswers::run(const UserId& user, const CheckpointAnswer& step) {
  ++state_.transaction;
  const auto found = find_unfinished(user, step.id);
  if (!found) return tl::unexpected(found.error());
  Node& node = **found;
  for (const AnswerPart& part : step.parts) node.parts[part.number] = {part.text, step.closing};
  node.message.content.clear();
  for (const auto& [number, part] : node.parts) node.message.content += part.text;
  node.message.content += node.parts.rbegin()->second.closing;
  node.message.status = MessageStatus::streaming;
  if (step.announce == CheckpointAnswer::Announce::yes) {
    node.message.seq = ++state_.accounts[user].seq;
    node.transaction = state_.transaction;
  } else {
    state_.accounts[user].is_written_on = true;
  }
  return {};
}

Result<void> MemoryAnswers::run(const UserId& user, const FinishAnswer& end) {
  ++state_.transaction;
  const auto found = find_unfinished(user, end.id);
  if (!found) return tl::unexpected(found.error());
  Node& node = **found;
  Account& account = state_.accounts[user];
  node.parts.clear();
  Message& row = node.message;
  row.content = end.content;
  row.status = end.status;
  row.token_count = end.token_count;
  row.usage = end.usage;
  row.error = end.error;
  if (end.metadata) row.metadata = *end.metadata;
  row.seq = ++account.seq;
  node.transaction = state_.transaction;
  Chat& chat = account.chats[account.spot_of[end.id].chat];
  chat.row.updated_at = state_.now;
  state_.touch(account, chat);
  return {};
}

Result<Message> MemoryAnswers::run(const UserId& user, const FinishAndReserve& step) {
  ++state_.transaction;
  const auto found = state_.find_live_chat(user, step.conversation_id);
  if (!found) return tl::unexpected(found.error());
  Chat& chat = **found;
  Account& account = state_.accounts[user];
  const auto ended = chat.find(step.end.id);
  if (!ended) return refusal::no_message();
  if (const auto spot = account.spot_of.find(step.next.id); spot != account.spot_of.end()) {
    const Message& next = account.chats[spot->second.chat].at(spot->second.position).message;
    const bool is_there = next.role == Role::assistant && next.parent_id == step.end.id;
    if (!is_there) return refusal::made_otherwise("an answer");
    return next;
  }
  if (is_final(chat.at(*ended).message.status)) return refusal::already_final();
  if (const auto room = state_.check_room(chat, 1); !room) return tl::unexpected(room.error());

  if (const auto finished = run(user, step.end); !finished) return tl::unexpected(finished.error());
  ++state_.transaction;
  const bool was_head = chat.head() == *ended;
  Message next = state_.add(account, chat, *ended, message_of(step.next)).message;
  if (was_head) chat.row.head_id = next.id;
  chat.edit_times.head = state_.now;
  chat.row.updated_at = state_.now;
  state_.touch(account, chat);
  return next;
}

Result<AnswerProgress> MemoryAnswers::progress(const UserId& user, const MessageId& id,
                                               std::int64_t from_part) const {
  const auto account = state_.accounts.find(user);
  if (account == state_.accounts.end()) return refusal::no_message();
  const auto spot = account->second.spot_of.find(id);
  if (spot == account->second.spot_of.end()) return refusal::no_message();
  const Node& node = account->second.chats[spot->second.chat].at(spot->second.position);
  AnswerProgress progress;
  progress.status = node.message.status;
  for (auto part = node.parts.lower_bound(from_part); part != node.parts.end(); ++part) {
    progress.parts.push_back({part->first, part->second.text});
    progress.closing = part->second.closing;
  }
  return progress;
}

}  // namespace threadkeep::memory
