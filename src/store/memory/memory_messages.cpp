#include <algorithm>
#include <iterator>
#include <tuple>

#include "domain/content.h"
#include "search/query.h"
#include "store/memory/memory_state.h"

namespace threadkeep::memory {
namespace {

constexpr std::size_t snippet_characters = 200;

tl::unexpected<Error> no_conversation() {
  return fail(Errc::not_found, "There is no such conversation.");
}

tl::unexpected<Error> in_trash() {
  return fail(Errc::conversation_deleted, "The conversation is in the trash.");
}

}  // namespace

Result<Position> MemoryStore::find_parent(const Account& account, const Chat& chat,
                                          const NewMessage& message) const {
  if (std::holds_alternative<AsRoot>(message.place)) return 0;
  if (std::holds_alternative<UnderHead>(message.place)) return chat.head();
  const MessageId& parent = std::get<MessageId>(message.place);
  if (parent == message.id) {
    return fail(Errc::parent_invalid, "A message cannot be its own parent.");
  }
  const auto spot = account.spot_of.find(parent);
  if (spot == account.spot_of.end()) {
    return fail(Errc::parent_unknown, "There is no such parent message.");
  }
  if (&account.chats[spot->second.chat] != &chat) {
    return fail(Errc::parent_invalid, "The parent lies in another conversation.");
  }
  return spot->second.position;
}

Result<Stored<Message>> MemoryStore::append_now(const UserId& user, const NewMessage& message) {
  Chat* chat = find_chat(user, message.conversation_id);
  if (chat == nullptr) return no_conversation();
  Account& account = accounts_[user];
  const auto known = account.spot_of.find(message.id);
  if (known != account.spot_of.end() && !chat->is_erased &&
      &account.chats[known->second.chat] == chat) {
    const Message& row = chat->at(known->second.position).message;
    if (is_same(row, message.role, message.content)) return Stored<Message>{row, true};
  }
  if (chat->row.deleted_at) return in_trash();
  if (known != account.spot_of.end()) {
    return fail(Errc::id_conflict, "The id belongs to another message.");
  }
  const auto parent = find_parent(account, *chat, message);
  if (!parent) return tl::unexpected(parent.error());
  if (const auto room = check_room(*chat, 1); !room) return tl::unexpected(room.error());
  const UnixMs now = clock_.now_ms();
  const Message row = add(account, *chat, *parent, message, now).message;
  chat->row.head_id = row.id;
  chat->edit_times.head = now;
  chat->row.updated_at = now;
  touch(account, *chat);
  return Stored<Message>{row, false};
}

void MemoryStore::append(const UserId& user, NewMessage message, AppendDone done) {
  const Writing writing(*this);
  caller_.call([result = append_now(user, message), done = std::move(done)] { done(result); });
}

Result<Message> MemoryStore::find_message(const UserId& user, const MessageId& id) {
  const std::lock_guard lock(mutex_);
  const Account& account = accounts_[user];
  const auto spot = account.spot_of.find(id);
  if (spot == account.spot_of.end() || account.chats[spot->second.chat].is_erased) {
    return fail(Errc::not_found, "There is no such message.");
  }
  return account.chats[spot->second.chat].at(spot->second.position).message;
}

Result<MessagePage> MemoryStore::path_page(const UserId& user, const ConversationId& id,
                                           const std::optional<MessageId>& head,
                                           std::optional<Position> from, int limit) {
  const std::lock_guard lock(mutex_);
  const auto found = find_live_chat(user, id);
  if (!found) return tl::unexpected(found.error());
  const Chat& chat = **found;
  Position leaf = chat.head();
  if (head) {
    const auto position = chat.find(*head);
    if (!position) return fail(Errc::invalid_field, "head is no message of this conversation.");
    leaf = chat.newest_leaf_below(*position);
  }
  if (from && (*from < 1 || *from > chat.last())) {
    return fail(Errc::invalid_field, "The page begins at no message of this conversation.");
  }
  MessagePage page;
  if (leaf != 0) page.head_id = chat.at(leaf).message.id;
  Position at = from.value_or(leaf);
  for (; at != 0 && page.messages.size() < static_cast<std::size_t>(limit);
       at = chat.at(at).parent) {
    page.messages.push_back(chat.in_tree(at));
  }
  if (at != 0) page.next = at;
  std::reverse(page.messages.begin(), page.messages.end());
  return page;
}

Result<MessagePage> MemoryStore::tree_page(const UserId& user, const ConversationId& id,
                                           Position from, int limit) {
  const std::lock_guard lock(mutex_);
  const auto found = find_live_chat(user, id);
  if (!found) return tl::unexpected(found.error());
  const Chat& chat = **found;
  MessagePage page;
  page.head_id = chat.row.head_id;
  Position at = std::max<Position>(from, 1);
  for (; at <= chat.last() && page.messages.size() < static_cast<std::size_t>(limit); ++at) {
    page.messages.push_back(chat.in_tree(at));
  }
  if (at <= chat.last()) page.next = at;
  return page;
}

Result<std::optional<BegunGeneration>> MemoryStore::find_begun(const Account& account,
                                                               const Chat& chat,
                                                               const BeginGeneration& begin) const {
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
    if (question->conversation_id != chat.row.id ||
        !is_same(*question, begin.question->role, begin.question->content)) {
      return fail(Errc::id_conflict, "The id of the question belongs to another message.");
    }
    begun.question = *question;
  }
  std::size_t known = 0;
  for (const auto& answer : begin.answers) {
    const Message* row = find(answer.id);
    if (row == nullptr) continue;
    ++known;
    if (row->conversation_id != chat.row.id || row->role != Role::assistant) {
      return fail(Errc::id_conflict, "The id of an answer belongs to another message.");
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
  if (known != 0) return fail(Errc::id_conflict, "The id of an answer belongs to another message.");
  return std::nullopt;
}

Result<BegunGeneration> MemoryStore::begin_generation(const UserId& user,
                                                      const BeginGeneration& begin) {
  const Writing writing(*this);
  const auto found = find_live_chat(user, begin.conversation_id);
  if (!found) return tl::unexpected(found.error());
  Chat& chat = **found;
  Account& account = accounts_[user];
  std::set<MessageId> ids;
  if (begin.question) ids.insert(begin.question->id);
  for (const auto& answer : begin.answers) ids.insert(answer.id);
  if (begin.answers.empty()) return fail(Errc::invalid_field, "There is no answer to begin.");
  if (ids.size() != begin.answers.size() + (begin.question ? 1 : 0)) {
    return fail(Errc::id_conflict, "Two messages have the same id.");
  }
  auto begun = find_begun(account, chat, begin);
  if (!begun) return tl::unexpected(begun.error());
  if (*begun) return **begun;

  const UnixMs now = clock_.now_ms();
  const auto stored =
      begin.question ? account.spot_of.find(begin.question->id) : account.spot_of.end();
  const bool is_new_question = begin.question && stored == account.spot_of.end();
  const auto room = check_room(chat, begin.answers.size() + (is_new_question ? 1 : 0));
  Position asked = 0;
  if (is_new_question) {
    const auto parent = find_parent(account, chat, *begin.question);
    if (!parent) return tl::unexpected(parent.error());
    if (!room) return tl::unexpected(room.error());
    asked = add(account, chat, *parent, *begin.question, now).message.position;
  } else if (begin.question) {
    asked = stored->second.position;
  } else {
    asked = begin.answer_to ? chat.find(*begin.answer_to).value_or(0) : chat.head();
    if (asked == 0) return fail(Errc::parent_unknown, "There is no such message to answer.");
  }
  if (!room) return tl::unexpected(room.error());

  BegunGeneration result;
  if (begin.question) result.question = chat.at(asked).message;
  for (const auto& answer : begin.answers) {
    NewMessage reserved;
    reserved.id = answer.id;
    reserved.role = Role::assistant;
    reserved.status = MessageStatus::reserved;
    reserved.model = answer.model;
    result.answers.push_back(add(account, chat, asked, reserved, now).message);
  }
  chat.row.head_id = result.answers.front().id;
  chat.row.model = begin.answers.front().model;
  chat.edit_times.head = now;
  chat.edit_times.model = now;
  chat.row.updated_at = now;
  touch(account, chat);
  result.conversation = chat.row;
  return result;
}

Result<Message> MemoryStore::save_now(const UserId& user, const AnswerState& state) {
  Account& account = accounts_[user];
  const auto spot = account.spot_of.find(state.id);
  if (spot == account.spot_of.end() || account.chats[spot->second.chat].is_erased) {
    return fail(Errc::not_found, "There is no such message.");
  }
  Chat& chat = account.chats[spot->second.chat];
  Node& node = chat.at(spot->second.position);
  Message& row = node.message;
  if (is_final(row.status)) return fail(Errc::already_final, "The answer is finished.");
  row.content = state.content;
  row.status = state.status;
  row.token_count = state.token_count;
  row.usage = state.usage;
  row.error = state.error;
  if (state.metadata) row.metadata = *state.metadata;
  if (is_final(state.status) || state.announce == AnswerState::Announce::yes) {
    row.seq = ++account.seq;
    node.transaction = transaction_;
  }
  if (is_final(state.status)) {
    chat.row.updated_at = clock_.now_ms();
    touch(account, chat);
  }
  return row;
}

void MemoryStore::save_answer(const UserId& user, AnswerState state, SaveDone done) {
  const Writing writing(*this);
  caller_.call([result = save_now(user, state), done = std::move(done)] { done(result); });
}

Result<std::int64_t> MemoryStore::interrupt_unfinished() {
  const Writing writing(*this);
  std::int64_t count = 0;
  for (auto& [user, account] : accounts_) {
    for (Chat& chat : account.chats) {
      for (Node& node : chat.nodes) {
        if (is_final(node.message.status)) continue;
        node.message.status = MessageStatus::interrupted;
        node.message.seq = ++account.seq;
        node.transaction = transaction_;
        ++count;
      }
    }
  }
  return count;
}

Result<bool> MemoryStore::check_merge(const Account& account, const Chat* chat,
                                      const ConversationMerge& merge) const {
  std::set<MessageId> here;
  if (chat != nullptr) {
    for (const Node& node : chat->nodes) here.insert(node.message.id);
  }
  for (const NewMessage& message : merge.messages) {
    const auto spot = account.spot_of.find(message.id);
    if (spot != account.spot_of.end() && !here.contains(message.id)) {
      return fail(Errc::id_conflict, "A message id belongs to another conversation.");
    }
    const auto* parent = std::get_if<MessageId>(&message.place);
    const bool is_root = std::holds_alternative<AsRoot>(message.place);
    if (!is_root && (parent == nullptr || !here.contains(*parent))) {
      return fail(Errc::invalid_field, "A message comes before the one that it answers.");
    }
    here.insert(message.id);
  }
  if (merge.conversation.head_id && !here.contains(*merge.conversation.head_id)) {
    return fail(Errc::invalid_field, "headId is no message of this conversation.");
  }
  if (static_cast<std::int64_t>(here.size()) > limits_.messages_per_conversation_max) {
    return fail(Errc::too_large, "The conversation is full.");
  }
  return true;
}

Result<Merged> MemoryStore::merge_conversation(const UserId& user, const ConversationMerge& merge) {
  const Writing writing(*this);
  const Conversation& source = merge.conversation;
  Account& account = accounts_[user];
  Chat* chat = find_chat(user, source.id);
  Merged merged;
  merged.conversation_was_there = chat != nullptr;
  if (chat != nullptr && chat->row.deleted_at) {
    merged.is_in_trash = true;
    return merged;
  }
  if (chat == nullptr) {
    const auto checked = check_new_chat(user, source.id);
    if (!checked) return tl::unexpected(checked.error());
  }
  if (const auto checked = check_merge(account, chat, merge); !checked) {
    return tl::unexpected(checked.error());
  }
  const UnixMs now = clock_.now_ms();
  if (chat == nullptr) {
    NewConversation fresh{source.id, source.title, source.model, source.metadata, {}};
    const auto made = make_chat(user, fresh, now);
    if (!made) return tl::unexpected(made.error());
    chat = *made;
    chat->row.title_source = source.title_source;
    chat->row.created_at = source.created_at;
    chat->row.is_archived = source.is_archived;
    chat->row.is_pinned = source.is_pinned;
    chat->row.folder = source.folder;
    chat->row.tags = source.tags;
  }
  const Position old_head = chat->head();
  for (const NewMessage& message : merge.messages) {
    if (account.spot_of.contains(message.id)) {
      ++merged.messages_already_here;
      continue;
    }
    const auto* parent = std::get_if<MessageId>(&message.place);
    add(account, *chat, parent == nullptr ? 0 : account.spot_of[*parent].position, message, now);
    ++merged.messages_added;
  }
  if (merged.conversation_was_there && merged.messages_added == 0) return merged;
  // The head goes forward with the source, and stays where the user went on another way.
  if (!merge.messages.empty()) {
    const MessageId& tip = source.head_id.value_or(merge.messages.back().id);
    const Position tip_position = account.spot_of[tip].position;
    if (old_head == 0 || chat->is_on_path(old_head, tip_position)) {
      chat->row.head_id = tip;
      if (merged.conversation_was_there) chat->edit_times.head = now;
    }
  }
  chat->row.updated_at = merged.conversation_was_there
                             ? std::max(chat->row.updated_at, source.updated_at)
                             : source.updated_at;
  touch(account, *chat);
  return merged;
}

Result<std::vector<SearchHit>> MemoryStore::scan(const UserId& user, const std::string& query,
                                                 int limit) {
  const std::lock_guard lock(mutex_);
  const search::Query wanted = search::parse_query(query);
  if (wanted.words.empty()) return std::vector<SearchHit>();
  std::vector<std::tuple<UnixMs, std::size_t, Position, SearchHit>> hits;
  const Account& account = accounts_[user];
  for (std::size_t index = 0; index < account.chats.size(); ++index) {
    const Chat& chat = account.chats[index];
    if (chat.row.deleted_at) continue;
    for (const Node& node : chat.nodes) {
      const Message& row = node.message;
      const std::string text = plain_text(row.content, limits::content_bytes_max);
      if (!search::matches(wanted, search::fold(text))) continue;
      hits.emplace_back(row.created_at, index, row.position,
                        SearchHit{chat.row.id, chat.row.title, row.id, row.role, row.created_at,
                                  search::snippet(wanted, text, snippet_characters)});
    }
  }
  const auto key = [](const auto& hit) {
    return std::tie(std::get<0>(hit), std::get<1>(hit), std::get<2>(hit));
  };
  std::sort(hits.begin(), hits.end(),
            [&](const auto& a, const auto& b) { return key(a) > key(b); });
  if (hits.size() > static_cast<std::size_t>(limit)) {
    hits.erase(hits.begin() + limit, hits.end());
  }
  std::vector<SearchHit> newest;
  newest.reserve(hits.size());
  for (auto& hit : hits) newest.push_back(std::move(std::get<3>(hit)));
  return newest;
}

}  // namespace threadkeep::memory
