#include "api/cursors.h"

#include <sodium.h>

#include <utility>

namespace threadkeep::api {
namespace {

// Layout: version, kind, fields, tag. Before it was: version 2, six fields that every list used as
// it liked, tag.
constexpr char version = 3;
constexpr char version_before = 2;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t number_bytes = 8;
constexpr std::size_t id_bytes = 16;
constexpr std::size_t cursor_characters_max = 200;

constexpr std::string_view feed_scope = "changes";

std::string_view scope_of(SnapshotOf what) {
  return what == SnapshotOf::everything ? "snapshot|all" : "snapshot|conversations";
}

std::string scope_of(Cursors::MessagesOf what, const ConversationId& conversation) {
  switch (what) {
    case Cursors::MessagesOf::tree:
      return "tree|" + conversation.text();
    case Cursors::MessagesOf::siblings:
      return "siblings|" + conversation.text();
    case Cursors::MessagesOf::trash:
      return "trash|" + conversation.text();
    case Cursors::MessagesOf::path:
      break;
  }
  return "path|" + conversation.text();
}

void put(std::string& out, std::int64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out += static_cast<char>(static_cast<std::uint64_t>(number) >> shift);
}

const unsigned char* as_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

tl::unexpected<Error> refused() {
  return fail(Errc::invalid_cursor,
              "The cursor is none that this list gave out. Begin again without one.");
}

std::string encoded(std::string_view sealed) {
  std::string text(
      sodium_base64_ENCODED_LEN(sealed.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), as_bytes(sealed), sealed.size(),
                    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  text.pop_back();  // the terminating NUL
  return text;
}

// Empty when it is no base64, or too long to be a cursor.
std::string decoded(std::string_view cursor) {
  if (cursor.size() > cursor_characters_max) return {};
  std::string sealed(cursor.size(), '\0');
  std::size_t length = 0;
  const char* end = nullptr;
  const int result = sodium_base642bin(reinterpret_cast<unsigned char*>(sealed.data()),
                                       sealed.size(), cursor.data(), cursor.size(), nullptr,
                                       &length, &end, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  if (result != 0 || end != cursor.data() + cursor.size()) return {};
  sealed.resize(length);
  return sealed;
}

}  // namespace

// Takes the fields in the order in which they were put.
class Cursors::Fields {
 public:
  explicit Fields(std::string bytes) : bytes_(std::move(bytes)) {}

  std::int64_t number() {
    std::uint64_t number = 0;
    for (const char byte : take(number_bytes))
      number = (number << 8) | static_cast<unsigned char>(byte);
    return static_cast<std::int64_t>(number);
  }
  Ulid id() { return Ulid::from_bytes(take(id_bytes)); }

  static std::size_t size_of(Kind kind) {
    switch (kind) {
      case Kind::feed:
        return 3 * number_bytes;
      case Kind::snapshot:
        return 5 * number_bytes + id_bytes;
      case Kind::conversations:
        return number_bytes + id_bytes;
      case Kind::messages:
        break;
    }
    return number_bytes;
  }

  // The fields of a cursor of the version before, in the order of this one. `bytes` are two
  // numbers, an id and three numbers.
  static std::string of_version_before(Kind kind, std::string_view bytes) {
    const auto first = bytes.substr(0, 8), second = bytes.substr(8, 8), id = bytes.substr(16, 16),
               third = bytes.substr(32, 8), fourth = bytes.substr(40, 8),
               fifth = bytes.substr(48, 8);
    std::string fields(first);
    switch (kind) {
      case Kind::feed:
        return fields.append(second).append(third);
      case Kind::snapshot:
        return fields.append(second).append(third).append(fourth).append(id).append(fifth);
      case Kind::conversations:
        return fields.append(id);
      case Kind::messages:
        break;
    }
    return fields;
  }
  static constexpr std::size_t bytes_before = 5 * number_bytes + id_bytes;

 private:
  std::string_view take(std::size_t size) {
    const std::string_view taken = std::string_view(bytes_).substr(at_, size);
    at_ += size;
    return taken;
  }

  std::string bytes_;
  std::size_t at_ = 0;
};

Cursors::Cursors(std::string key) : key_(std::move(key)) {}

std::string Cursors::tag(const UserId& user, std::string_view scope,
                         std::string_view payload) const {
  std::string tag(tag_bytes, '\0');
  crypto_generichash_state state;
  crypto_generichash_init(&state, as_bytes(key_), key_.size(), tag_bytes);
  crypto_generichash_update(&state, as_bytes(user.bytes()), user.bytes().size());
  crypto_generichash_update(&state, as_bytes(payload), payload.size());
  crypto_generichash_update(&state, as_bytes(scope), scope.size());
  crypto_generichash_final(&state, reinterpret_cast<unsigned char*>(tag.data()), tag_bytes);
  return tag;
}

std::string Cursors::seal(const UserId& user, std::string_view scope, Kind kind,
                          std::string_view fields) const {
  std::string payload(1, version);
  payload += static_cast<char>(kind);
  payload += fields;
  return encoded(payload + tag(user, scope, payload));
}

Result<Cursors::Fields> Cursors::open(const UserId& user, std::string_view scope, Kind kind,
                                      std::string_view cursor) const {
  const std::string sealed = decoded(cursor);
  if (sealed.size() <= tag_bytes) return refused();
  const std::string_view payload = std::string_view(sealed).substr(0, sealed.size() - tag_bytes);
  const std::string expected = tag(user, scope, payload);
  if (sodium_memcmp(expected.data(), sealed.data() + payload.size(), tag_bytes) != 0)
    return refused();
  if (payload[0] == version && payload.size() == 2 + Fields::size_of(kind) &&
      payload[1] == static_cast<char>(kind)) {
    return Fields(std::string(payload.substr(2)));
  }
  if (payload[0] == version_before && payload.size() == 1 + Fields::bytes_before)
    return Fields(Fields::of_version_before(kind, payload.substr(1)));
  return refused();
}

std::string Cursors::of_feed(const UserId& user, const FeedPlace& place) const {
  std::string fields;
  put(fields, place.epoch);
  put(fields, place.seq);
  put(fields, place.horizon);
  return seal(user, feed_scope, Kind::feed, fields);
}

Result<FeedPlace> Cursors::feed_place(const UserId& user, std::string_view cursor) const {
  auto fields = open(user, feed_scope, Kind::feed, cursor);
  if (!fields) return tl::unexpected(fields.error());
  FeedPlace place;
  place.epoch = fields->number();
  place.seq = fields->number();
  place.horizon = fields->number();
  return place;
}

std::string Cursors::of_snapshot(const UserId& user, SnapshotOf what,
                                 const SnapshotPlace& place) const {
  std::string fields;
  put(fields, place.epoch);
  put(fields, place.seq);
  put(fields, static_cast<std::int64_t>(place.stage));
  put(fields, place.updated_at);
  fields += place.id.bytes();
  put(fields, place.position);
  return seal(user, scope_of(what), Kind::snapshot, fields);
}

Result<SnapshotPlace> Cursors::snapshot_place(const UserId& user, SnapshotOf what,
                                              std::string_view cursor) const {
  auto fields = open(user, scope_of(what), Kind::snapshot, cursor);
  if (!fields) return tl::unexpected(fields.error());
  SnapshotPlace place;
  place.epoch = fields->number();
  place.seq = fields->number();
  place.stage = static_cast<SnapshotPlace::Stage>(fields->number());
  place.updated_at = fields->number();
  place.id = fields->id();
  place.position = fields->number();
  return place;
}

std::string Cursors::of_conversations(const UserId& user, std::string_view filter,
                                      const ListPlace& place) const {
  std::string fields;
  put(fields, place.updated_at);
  fields += place.id.bytes();
  return seal(user, filter, Kind::conversations, fields);
}

Result<ListPlace> Cursors::conversations_place(const UserId& user, std::string_view filter,
                                               std::string_view cursor) const {
  auto fields = open(user, filter, Kind::conversations, cursor);
  if (!fields) return tl::unexpected(fields.error());
  ListPlace place;
  place.updated_at = fields->number();
  place.id = fields->id();
  return place;
}

std::string Cursors::of_messages(const UserId& user, MessagesOf what,
                                 const ConversationId& conversation, Position position) const {
  std::string fields;
  put(fields, position);
  return seal(user, scope_of(what, conversation), Kind::messages, fields);
}

Result<Position> Cursors::messages_position(const UserId& user, MessagesOf what,
                                            const ConversationId& conversation,
                                            std::string_view cursor) const {
  auto fields = open(user, scope_of(what, conversation), Kind::messages, cursor);
  if (!fields) return tl::unexpected(fields.error());
  return fields->number();
}

}  // namespace threadkeep::api
