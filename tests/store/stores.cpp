#include "store/stores.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "domain/content.h"
#include "domain/setting_rules.h"
#include "domain/wire.h"
#include "store/memory/memory_store.h"
#include "store/postgres/postgres_store.h"
#include "store/postgres_cluster.h"
#include "store/sqlite/sqlite_store.h"

namespace threadkeep::test {

TemporaryFolder::TemporaryFolder(On on) {
  const std::filesystem::path memory = "/dev/shm";
  const bool is_in_memory = on == On::memory && std::filesystem::exists(memory);
  const auto base = is_in_memory ? memory : std::filesystem::temp_directory_path();
  std::string pattern = base / "threadkeep-test-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::ostream& operator<<(std::ostream& out, Kind kind) {
  return out << (kind == Kind::memory ? "memory" : kind == Kind::sqlite ? "sqlite" : "postgres");
}

namespace {

// The database that belongs to the folder.
std::string postgres_url_of(const TemporaryFolder& folder) {
  const std::string path = folder.file("postgres");
  if (!std::filesystem::exists(path)) std::ofstream(path) << fresh_postgres_url();
  std::string url;
  std::getline(std::ifstream(path), url);
  return url;
}

std::unique_ptr<Store> opened(Result<std::unique_ptr<Store>> store) {
  if (!store) throw std::runtime_error(store.error().detail);
  return std::move(*store);
}

}  // namespace

std::unique_ptr<Store> make_store(Kind kind, const TemporaryFolder& folder, const Clock& clock,
                                  UlidMaker& ids, const StoreLimits& limits) {
  if (kind == Kind::memory) return make_memory_store(clock, ids, limits);
  if (kind == Kind::postgres) {
    PostgresOptions options;
    options.url = postgres_url_of(folder);
    options.limits = limits;
    options.process = id_of(1);
    return opened(open_postgres_store(options, clock, ids));
  }
  SqliteOptions options;
  options.path = folder.file("store.db");
  options.limits = limits;
  return opened(open_sqlite_store(options, clock, ids));
}

Ulid id_of(std::uint64_t number) {
  Ulid::Bytes bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return Ulid(bytes);
}

std::string text_block(const std::string& text) { return text_content(text); }

NewConversation chat(const ConversationId& id, const std::string& title) {
  NewConversation conversation;
  conversation.id = id;
  conversation.title = title;
  return conversation;
}

NewMessage said(const MessageId& id, const ConversationId& conversation, const std::string& text,
                Role role) {
  return said_under(UnderHead{}, id, conversation, text, role);
}

NewMessage said_under(const Place& place, const MessageId& id, const ConversationId& conversation,
                      const std::string& text, Role role) {
  NewMessage message;
  message.id = id;
  message.conversation_id = conversation;
  message.place = place;
  message.role = role;
  message.content = text_block(text);
  return message;
}

namespace {

std::string show(const Ulid& id) { return id.text().substr(16); }
std::string show(const std::string& text) { return "'" + text + "'"; }
std::string show(std::int64_t number) { return std::to_string(number); }

template <class T>
std::string show(const std::optional<T>& value) {
  return value ? show(*value) : "none";
}

}  // namespace

std::string show(const Conversation& row) {
  std::ostringstream out;
  out << show(row.id) << " title=" << show(row.title) << "/" << title_source_name(row.title_source)
      << " model=" << show(row.model) << " created=" << row.created_at
      << " updated=" << row.updated_at << " count=" << row.message_count
      << " archived=" << row.is_archived << " pinned=" << row.is_pinned
      << " unread=" << row.is_unread << " folder=" << show(row.folder) << " tags=";
  for (const std::string& tag : row.tags) out << show(tag);
  out << " head=" << show(row.head_id) << " settings=" << settings_json(row.settings)
      << " metadata=" << row.metadata << " rev=" << row.rev << " seq=" << row.seq
      << " deleted=" << show(row.deleted_at);
  return out.str();
}

std::string show(const Message& row) {
  std::ostringstream out;
  out << show(row.id) << " in=" << show(row.conversation_id) << " under=" << show(row.parent_id)
      << " " << role_name(row.role) << "/" << status_name(row.status) << " " << row.content
      << " model=" << show(row.model) << " created=" << row.created_at
      << " tokens=" << show(row.token_count) << " usage=" << show(row.usage)
      << " error=" << show(row.error) << " metadata=" << row.metadata
      << " position=" << row.position << " seq=" << row.seq << " deleted=" << show(row.deleted_at)
      << (row.is_erased ? " for ever" : "");
  return out.str();
}

std::string show(const Preset& row) { return preset_json(row); }

std::string show(const ChangePage& page) {
  std::string text = "epoch " + show(page.epoch) + "\n";
  for (const Conversation& row : page.conversations) text += show(row) + "\n";
  for (const Message& row : page.messages) text += show(row) + "\n";
  for (const Preset& row : page.presets) text += show(row) + "\n";
  for (const Tombstone& row : page.tombstones) {
    text += show(row.id) + " erased at " + show(row.seq) + "\n";
  }
  return text + "next=" + show(page.next.epoch) + "/" + show(page.next.seq) + "/" +
         show(page.next.horizon) + (page.has_more ? " and more" : "");
}

std::string show(const Pushed& pushed) {
  std::string text = pushed.was_there ? "again" : "new";
  if (pushed.conversation) text += " " + show(*pushed.conversation);
  if (pushed.message) text += " " + show(*pushed.message);
  for (const Message& row : pushed.messages) text += " " + show(row);
  if (pushed.preset) text += " " + show(*pushed.preset);
  return text;
}

std::string show(const MessageInTree& row) {
  std::string text = show(row.message) + " siblings=" + show(row.siblings.before) + " of " +
                     show(row.siblings.count) + ": ";
  for (const MessageId& id : row.siblings.ids) text += show(id) + ",";
  return text;
}

std::string show(const MessagePage& page) {
  std::string text;
  for (const MessageInTree& row : page.messages) text += show(row) + "\n";
  return text + "next=" + show(page.next) + " head=" + show(page.head_id);
}

std::string show(const ConversationPage& page) {
  std::string text;
  for (const Conversation& row : page.conversations) text += show(row) + "\n";
  if (page.next) text += "next=" + show(page.next->updated_at) + "/" + show(page.next->id);
  return text;
}

}  // namespace threadkeep::test
