// /api/conversations/changes and /api/snapshot
#include <optional>
#include <string>

#include "api/call.h"
#include "api/handlers.h"
#include "base/limits.h"
#include "domain/wire.h"

namespace threadkeep::api {
namespace {

constexpr int usual_rows = 500;

template <class Page>
void write_rows(json::Writer& writer, const Page& page) {
  writer.key("conversations").begin_array();
  for (const Conversation& row : page.conversations) {
    writer.begin_object();
    write_conversation_members(writer, row);
    writer.end_object();
  }
  writer.end_array().key("messages").begin_array();
  for (const Message& row : page.messages) {
    writer.begin_object();
    write_message_members(writer, row);
    writer.end_object();
  }
  writer.end_array().key("presets").begin_array();
  for (const Preset& row : page.presets) writer.raw(preset_json(row));
  writer.end_array();
}

template <class Page>
std::size_t bytes_of(const Page& page) {
  std::size_t bytes = 200 + page.conversations.size() * 450 + page.messages.size() * 450;
  for (const Message& row : page.messages) bytes += row.content.size();
  for (const Preset& row : page.presets) bytes += 200 + preset_bytes(row);
  return bytes;
}

Result<std::string> changes_page(const Call& call) {
  auto query = call.query();
  if (!query) return tl::unexpected(query.error());
  const auto limit = query->limit("limit", usual_rows, limits::feed_limit_max);
  if (!limit) return tl::unexpected(limit.error());
  const auto since = query->text("since");
  if (auto known = query->finish(); !known) return tl::unexpected(known.error());
  std::optional<FeedPlace> place;
  if (since) {
    const auto opened = call.services.cursors.feed_place(call.user, *since);
    if (!opened) return tl::unexpected(opened.error());
    place = *opened;
  }
  const auto page = call.services.store.read(
      [&](const Reader& reader) { return reader.sync().changes(call.user, place, *limit); });
  if (!page) return tl::unexpected(page.error());

  std::string body;
  body.reserve(bytes_of(*page));
  json::Writer writer(body);
  writer.begin_object().member("epoch", page->epoch);
  write_rows(writer, *page);
  writer.key("tombstones").begin_array();
  for (const Tombstone& row : page->tombstones) {
    writer.begin_object()
        .member("kind", "conversation")
        .member("id", row.id.text())
        .member("seq", row.seq)
        .end_object();
  }
  writer.end_array()
      .member("nextCursor", call.services.cursors.of_feed(call.user, page->next))
      .member("hasMore", page->has_more)
      .end_object();
  return body;
}

struct SnapshotQuery {
  int limit = usual_rows;
  SnapshotOf what = SnapshotOf::everything;
  std::optional<SnapshotPlace> from;
  std::optional<FeedPlace> since;
};

Result<SnapshotQuery> read_snapshot_query(const Call& call) {
  SnapshotQuery result;
  auto query = call.query();
  if (!query) return tl::unexpected(query.error());
  const auto limit = query->limit("limit", usual_rows, limits::feed_limit_max);
  if (!limit) return tl::unexpected(limit.error());
  result.limit = *limit;
  const auto include = query->text("include");
  if (include && *include != "all" && *include != "conversations")
    return fail(Errc::invalid_query, "\"include\" must be all or conversations.");
  if (include && *include == "conversations") result.what = SnapshotOf::conversations;
  const auto cursor = query->text("cursor");
  const auto since = query->text("since");
  if (auto known = query->finish(); !known) return tl::unexpected(known.error());
  if (cursor) {
    const auto opened = call.services.cursors.snapshot_place(call.user, result.what, *cursor);
    if (!opened) return tl::unexpected(opened.error());
    result.from = *opened;
  }
  if (since) {
    const auto opened = call.services.cursors.feed_place(call.user, *since);
    if (!opened) return tl::unexpected(opened.error());
    result.since = *opened;
  }
  return result;
}

Result<std::string> snapshot_page(const Call& call) {
  const auto query = read_snapshot_query(call);
  if (!query) return tl::unexpected(query.error());
  Store& store = call.services.store;
  const auto page = store.read([&](const Reader& reader) {
    return reader.sync().snapshot(call.user, query->what, query->from, query->limit);
  });
  if (!page) return tl::unexpected(page.error());

  std::string body;
  body.reserve(bytes_of(*page));
  json::Writer writer(body);
  writer.begin_object().member("epoch", page->epoch);
  write_rows(writer, *page);
  writer.key("nextCursor");
  if (page->next) {
    writer.string(call.services.cursors.of_snapshot(call.user, query->what, *page->next));
  } else {
    writer.null();
  }
  writer.member("changesCursor", call.services.cursors.of_feed(call.user, page->changes_from));
  if (query->since && query->since->epoch != page->epoch) {
    const auto floor = store.read([&](const Reader& reader) {
      return reader.sync().resume_floor(call.user, query->since->epoch);
    });
    if (!floor) return tl::unexpected(floor.error());
    writer.member("resumeFloor", *floor);
  }
  writer.end_object();
  return body;
}

http::Reply answer_page(Call& call, Result<std::string> page) {
  if (page) return json_response(200, std::move(*page));
  if (page.error().code != Errc::resync_required) return call.problem(page.error());
  const auto epoch =
      call.services.store.read([](const Reader& reader) { return reader.sync().epoch(); });
  if (!epoch) return call.problem(epoch.error());
  return problem_with_epoch(page.error(), *epoch, call.request.request_number);
}

}  // namespace

http::Reply list_changes(Call& call) { return answer_page(call, changes_page(call)); }

http::Reply get_snapshot(Call& call) { return answer_page(call, snapshot_page(call)); }

}  // namespace threadkeep::api
