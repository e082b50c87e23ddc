// /api/conversations/:id/messages
#include <optional>
#include <string>
#include <utility>

#include "api/call.h"
#include "api/handlers.h"
#include "api/message_fields.h"
#include "base/limits.h"
#include "domain/wire.h"

namespace threadkeep::api {
namespace {

using MessagesOf = Cursors::MessagesOf;

std::string page_json(MessagesOf what, const MessagePage& page,
                      const std::optional<std::string>& cursor) {
  std::string body;
  std::size_t content_bytes = 0;
  for (const MessageInTree& entry : page.messages) content_bytes += entry.message.content.size();
  body.reserve(content_bytes + page.messages.size() * 400 + 200);
  json::Writer writer(body);
  writer.begin_object().key("messages").begin_array();
  for (const MessageInTree& entry : page.messages) {
    writer.begin_object();
    const Siblings& siblings = entry.siblings;
    if (what == MessagesOf::trash) {
      write_whole_message_members(writer, entry.message);
    } else {
      write_message_members(writer, entry.message);
    }
    writer.member("siblingCount", siblings.count);
    if (siblings.count > 1) {
      writer.key("siblingIds").begin_array();
      for (const MessageId& id : siblings.ids) writer.string(id.text());
      writer.end_array();
    }
    if (siblings.ids.size() < static_cast<std::size_t>(siblings.count))
      writer.member("siblingsBefore", siblings.before);
    writer.end_object();
  }
  writer.end_array().key("nextCursor");
  if (cursor) {
    writer.string(*cursor);
  } else {
    writer.null();
  }
  writer.key("headId");
  if (page.head_id) {
    writer.string(page.head_id->text());
  } else {
    writer.null();
  }
  writer.end_object();
  return body;
}

// The place of a message of the conversation, for a page that ends in it.
Result<Position> position_of(const Call& call, const ConversationId& conversation,
                             const MessageId& id) {
  const auto message = call.services.store.read(
      [&](const Reader& reader) { return reader.messages().find(call.user, id); });
  const bool is_here = message && message->conversation_id == conversation;
  if (!is_here && (message || message.error().code == Errc::not_found))
    return fail(Errc::invalid_field, "upTo is no message of this conversation.");
  if (!message) return tl::unexpected(message.error());
  return message->position;
}

// What a list of messages is asked for.
struct WantedPage {
  Cursors::MessagesOf what = Cursors::MessagesOf::path;
  std::optional<MessageId> about;  // the end of the path, or whose siblings
  bool ends_in_it = false;         // the page, not the path
  Deleted deleted = Deleted::left_out;
  int limit = 0;
  std::optional<std::string> cursor;
};

Result<WantedPage> read_wanted_page(const Call& call) {
  auto query = call.query();
  if (!query) return tl::unexpected(query.error());
  WantedPage wanted;
  const auto limit = query->limit("limit", 50, limits::page_limit_max);
  if (!limit) return tl::unexpected(limit.error());
  wanted.limit = *limit;
  const auto all = query->boolean("all");
  if (!all) return tl::unexpected(all.error());
  const auto trash = query->boolean("trash");
  if (!trash) return tl::unexpected(trash.error());
  const auto deleted = query->boolean("deleted");
  if (!deleted) return tl::unexpected(deleted.error());
  if (deleted->value_or(false)) wanted.deleted = Deleted::listed;
  wanted.cursor = query->text("cursor");
  const auto head = query->text("head");
  const auto up_to = query->text("upTo");
  const auto siblings_of = query->text("siblingsOf");
  if (auto known = query->finish(); !known) return tl::unexpected(known.error());
  for (const auto& id : {head, up_to, siblings_of}) {
    if (!id) continue;
    const auto parsed = Ulid::parse(*id);
    if (!parsed) return tl::unexpected(parsed.error());
    wanted.about = *parsed;
  }
  const bool is_whole_tree = all->value_or(false);
  const bool is_trash = trash->value_or(false);
  if (head.has_value() + up_to.has_value() + siblings_of.has_value() + is_whole_tree + is_trash > 1)
    return fail(Errc::invalid_query,
                R"(Only one of "head", "upTo", "siblingsOf", "all" and "trash" can be asked for.)");
  if (is_trash) wanted.what = Cursors::MessagesOf::trash;
  if (is_whole_tree) wanted.what = Cursors::MessagesOf::tree;
  if (siblings_of) wanted.what = Cursors::MessagesOf::siblings;
  wanted.ends_in_it = up_to.has_value();
  return wanted;
}

Result<MessagePage> read_page(const Call& call, const ConversationId& conversation,
                              const WantedPage& wanted, std::optional<Position> from) {
  return call.services.store.read([&](const Reader& reader) {
    const Messages& messages = reader.messages();
    switch (wanted.what) {
      case Cursors::MessagesOf::tree:
        return messages.tree_page(call.user, conversation, from.value_or(1), wanted.limit,
                                  wanted.deleted);
      case Cursors::MessagesOf::trash:
        return messages.trash_page(call.user, conversation, from.value_or(1), wanted.limit);
      case Cursors::MessagesOf::siblings:
        return messages.sibling_page(call.user, conversation, *wanted.about, from.value_or(1),
                                     wanted.limit);
      case Cursors::MessagesOf::path:
        break;
    }
    return messages.path_page(call.user, conversation, wanted.about, from, wanted.limit,
                              wanted.deleted);
  });
}

Result<std::string> list_page(const Call& call) {
  const auto conversation = call.id();
  if (!conversation) return tl::unexpected(conversation.error());
  const auto wanted = read_wanted_page(call);
  if (!wanted) return tl::unexpected(wanted.error());
  const Cursors& cursors = call.services.cursors;
  std::optional<Position> from;
  if (wanted->cursor) {
    const auto position =
        cursors.messages_position(call.user, wanted->what, *conversation, *wanted->cursor);
    if (!position) return tl::unexpected(position.error());
    from = *position;
  } else if (wanted->ends_in_it) {
    const auto position = position_of(call, *conversation, *wanted->about);
    if (!position) return tl::unexpected(position.error());
    from = *position;
  }
  const auto page = read_page(call, *conversation, *wanted, from);
  if (!page) return tl::unexpected(page.error());
  std::optional<std::string> next;
  if (page->next) next = cursors.of_messages(call.user, wanted->what, *conversation, *page->next);
  return page_json(wanted->what, *page, next);
}

// Of the path and its query: the message, or all of its branch.
ChosenMessages chosen(const MessageId& message, std::optional<bool> is_branch) {
  if (is_branch.value_or(false)) return Branch{message};
  return std::vector<MessageId>{message};
}

http::Response appended_response(const Stored<Message>& stored) {
  http::Response response = json_response(stored.was_there ? 200 : 201, message_json(stored.value));
  if (stored.was_there) response.headers.push_back({"Idempotency-Replayed", "true"});
  return response;
}

}  // namespace

http::Reply list_messages(Call& call) {
  auto page = list_page(call);
  if (!page) return call.problem(page.error());
  return json_response(200, std::move(*page));
}

// The worker does not wait for the commit: the store's writer answers, so that many appends share
// one commit.
http::Reply append_message(Call& call) {
  const auto conversation = call.id();
  if (!conversation) return call.problem(conversation.error());
  const auto body = call.body();
  if (!body) return call.problem(body.error());
  auto message =
      read_message(body->root(), "", *conversation, call.services.ids.next(), RoleField::required);
  if (!message) return call.problem(message.error());
  const auto answer = [responder = call.responder, number = call.request.request_number](
                          const Result<Stored<Message>>& stored) {
    responder.send(
        with_common_headers(stored ? appended_response(*stored) : problem(stored.error(), number)));
  };
  call.services.store.write(call.user, std::move(*message), answer);
  return http::Deferred{};
}

// ?branch=true: with all that stands under it; ?forever=true: past the trash.
http::Reply delete_messages(Call& call) {
  const auto conversation = call.id();
  if (!conversation) return call.problem(conversation.error());
  const auto message = call.id(1);
  if (!message) return call.problem(message.error());
  auto query = call.query();
  if (!query) return call.problem(query.error());
  const auto branch = query->boolean("branch");
  if (!branch) return call.problem(branch.error());
  const auto forever = query->boolean("forever");
  if (!forever) return call.problem(forever.error());
  if (auto known = query->finish(); !known) return call.problem(known.error());
  const auto erase = forever->value_or(false) ? Erase::now : Erase::later;
  const DeleteMessages deletion{*conversation, chosen(*message, *branch), erase, {}};
  const auto deleted = call.services.store.write(call.user, deletion);
  if (!deleted) return call.problem(deleted.error());
  http::Response response;
  response.status = 204;
  return response;
}

http::Reply restore_messages(Call& call) {
  const auto conversation = call.id();
  if (!conversation) return call.problem(conversation.error());
  const auto message = call.id(1);
  if (!message) return call.problem(message.error());
  auto query = call.query();
  if (!query) return call.problem(query.error());
  const auto branch = query->boolean("branch");
  if (!branch) return call.problem(branch.error());
  if (auto known = query->finish(); !known) return call.problem(known.error());
  const RestoreMessages restore{*conversation, chosen(*message, *branch), {}};
  const auto restored = call.services.store.write(call.user, restore);
  if (!restored) return call.problem(restored.error());
  return json_response(200, conversation_json(*restored));
}

}  // namespace threadkeep::api
