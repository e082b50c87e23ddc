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

std::string page_json(const MessagePage& page, const std::optional<std::string>& cursor) {
  std::string body;
  std::size_t content_bytes = 0;
  for (const MessageInTree& entry : page.messages) content_bytes += entry.message.content.size();
  body.reserve(content_bytes + page.messages.size() * 400 + 200);
  json::Writer writer(body);
  writer.begin_object().key("messages").begin_array();
  for (const MessageInTree& entry : page.messages) {
    writer.begin_object();
    write_message_members(writer, entry.message);
    const Siblings& siblings = entry.siblings;
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

Result<std::string> list_page(const Call& call) {
  const auto conversation = call.id();
  if (!conversation) return tl::unexpected(conversation.error());
  auto query = call.query();
  if (!query) return tl::unexpected(query.error());
  const auto limit = query->limit("limit", 50, limits::page_limit_max);
  if (!limit) return tl::unexpected(limit.error());
  const auto all = query->boolean("all");
  if (!all) return tl::unexpected(all.error());
  const bool is_whole_tree = all->value_or(false);
  const auto cursor = query->text("cursor");
  const auto head_text = query->text("head");
  const auto up_to_text = query->text("upTo");
  if (auto known = query->finish(); !known) return tl::unexpected(known.error());
  std::optional<MessageId> head;
  if (head_text || up_to_text) {
    const auto parsed = Ulid::parse(head_text ? *head_text : *up_to_text);
    if (!parsed) return tl::unexpected(parsed.error());
    head = *parsed;
  }
  if (head_text.has_value() + up_to_text.has_value() + is_whole_tree > 1)
    return fail(Errc::invalid_query,
                "Only one of \"head\", \"upTo\" and \"all\" can be asked for.");

  const Cursors& cursors = call.services.cursors;
  const auto what = is_whole_tree ? Cursors::MessagesOf::tree : Cursors::MessagesOf::path;
  std::optional<Position> from;
  if (cursor) {
    const auto position = cursors.messages_position(call.user, what, *conversation, *cursor);
    if (!position) return tl::unexpected(position.error());
    from = *position;
  } else if (up_to_text) {
    const auto position = position_of(call, *conversation, *head);
    if (!position) return tl::unexpected(position.error());
    from = *position;
  }
  const auto page = call.services.store.read([&](const Reader& reader) {
    const Messages& messages = reader.messages();
    return is_whole_tree ? messages.tree_page(call.user, *conversation, from.value_or(1), *limit)
                         : messages.path_page(call.user, *conversation, head, from, *limit);
  });
  if (!page) return tl::unexpected(page.error());
  std::optional<std::string> next;
  if (page->next) next = cursors.of_messages(call.user, what, *conversation, *page->next);
  return page_json(*page, next);
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

}  // namespace threadkeep::api
