// Random calls on a store, and what each of them tells, as text that can be compared.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <random>
#include <string>

#include "store/replica.h"
#include "store/stores.h"

namespace threadkeep::test {

inline constexpr std::uint64_t users = 2;
inline constexpr std::uint64_t conversations = 5;

template <class T>
std::string show_result(const Result<T>& result, const std::function<std::string(const T&)>& show) {
  if (result) return show(*result);
  return "error " + std::to_string(static_cast<int>(result.error().code)) + " " +
         result.error().detail;
}

// What an answer is after it was written.
inline std::string show_written(Store& store, const UserId& user, const MessageId& id,
                                const Result<void>& written) {
  if (!written) {
    return "error " + std::to_string(static_cast<int>(written.error().code)) + " " +
           written.error().detail;
  }
  return show(find_message(store, user, id).value());
}

inline std::string show_row(const Conversation& row) { return show(row); }
inline std::string show_message(const Message& row) { return show(row); }
inline std::string show_page(const MessagePage& page) { return show(page); }
inline std::string show_list(const ConversationPage& page) { return show(page); }

template <class T>
std::string show_stored(const Stored<T>& stored) {
  return (stored.was_there ? "again " : "new ") + show(stored.value);
}

inline std::string show_begun(const BegunGeneration& begun) {
  std::string text = begun.was_there ? "again " : "new ";
  text += show(begun.conversation) + "\n";
  if (begun.question) text += show(*begun.question) + "\n";
  for (const Message& answer : begun.answers) text += show(answer) + "\n";
  return text;
}

inline std::string show_presets(const std::vector<Preset>& presets) {
  std::string text;
  for (const Preset& row : presets) text += show(row) + "\n";
  return text;
}

inline std::string show_merged(const Merged& merged) {
  return std::to_string(merged.conversation_was_there) + std::to_string(merged.is_in_trash) + " " +
         std::to_string(merged.messages_added) + " " +
         std::to_string(merged.messages_already_here) + " " +
         std::to_string(merged.messages_deleted);
}

inline std::string show_vendors(Store& store, const UserId& user) {
  const auto vendors =
      store.read([&](const Reader& reader) { return reader.vendors().list(user); }).value();
  std::string text;
  for (const EnteredVendor& row : vendors) {
    text += "\n" + row.name + " " + row.label + " " + row.address + " " + row.sealed_key + " " +
            std::to_string(row.rev) + " " + std::to_string(row.changed_at);
  }
  return text;
}

inline std::string show_hits(const std::vector<SearchHit>& hits) {
  std::string text;
  for (const SearchHit& hit : hits) {
    text += hit.conversation_id.text() + hit.conversation_title + hit.message_id.text() +
            std::to_string(hit.created_at) + hit.snippet + "\n";
  }
  return text;
}

// What running answers often say and end with: checkpoint and end fit together.
inline const std::string words_of_answers = text_block("A drink made of leaves.");

// Makes one random call and tells its answer. The same state of the generator gives the same call.
class Walker {
 public:
  explicit Walker(std::uint64_t seed) : random_(seed) {}

  // A call, as a function of the store it is made on.
  using Call = std::function<std::string(Store&)>;
  Call next() {
    constexpr int kinds = 48;
    switch (pick(kinds)) {
      case 0:
      case 1:
        return create();
      case 2:
        return update();
      case 3:
        return update_head();
      case 4:
      case 5:
        return upsert();
      case 6:
        return remove();
      case 7:
        return restore();
      case 8:
      case 9:
        return begin();
      case 10:
      case 11:
      case 12:
        return save();
      case 13:
      case 14:
        return merge();
      case 15:
      case 16:
        return list();
      case 17:
      case 18:
      case 19:
        return path();
      case 20:
        return tree();
      case 21:
        return siblings();
      case 22:
        return scan();
      case 23:
        return find();
      case 24:
        return interrupt();
      case 25:
      case 26:
        return feed();
      case 27:
        return chance(4) ? purge() : epoch();
      case 28:
      case 29:
      case 30:
        return push();
      case 31:
      case 32:
      case 33:
        return delete_messages();
      case 34:
      case 35:
        return restore_messages();
      case 36:
        return trash();
      case 37:
        return vendor();
      case 45:
      case 46:
        return edit_preset();
      case 47:
        return delete_preset();
      default:
        return append();
    }
  }

  void set_now(UnixMs now) { now_ = now; }
  std::uint64_t pick(std::uint64_t count) { return random_() % count; }
  bool chance(std::uint64_t one_in) { return pick(one_in) == 0; }

  UserId user() { return id_of(1 + pick(users)); }
  // Mostly of a pool of one's own, sometimes another user's.
  ConversationId conversation(const UserId& user) {
    const std::uint64_t owner = chance(20) ? 1 + pick(users) : user == id_of(1) ? 1U : 2U;
    return id_of(100 * owner + pick(conversations));
  }
  MessageId message() { return id_of(10'000 + pick(next_message_ + 2)); }
  MessageId fresh_message() { return id_of(10'000 + next_message_++); }
  std::string words() {
    static const std::vector<std::string> all{"one", "two", "drei", "四", "Fünf", "six"};
    std::string text = all[pick(all.size())];
    if (chance(2)) text += " " + all[pick(all.size())];
    return text;
  }
  std::string content() { return chance(30) ? "[]" : text_block(words()); }
  Role role() { return static_cast<Role>(pick(4)); }
  template <class T>
  std::optional<T> maybe(T value) {
    if (chance(2)) return std::nullopt;
    return value;
  }
  SettingsPatch settings() {
    SettingsPatch patch;
    if (chance(2)) patch.system = maybe(words() + "\nx");
    if (chance(3)) patch.temperature = maybe(static_cast<double>(pick(21)) / 10);
    if (chance(3)) patch.max_tokens = maybe(static_cast<std::int64_t>(1 + pick(100)));
    if (chance(3)) patch.effort = maybe(static_cast<Effort>(pick(4)));
    if (chance(3)) patch.tools = maybe(std::vector<std::string>(pick(2), "tool"));
    return patch;
  }
  std::optional<std::int64_t> rev() {
    if (!chance(4)) return std::nullopt;
    return static_cast<std::int64_t>(1 + pick(3));
  }

  Call create() {
    const UserId who = user();
    NewConversation fresh = chat(conversation(who), chance(2) ? words() : "");
    fresh.model = maybe<std::string>("m");
    fresh.metadata = chance(3) ? R"({"a":1})" : "{}";
    if (chance(3)) apply(settings(), fresh.settings);
    return [=](Store& store) {
      return show_result<Stored<Conversation>>(store.write(who, fresh), show_stored<Conversation>);
    };
  }

  Call vendor() {
    const UserId who = user();
    const std::string name = chance(2) ? "groq" : "at-home";
    if (chance(4)) {
      const RemoveVendor removal{name, rev()};
      return [=](Store& store) {
        const auto removed = store.write(who, removal);
        return (removed ? "" : removed.error().detail) + show_vendors(store, who);
      };
    }
    PutVendor put{{name, words(), "chat", "https://a.example/" + words(), "", "", words()}, rev()};
    if (chance(4)) put.if_rev = 0;
    return [=](Store& store) {
      const auto stored = store.write(who, put);
      return (stored ? std::to_string(stored->rev) : stored.error().detail) +
             show_vendors(store, who);
    };
  }

  // Edits lie around the present, so that they meet each other in both orders.
  std::optional<UnixMs> edited_at() {
    if (chance(3)) return std::nullopt;
    return now_ + 20 - static_cast<UnixMs>(pick(60));
  }

  ConversationPatch patch() {
    ConversationPatch patch;
    if (chance(3)) patch.title = chance(3) ? "" : words();
    if (chance(3)) patch.is_archived = chance(2);
    if (chance(3)) patch.is_pinned = chance(2);
    if (chance(3)) patch.is_unread = chance(2);
    if (chance(3)) patch.folder = maybe(words());
    if (chance(3)) patch.tags = std::vector<std::string>(pick(3), words());
    if (chance(4)) patch.model = maybe<std::string>("n");
    if (chance(3)) patch.settings = settings();
    patch.edited_at = edited_at();
    return patch;
  }

  Call update() {
    const UserId who = user();
    const ConversationId id = conversation(who);
    const ConversationPatch patch = this->patch();
    const auto if_rev = rev();
    return [=](Store& store) {
      return show_result<Conversation>(store.write(who, EditConversation{id, patch, if_rev}),
                                       show_row);
    };
  }

  Call update_head() {
    const UserId who = user();
    const ConversationId id = conversation(who);
    ConversationPatch patch;
    patch.head_id = message();
    patch.edited_at = edited_at();
    return [=](Store& store) {
      return show_result<Conversation>(store.write(who, EditConversation{id, patch}), show_row);
    };
  }

  Call upsert() {
    const UserId who = user();
    ConversationUpsert upsert;
    upsert.id = conversation(who);
    if (chance(4)) upsert.title = chance(3) ? "" : words();
    if (chance(4)) upsert.model = maybe<std::string>("o");
    if (chance(6)) upsert.settings = settings();
    const std::uint64_t count = pick(6);
    for (std::uint64_t i = 0; i < count; ++i) {
      UpsertMessage message;
      message.fresh_id = fresh_message();
      if (!chance(3)) message.id = chance(2) ? this->message() : fresh_message();
      message.role = i % 2 == 0 ? Role::user : Role::assistant;
      message.content = content();
      upsert.messages.push_back(message);
    }
    const auto if_rev = rev();
    return [=](Store& store) {
      return show_result<Stored<Conversation>>(store.write(who, with_rev(upsert, if_rev)),
                                               show_stored<Conversation>);
    };
  }

  Call remove() {
    const UserId who = user();
    const ConversationId id = conversation(who);
    const auto erase = chance(4) ? Erase::now : Erase::later;
    return [=](Store& store) {
      return show_result<Conversation>(store.write(who, DeleteConversation{id, erase}), show_row);
    };
  }

  Call restore() {
    const UserId who = user();
    const ConversationId id = conversation(who);
    return [=](Store& store) {
      return show_result<Conversation>(store.write(who, RestoreConversation{id}), show_row);
    };
  }

  ChosenMessages chosen() {
    if (chance(3)) return Branch{message()};
    std::vector<MessageId> ids;
    const std::uint64_t count = 1 + pick(4);
    for (std::uint64_t i = 0; i < count; ++i) ids.push_back(message());
    return ids;
  }

  DeleteMessages deletion(const ConversationId& conversation) {
    return {conversation, chosen(), chance(6) ? Erase::now : Erase::later, edited_at()};
  }
  RestoreMessages restoring(const ConversationId& conversation) {
    return {conversation, chosen(), edited_at()};
  }

  Call delete_messages() {
    const UserId who = user();
    const DeleteMessages deletion = this->deletion(conversation(who));
    return [=](Store& store) {
      return show_result<Conversation>(store.write(who, deletion), show_row);
    };
  }

  Call restore_messages() {
    const UserId who = user();
    const RestoreMessages restore = restoring(conversation(who));
    return [=](Store& store) {
      return show_result<Conversation>(store.write(who, restore), show_row);
    };
  }

  std::string preset() {
    if (chance(4)) return std::string(default_preset_id);
    return chance(2) ? folder_preset_id(words()) : id_of(900 + pick(3)).text();
  }
  PresetPatch preset_patch() {
    PresetPatch patch;
    if (chance(2)) patch.name.emplace(words());
    patch.settings = settings();
    patch.edited_at = edited_at();
    return patch;
  }

  Call edit_preset() {
    const UserId who = user();
    const EditPreset edit{preset(), preset_patch(), rev()};
    return [=](Store& store) {
      return show_result<Stored<Preset>>(store.write(who, edit), show_stored<Preset>) + "\n" +
             show_presets(list_presets(store, who));
    };
  }

  Call delete_preset() {
    const UserId who = user();
    const DeletePreset deletion{preset(), edited_at(), rev()};
    return [=](Store& store) {
      return show_result<Preset>(store.write(who, deletion),
                                 [](const Preset& row) { return show(row); });
    };
  }

  Call trash() {
    const UserId who = user();
    const ConversationId id = conversation(who);
    const auto from = static_cast<Position>(pick(20));
    const int limit = static_cast<int>(1 + pick(6));
    return [=](Store& store) {
      return show_result<MessagePage>(trash_page(store, who, id, from, limit), show_page);
    };
  }

  Deleted deleted() { return chance(2) ? Deleted::listed : Deleted::left_out; }

  Place place(const MessageId& itself) {
    switch (pick(8)) {
      case 0:
        return AsRoot{};
      case 1:
      case 2:
      case 3:
        return message();
      case 4:
        return chance(10) ? Place(itself) : Place(UnderHead{});
      default:
        return UnderHead{};
    }
  }

  NewMessage new_message(const ConversationId& conversation) {
    const MessageId id = chance(5) ? message() : fresh_message();
    NewMessage fresh = said_under(place(id), id, conversation, "", role());
    fresh.content = content();
    fresh.model = maybe<std::string>("m");
    if (chance(3)) fresh.created_at = static_cast<UnixMs>(pick(100));
    if (chance(5)) fresh.metadata = R"({"b": 2})";
    if (chance(5)) fresh.usage = R"({"inputTokens":3})";
    if (chance(5)) fresh.token_count = 7;
    return fresh;
  }

  Call append() {
    const UserId who = user();
    const NewMessage fresh = new_message(conversation(who));
    return [=](Store& store) {
      return show_result<Stored<Message>>(store.write(who, fresh), show_stored<Message>);
    };
  }

  Call begin() {
    const UserId who = user();
    BeginGeneration begin;
    begin.conversation_id = conversation(who);
    if (chance(2)) {
      begin.question = new_message(begin.conversation_id);
    } else {
      begin.answer_to = maybe(message());
    }
    const std::uint64_t count = chance(20) ? 0 : 1 + pick(3);
    for (std::uint64_t i = 0; i < count; ++i) {
      begin.answers.push_back({chance(6) ? message() : fresh_message(), "model"});
    }
    return [=](Store& store) {
      return show_result<BegunGeneration>(store.write(who, begin), show_begun);
    };
  }

  Call save() {
    const UserId who = user();
    if (chance(2)) {
      CheckpointAnswer step =
          checkpoint_of(message(), chance(2) ? content() : words_of_answers, pick(40));
      step.announce = chance(2) ? CheckpointAnswer::Announce::yes : CheckpointAnswer::Announce::no;
      return
          [=](Store& store) { return show_written(store, who, step.id, store.write(who, step)); };
    }
    static constexpr MessageStatus finals[] = {MessageStatus::complete, MessageStatus::cancelled,
                                               MessageStatus::interrupted, MessageStatus::error};
    FinishAnswer end;
    end.id = message();
    end.content = chance(2) ? content() : words_of_answers;
    end.status = finals[pick(4)];
    end.usage = maybe<std::string>(R"({"outputTokens":1})");
    end.error = maybe<std::string>(R"({"type":"x"})");
    end.metadata = maybe<std::string>(R"({"finishReason":"length"})");
    end.token_count = maybe<std::int64_t>(5);
    if (chance(3)) {
      FinishAndReserve turn{conversation(who), end, {}};
      turn.next = {chance(6) ? message() : fresh_message(), "model", R"({"a":1})"};
      return [=](Store& store) {
        return show_result<Message>(store.write(who, turn), show_message) + " " +
               show_result<Conversation>(find_conversation(store, who, turn.conversation_id),
                                         show_row);
      };
    }
    return [=](Store& store) { return show_written(store, who, end.id, store.write(who, end)); };
  }

  Call merge() {
    const UserId who = user();
    ConversationMerge merge;
    merge.conversation.id = conversation(who);
    merge.conversation.title = chance(2) ? words() : "";
    merge.conversation.title_source = static_cast<TitleSource>(pick(4));
    merge.conversation.created_at = static_cast<UnixMs>(pick(1000));
    merge.conversation.updated_at = static_cast<UnixMs>(pick(1000));
    merge.conversation.is_archived = chance(3);
    merge.conversation.folder = maybe(words());
    if (chance(3)) merge.conversation.tags = {words(), "tag"};
    const std::uint64_t count = pick(6);
    for (std::uint64_t i = 0; i < count; ++i) {
      NewMessage fresh = new_message(merge.conversation.id);
      fresh.created_at = static_cast<UnixMs>(pick(100));
      const std::uint64_t before = merge.messages.size();
      fresh.place =
          before == 0 || chance(6) ? Place(AsRoot{}) : Place(merge.messages[pick(before)].id);
      if (chance(15)) fresh.place = place(fresh.id);
      merge.messages.push_back(fresh);
    }
    if (chance(3) && count > 0) merge.conversation.head_id = merge.messages[pick(count)].id;
    if (chance(20)) merge.conversation.head_id = message();
    return [=](Store& store) { return show_result<Merged>(store.write(who, merge), show_merged); };
  }

  Call list() {
    const UserId who = user();
    ConversationFilter filter;
    if (chance(2)) filter.is_archived = chance(2);
    if (chance(3)) filter.is_pinned = chance(2);
    if (chance(4)) filter.folder = words();
    if (chance(4)) filter.tag = words();
    filter.in_trash = chance(4);
    const int limit = static_cast<int>(1 + pick(4));
    return [=](Store& store) {
      std::string text;
      std::optional<ListPlace> place;
      for (int pages = 0; pages < 10; ++pages) {
        const auto page = list_conversations(store, who, filter, place, limit);
        text += show_result<ConversationPage>(page, show_list) + "\n";
        if (!page || !page->next) break;
        place = page->next;
      }
      return text;
    };
  }

  Call path() {
    const UserId who = user();
    const ConversationId id = conversation(who);
    const auto head = maybe(message());
    const int limit = static_cast<int>(1 + pick(6));
    const std::optional<Position> begin =
        chance(8) ? std::optional<Position>(static_cast<Position>(pick(40))) : std::nullopt;
    const Deleted deleted = this->deleted();
    return [=](Store& store) {
      std::string text;
      std::optional<Position> from = begin;
      for (int pages = 0; pages < 100; ++pages) {
        const auto page = path_page(store, who, id, head, from, limit, deleted);
        text += show_result<MessagePage>(page, show_page) + "\n";
        if (!page || !page->next) break;
        from = page->next;
      }
      return text;
    };
  }

  Call tree() {
    const UserId who = user();
    const ConversationId id = conversation(who);
    const int limit = static_cast<int>(1 + pick(9));
    const Deleted deleted = this->deleted();
    return [=](Store& store) {
      std::string text;
      Position from = 0;
      for (int pages = 0; pages < 100; ++pages) {
        const auto page = tree_page(store, who, id, from, limit, deleted);
        text += show_result<MessagePage>(page, show_page) + "\n";
        if (!page || !page->next) break;
        from = *page->next;
      }
      return text;
    };
  }

  Call siblings() {
    const UserId who = user();
    const ConversationId id = conversation(who);
    const MessageId of = message();
    const int limit = static_cast<int>(1 + pick(4));
    return [=](Store& store) {
      std::string text;
      std::optional<Position> from = 1;
      for (int pages = 0; from && pages < 100; ++pages) {
        const auto page = sibling_page(store, who, id, of, *from, limit);
        text += show_result<MessagePage>(page, show_page) + "\n";
        from = page ? page->next : std::nullopt;
      }
      return text;
    };
  }

  Call scan() {
    const UserId who = user();
    const std::string query = words();
    const int limit = static_cast<int>(1 + pick(10));
    return [=](Store& store) {
      return show_result<std::vector<SearchHit>>(scan_words(store, who, query, limit), show_hits);
    };
  }

  Call find() {
    const UserId who = user();
    const ConversationId id = conversation(who);
    const MessageId message_id = message();
    return [=](Store& store) {
      return show_result<Conversation>(find_conversation(store, who, id), show_row) + "\n" +
             show_result<Message>(find_message(store, who, message_id), show_message);
    };
  }

  PushOperation operation(const UserId& who) {
    PushOperation operation;
    operation.id = id_of(500'000 + (chance(3) ? pick(next_operation_ + 1) : next_operation_++));
    const ConversationId id = conversation(who);
    switch (pick(10)) {
      case 8:
        operation.what = EditPreset{preset(), preset_patch()};
        break;
      case 9:
        operation.what = DeletePreset{preset(), edited_at()};
        break;
      case 6:
        operation.what = deletion(id);
        break;
      case 7:
        operation.what = restoring(id);
        break;
      case 0: {
        NewConversation fresh = chat(id, chance(2) ? words() : "");
        fresh.created_at = now_ + 3 - static_cast<UnixMs>(pick(10));
        operation.what = fresh;
        break;
      }
      case 1:
      case 2: {
        NewMessage fresh = new_message(id);
        if (chance(3)) fresh.status = MessageStatus::interrupted;
        if (chance(3)) fresh.error = R"({"type":"y"})";
        operation.what = fresh;
        break;
      }
      case 3:
        operation.what = EditConversation{id, patch()};
        break;
      case 4:
        operation.what = DeleteConversation{id, chance(3) ? Erase::now : Erase::later};
        break;
      default:
        operation.what = RestoreConversation{id};
    }
    return operation;
  }

  Call push() {
    const UserId who = user();
    std::vector<PushOperation> operations;
    const std::uint64_t count = 1 + pick(4);
    for (std::uint64_t i = 0; i < count; ++i) operations.push_back(operation(who));
    const std::int64_t wrong = chance(20) ? 1 : 0;
    return [=](Store& store) {
      const auto results = store.write(who, Push{present_epoch(store).value() + wrong, operations});
      if (!results) return "error " + results.error().detail;
      std::string text;
      for (const auto& result : *results) {
        text += show_result<Pushed>(result, [](const Pushed& row) { return show(row); }) + "\n";
      }
      return text;
    };
  }

  Call feed() {
    const UserId who = user();
    const std::uint64_t seed = random_();
    const int limit = static_cast<int>(1 + (chance(2) ? pick(500) : pick(5)));
    return [=](Store& store) {
      const std::int64_t epoch = present_epoch(store).value();
      // Somewhere up to the latest number, as the store itself tells it, or one too far.
      std::optional<FeedPlace> place;
      const auto last =
          snapshot_page(store, who, SnapshotOf::conversations, std::nullopt, 1).value();
      const auto seq =
          static_cast<std::int64_t>(seed % static_cast<std::uint64_t>(last.changes_from.seq + 2));
      if (seed % 5 != 0) place = FeedPlace{seed % 7 == 0 ? epoch - 1 : epoch, seq, 0};
      return show_result<ChangePage>(read_changes(store, who, place, limit),
                                     [](const ChangePage& page) { return show(page); });
    };
  }

  Call purge() {
    return [now = now_](Store& store) {
      const Purged purged = purge_trash(store, now).value();
      return std::to_string(purged.erased) + "/" + std::to_string(purged.forgotten) + "/" +
             std::to_string(purged.operations) + "/" + std::to_string(purged.messages) +
             (purged.has_more ? "+" : "");
    };
  }

  Call epoch() {
    const UserId who = user();
    const bool is_bumping = chance(2);
    const auto back = static_cast<std::int64_t>(pick(3));
    return [=](Store& store) {
      const std::int64_t before = present_epoch(store).value();
      if (is_bumping) bump_epoch(store, 0).value();
      return std::to_string(present_epoch(store).value()) + " floor " +
             std::to_string(resume_floor(store, who, before - back).value());
    };
  }

  Call interrupt() {
    return [](Store& store) {
      return show_result<std::int64_t>(interrupt_unfinished(store),
                                       [](const auto& count) { return std::to_string(count); });
    };
  }

 private:
  std::mt19937_64 random_;
  std::uint64_t next_message_ = 0;
  std::uint64_t next_operation_ = 0;
  UnixMs now_ = 0;
};

}  // namespace threadkeep::test
