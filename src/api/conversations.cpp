// /api/conversations
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/call.h"
#include "api/conversation_fields.h"
#include "api/fields.h"
#include "api/handlers.h"
#include "api/message_fields.h"
#include "base/limits.h"
#include "domain/title.h"
#include "domain/wire.h"

namespace threadkeep::api {
namespace {

http::Response conversation_response(int status, const Conversation& conversation) {
  http::Response response = json_response(status, conversation_json(conversation));
  response.headers.push_back({"ETag", "\"" + std::to_string(conversation.rev) + "\""});
  return response;
}

struct RefusalText {
  std::string_view name;
  std::string_view sentence;
};

RefusalText text_of(Titles::Refusal refusal) {
  switch (refusal) {
    case Titles::Refusal::by_person:
      return {"title-by-person", "You have named this conversation yourself: that name stays."};
    case Titles::Refusal::no_words:
      return {"nothing-to-name",
              "There is no question with an answer in it that it could be named by."};
    case Titles::Refusal::no_model:
      return {"no-model",
              "Choose a model for this conversation first; the built-in one names nothing."};
    case Titles::Refusal::no_title:
      break;
  }
  return {"no-title",
          "The model said nothing that could be a title. Try again, or name it yourself."};
}

http::Response title_response(const Result<Titles::Made>& made, std::uint64_t request_number) {
  if (!made) return problem(made.error(), request_number);
  if (!made->refusal) return conversation_response(200, made->conversation);
  const RefusalText text = text_of(*made->refusal);
  return problem(409, text.name, text.sentence, request_number);
}

Result<ConversationFilter> read_filter(UrlQuery& query) {
  ConversationFilter filter;
  if (const auto archived = query.text("archived"); !archived || *archived == "false") {
    filter.is_archived = false;
  } else if (*archived == "true") {
    filter.is_archived = true;
  } else if (*archived != "any") {
    return fail(Errc::invalid_query, "\"archived\" must be true, false or any.");
  }
  if (const auto pinned = query.text("pinned"); pinned && *pinned != "any") {
    if (*pinned != "true" && *pinned != "false")
      return fail(Errc::invalid_query, "\"pinned\" must be true, false or any.");
    filter.is_pinned = *pinned == "true";
  }
  filter.folder = query.text("folder");
  filter.tag = query.text("tag");
  auto trash = query.boolean("trash");
  if (!trash) return tl::unexpected(trash.error());
  filter.in_trash = trash->value_or(false);
  if (filter.in_trash) filter.is_archived.reset();
  return filter;
}

// A cursor belongs to one list: this text tells the lists apart.
std::string list_scope(const ConversationFilter& filter) {
  const auto flag = [](const std::optional<bool>& value) {
    return !value ? "any" : *value ? "true" : "false";
  };
  std::string scope = "conversations";
  scope +=
      std::string("|archived=") + flag(filter.is_archived) + "|pinned=" + flag(filter.is_pinned);
  scope += std::string("|trash=") + (filter.in_trash ? "true" : "false");
  if (filter.folder) scope += "|folder=" + json::quoted(*filter.folder);
  if (filter.tag) scope += "|tag=" + json::quoted(*filter.tag);
  return scope;
}

std::string page_json(const ConversationPage& page, const std::optional<std::string>& cursor) {
  std::string body;
  body.reserve(page.conversations.size() * 400 + 100);
  json::Writer writer(body);
  writer.begin_object().key("conversations").begin_array();
  for (const Conversation& conversation : page.conversations) {
    writer.begin_object();
    write_conversation_members(writer, conversation);
    writer.end_object();
  }
  writer.end_array().key("nextCursor");
  if (cursor) {
    writer.string(*cursor);
  } else {
    writer.null();
  }
  writer.end_object();
  return body;
}

Result<std::string> list_page(const Call& call) {
  auto query = call.query();
  if (!query) return tl::unexpected(query.error());
  const auto filter = read_filter(*query);
  if (!filter) return tl::unexpected(filter.error());
  const auto limit = query->limit("limit", 20, limits::page_limit_max);
  if (!limit) return tl::unexpected(limit.error());
  const auto cursor = query->text("cursor");
  if (auto known = query->finish(); !known) return tl::unexpected(known.error());

  const std::string scope = list_scope(*filter);
  std::optional<ListPlace> after;
  if (cursor) {
    const auto place = call.services.cursors.conversations_place(call.user, scope, *cursor);
    if (!place) return tl::unexpected(place.error());
    after = *place;
  }
  const auto page = call.services.store.read([&](const Reader& reader) {
    return reader.conversations().list(call.user, *filter, after, *limit);
  });
  if (!page) return tl::unexpected(page.error());
  std::optional<std::string> next;
  if (page->next) next = call.services.cursors.of_conversations(call.user, scope, *page->next);
  return page_json(*page, next);
}

Result<NewConversation> read_new_conversation(const Call& call) {
  const auto body = call.body();
  if (!body) return tl::unexpected(body.error());
  Fields fields(body->root());
  NewConversation conversation = read_new_conversation_fields(fields, call.services.ids.next());
  if (auto known = fields.finish(); !known) return tl::unexpected(known.error());
  return conversation;
}

Result<ConversationPatch> read_patch(const Call& call) {
  const auto body = call.body();
  if (!body) return tl::unexpected(body.error());
  Fields fields(body->root());
  ConversationPatch patch = read_patch_fields(fields);
  patch.edited_at = fields.time("editedAt");
  // Whoever sends it is a person's program.
  if (patch.edited_at == not_by_hand) ++*patch.edited_at;
  if (auto known = fields.finish(); !known) return tl::unexpected(known.error());
  return patch;
}

Result<ConversationUpsert> read_upsert(const Call& call, const ConversationId& id) {
  const auto body = call.body();
  if (!body) return tl::unexpected(body.error());
  Fields fields(body->root());
  ConversationUpsert upsert;
  upsert.id = id;
  upsert.title = fields.line("title", entry::title);
  upsert.model = fields.nullable_line("model", entry::model);
  upsert.settings = fields.settings("settings");
  const json::Value messages = fields.value("messages");
  if (!messages.is_array()) fields.refuse("messages", "must be an array.");
  if (messages.size() > limits::upsert_messages_max) {
    fields.fail_with(
        {Errc::too_large, "\"messages\" must hold at most " +
                              std::to_string(limits::upsert_messages_max) +
                              " messages. Longer conversations are appended to, or imported."});
  }
  if (auto known = fields.finish(); !known) return tl::unexpected(known.error());
  std::size_t index = 0;
  for (const json::Value message : messages.items()) {
    auto read = read_upsert_message(message, "messages[" + std::to_string(index++) + "]",
                                    call.services.ids.next());
    if (!read) return tl::unexpected(read.error());
    upsert.messages.push_back(std::move(*read));
  }
  return upsert;
}

}  // namespace

http::Reply list_conversations(Call& call) {
  auto page = list_page(call);
  if (!page) return call.problem(page.error());
  return json_response(200, std::move(*page));
}

http::Reply create_conversation(Call& call) {
  const auto conversation = read_new_conversation(call);
  if (!conversation) return call.problem(conversation.error());
  const auto stored = call.services.store.write(call.user, *conversation);
  if (!stored) return call.problem(stored.error());
  return conversation_response(stored->was_there ? 200 : 201, stored->value);
}

http::Reply get_conversation(Call& call) {
  const auto id = call.id();
  if (!id) return call.problem(id.error());
  const auto conversation = call.services.store.read(
      [&](const Reader& reader) { return reader.conversations().find(call.user, *id); });
  if (!conversation) return call.problem(conversation.error());
  return conversation_response(200, *conversation);
}

http::Reply put_conversation(Call& call) {
  const auto id = call.id();
  if (!id) return call.problem(id.error());
  const auto rev = call.if_match("conversation");
  if (!rev) return call.problem(rev.error());
  auto upsert = read_upsert(call, *id);
  if (!upsert) return call.problem(upsert.error());
  upsert->if_rev = *rev;
  const auto stored = call.services.store.write(call.user, *upsert);
  if (!stored) return call.problem(stored.error());
  return conversation_response(stored->was_there ? 200 : 201, stored->value);
}

http::Reply patch_conversation(Call& call) {
  const auto id = call.id();
  if (!id) return call.problem(id.error());
  const auto rev = call.if_match("conversation");
  if (!rev) return call.problem(rev.error());
  const auto patch = read_patch(call);
  if (!patch) return call.problem(patch.error());
  const auto conversation =
      call.services.store.write(call.user, EditConversation{*id, *patch, *rev});
  if (!conversation) return call.problem(conversation.error());
  return conversation_response(200, *conversation);
}

http::Reply delete_conversation(Call& call) {
  const auto id = call.id();
  if (!id) return call.problem(id.error());
  auto query = call.query();
  if (!query) return call.problem(query.error());
  const auto forever = query->boolean("forever");
  if (!forever) return call.problem(forever.error());
  if (auto known = query->finish(); !known) return call.problem(known.error());
  const auto erase = forever->value_or(false) ? Erase::now : Erase::later;
  const auto deleted = call.services.store.write(call.user, DeleteConversation{*id, erase});
  if (!deleted) return call.problem(deleted.error());
  http::Response response;
  response.status = 204;
  return response;
}

http::Reply restore_conversation(Call& call) {
  const auto id = call.id();
  if (!id) return call.problem(id.error());
  const auto conversation = call.services.store.write(call.user, RestoreConversation{*id});
  if (!conversation) return call.problem(conversation.error());
  return conversation_response(200, *conversation);
}

http::Reply make_title(Call& call) {
  const auto id = call.id();
  if (!id) return call.problem(id.error());
  call.services.titles.make(call.user, *id,
                            [responder = call.responder, number = call.request.request_number](
                                const Result<Titles::Made>& made) {
                              responder.send(with_common_headers(title_response(made, number)));
                            });
  return http::Deferred{};
}

}  // namespace threadkeep::api
