#include "store/story.h"

#include <algorithm>
#include <sstream>

#include "domain/content.h"
#include "domain/entry_rules.h"
#include "domain/wire.h"

namespace threadkeep::test {
namespace {

constexpr std::uint64_t messages_base = 1'000'000;

ConversationId conversation_of(std::uint64_t user, std::uint64_t number) {
  return id_of(1'000 * user + number);
}
MessageId message_of(std::uint64_t user, std::uint64_t number) {
  return id_of(messages_base * user + number);
}

const std::vector<std::string> vocabulary{
    "tea",
    "bread",
    "Übermut",
    "日本語",
    "ελληνικά",
    "🌧️ rain",
    "a \"quoted\" word",
    "back\\slash",
    "line\nbreak",
    "e\xcc\x81",
    "عربى",
    "tab\there",
    "' OR 1=1 --",
    "$1 and ?",
};

// As every way into a store asks for of names.
std::string on_one_line(const std::string& word) { return entry::mended(entry::title, word); }

}  // namespace

MessageId Story::fresh_id(std::uint64_t user) { return message_of(user, ++messages_[user]); }
MessageId Story::some_id(std::uint64_t user) {
  return message_of(user, 1 + pick(messages_[user] + 1));
}

std::string Story::words() {
  std::string text;
  const std::uint64_t count = 1 + pick(chance(20) ? 400 : 8);
  for (std::uint64_t i = 0; i < count; ++i) {
    text += (i == 0 ? "" : " ") + vocabulary[pick(vocabulary.size())];
  }
  return text;
}

std::string Story::content() {
  switch (pick(8)) {
    case 0:
      return R"([{"type":"reasoning","text":"hm","signature":"s"},{"type":"text","text":"so"}])";
    case 1:
      return R"([ {"type": "tool_use", "id":"t1","name":"search","input":{"q":[1, 2.50,null]}} ])";
    case 2:
      return R"([{"type":"elsewhere","x":{"y":"\u00e9"}}])";
    default:
      return text_block(words());
  }
}

NewMessage Story::message(std::uint64_t user, const ConversationId& conversation) {
  NewMessage message;
  message.id = chance(20) ? some_id(user) : fresh_id(user);
  message.conversation_id = conversation;
  if (chance(6)) message.place = some_id(user);
  if (chance(15)) message.place = AsRoot{};
  message.role = static_cast<Role>(pick(4));
  message.content = content();
  if (chance(4)) message.model = "vendor/model-" + std::to_string(pick(3));
  if (chance(6)) message.created_at = 1'600'000'000'000 + static_cast<UnixMs>(pick(1'000'000));
  if (chance(5)) message.token_count = static_cast<std::int64_t>(pick(5'000));
  if (chance(5)) message.usage = R"({"input":12,"output":7})";
  if (chance(8)) message.metadata = R"({"from": "here",  "n": 1e3})";
  if (chance(10)) {
    message.status = MessageStatus::error;
    message.error = R"({"type":"upstream","detail":"cut"})";
  }
  return message;
}

void Story::edit(Store& store, const UserId& user, const ConversationId& conversation) {
  ConversationPatch patch;
  if (chance(2))
    patch.title = chance(4) ? "" : on_one_line(vocabulary[pick(vocabulary.size())]) + "?";
  if (chance(3)) patch.is_archived = chance(2);
  if (chance(3)) patch.is_pinned = chance(2);
  if (chance(3)) patch.is_unread = chance(2);
  if (chance(4)) patch.edited_at = 1'700'000'000'000 + static_cast<UnixMs>(pick(100'000));
  // Without a throw of the dice: the stories of all seeds stay what they were.
  if (patch.is_pinned) patch.settings.system = "Be brief.\nالعربية 🌧️";
  if (patch.is_unread) patch.settings.temperature = 0.7;
  if (patch.is_archived) patch.settings.tools = std::vector<std::string>{};
  if (patch.is_pinned) {
    const std::string name = *patch.is_pinned ? "groq" : "at-home";
    (void)store.write(
        user, PutVendor{{name, "بيت 🌧️", "chat", "https://a.example/v1", "mine,yours",
                         "2024-10-21", std::string("\x01\x00\xff sealed", 10)}});
  }
  if (chance(3)) patch.folder = chance(4) ? std::nullopt : std::optional<std::string>("Büro");
  if (chance(2)) {
    patch.tags.emplace();
    for (std::uint64_t i = pick(5); i > 0; --i) {
      const std::string tag = on_one_line(vocabulary[pick(vocabulary.size())]);
      if (std::find(patch.tags->begin(), patch.tags->end(), tag) == patch.tags->end()) {
        patch.tags->push_back(tag);
      }
    }
  }
  if (patch.folder) {
    PresetPatch preset;
    preset.name.emplace("Büro");
    preset.settings = patch.settings;
    (void)store.write(
        user,
        EditPreset{*patch.folder ? folder_preset_id(**patch.folder) : conversation.text(), preset});
    if (patch.edited_at) (void)store.write(user, DeletePreset{conversation.text()});
  }
  if (chance(2)) {
    (void)store.write(user, EditConversation{conversation, patch});
  } else {
    const std::vector<PushOperation> operations{
        {id_of(9'000'000'000 + pick(1'000'000)), EditConversation{conversation, patch}}};
    (void)store.write(user, Push{present_epoch(store).value(), operations});
  }
}

// A question with its answers, in whatever state they come to.
void Story::ask(Store& store, std::uint64_t user, const ConversationId& conversation) {
  BeginGeneration begin;
  begin.conversation_id = conversation;
  begin.question = message(user, conversation);
  begin.question->role = Role::user;
  for (std::uint64_t i = 1 + pick(2); i > 0; --i) begin.answers.push_back({fresh_id(user), "m"});
  const auto begun = store.write(id_of(user), begin);
  if (!begun) return;
  for (const Message& answer : begun->answers) {
    const auto status = static_cast<MessageStatus>(pick(6));
    if (status == MessageStatus::reserved) continue;
    if (status == MessageStatus::streaming) {
      CheckpointAnswer step = checkpoint_of(answer.id, content(), pick(40));
      step.announce = chance(2) ? CheckpointAnswer::Announce::yes : CheckpointAnswer::Announce::no;
      (void)store.write(id_of(user), step);
      continue;
    }
    FinishAnswer end;
    end.id = answer.id;
    end.content = content();
    end.status = status;
    end.usage = R"({"output":3})";
    (void)store.write(id_of(user), end);
  }
}

void Story::put(Store& store, std::uint64_t user, const ConversationId& conversation) {
  ConversationUpsert upsert;
  upsert.id = conversation;
  for (std::uint64_t i = pick(5); i > 0; --i) {
    UpsertMessage message;
    message.fresh_id = fresh_id(user);
    if (chance(2)) message.id = some_id(user);
    message.role = i % 2 == 0 ? Role::assistant : Role::user;
    message.content = content();
    upsert.messages.push_back(message);
  }
  (void)store.write(id_of(user), upsert);
}

void Story::merge(Store& store, std::uint64_t user, const ConversationId& conversation) {
  ConversationMerge merge;
  merge.conversation.id = conversation;
  merge.conversation.title = "From elsewhere";
  merge.conversation.title_source = TitleSource::user;
  merge.conversation.created_at = merge.conversation.updated_at = 1'500'000'000'000;
  merge.conversation.tags = {"imported"};
  Place place = AsRoot{};
  for (std::uint64_t i = 1 + pick(6); i > 0; --i) {
    NewMessage next = message(user, conversation);
    next.id = fresh_id(user);
    next.place = place;
    next.created_at = 1'500'000'000'000;
    if (!chance(4)) place = next.id;
    merge.messages.push_back(std::move(next));
  }
  (void)store.write(id_of(user), merge);
}

// Of some of them it is not known what they are; that is part of it.
void Story::remove_messages(Store& store, std::uint64_t user, const ConversationId& conversation) {
  ChosenMessages chosen = Branch{some_id(user)};
  if (!chance(4)) {
    std::vector<MessageId> ids;
    for (std::uint64_t i = 1 + pick(12); i > 0; --i) ids.push_back(some_id(user));
    chosen = std::move(ids);
  }
  if (chance(3)) {
    (void)store.write(id_of(user), RestoreMessages{conversation, chosen, {}});
    return;
  }
  const Erase erase = chance(4) ? Erase::now : Erase::later;
  (void)store.write(id_of(user), DeleteMessages{conversation, chosen, erase, {}});
}

void Story::change(Store& store, std::uint64_t user, const ConversationId& conversation) {
  const UserId who = id_of(user);
  switch (pick(24)) {
    case 0:
    case 1:
      (void)store.write(who, chat(conversation, chance(2) ? on_one_line(words()) : ""));
      return;
    case 2:
    case 3:
    case 4:
      return edit(store, who, conversation);
    case 5:
      (void)store.write(who,
                        DeleteConversation{conversation, chance(3) ? Erase::now : Erase::later});
      return;
    case 6:
      (void)store.write(who, RestoreConversation{conversation});
      return;
    case 7:
    case 8:
    case 9:
      return ask(store, user, conversation);
    case 10:
      return put(store, user, conversation);
    case 11:
      return merge(store, user, conversation);
    case 12:
    case 13:
      return remove_messages(store, user, conversation);
    default:
      (void)store.write(who, message(user, conversation));
      return;
  }
}

void Story::live(Store& store, ManualClock& clock, int changes) {
  for (int i = 0; i < changes; ++i) {
    clock.advance(static_cast<UnixMs>(pick(5'000)));
    const std::uint64_t user = 1 + pick(users);
    change(store, user, conversation_of(user, 1 + pick(conversations_of_each)));
  }
}

namespace {

std::string tell_path(const MessagePage& path, const ConversationId& id) {
  std::string ids;
  for (const MessageInTree& message : path.messages) {
    ids += (ids.empty() ? "\"" : ",\"") + message.message.id.text() + '"';
  }
  return R"({"id":")" + id.text() + R"(","path":[)" + ids + "]}";
}

// With the words: the rows of deleted messages are told without.
std::string tell_trash(const MessagePage& trash, const ConversationId& id) {
  std::string words;
  for (const MessageInTree& message : trash.messages)
    words += (words.empty() ? "" : ",") + message.message.content;
  return R"({"id":")" + id.text() + R"(","trash":[)" + words + "]}";
}

// Adds the line of this kind, when there is something to tell.
void tell(Store& store, const std::string& kind, std::uint64_t user, const Ulid& id,
          std::vector<std::string>& lines) {
  const UserId who = id_of(user);
  const std::string begin = kind + " " + std::to_string(user) + " ";
  if (kind == "conversation") {
    const auto row = find_conversation(store, who, id);
    if (row) lines.push_back(begin + conversation_json(*row));
  } else if (kind == "trash") {
    const auto trash = trash_page(store, who, id, 0, 1'000'000);
    if (trash && !trash->messages.empty()) lines.push_back(begin + tell_trash(*trash, id));
  } else if (kind == "path") {
    const auto path = path_page(store, who, id, std::nullopt, std::nullopt, 1'000'000);
    if (path) lines.push_back(begin + tell_path(*path, id));
  } else {
    const auto row = find_message(store, who, id);
    if (row) lines.push_back(begin + message_json(*row));
  }
}

}  // namespace

std::vector<std::string> Story::told_by(Store& store) const {
  std::vector<std::string> lines;
  for (std::uint64_t user = 1; user <= users; ++user) {
    for (std::uint64_t i = 1; i <= conversations_of_each; ++i) {
      tell(store, "conversation", user, conversation_of(user, i), lines);
      tell(store, "path", user, conversation_of(user, i), lines);
      tell(store, "trash", user, conversation_of(user, i), lines);
    }
    for (std::uint64_t i = 1; i <= messages_[user]; ++i) {
      tell(store, "message", user, message_of(user, i), lines);
    }
  }
  return lines;
}

std::vector<std::string> Story::told_again(Store& store, const std::vector<std::string>& lines) {
  std::vector<std::string> again;
  for (const std::string& line : lines) {
    std::istringstream words(line);
    std::string kind;
    std::uint64_t user = 0;
    words >> kind >> user;
    const std::size_t id = line.find(R"("id":")") + 6;
    tell(store, kind, user, Ulid::parse(line.substr(id, Ulid::text_length)).value(), again);
  }
  return again;
}

}  // namespace threadkeep::test
