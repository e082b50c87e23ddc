#include "tools/mcp_client.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/ascii.h"
#include "http/event_format.h"
#include "json/json.h"

namespace threadkeep::tools {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t answer_bytes_max = 8U << 20;
constexpr std::size_t event_bytes_max = 8U << 20;
constexpr milliseconds answer_time_max{20'000};  // of all but the call of a tool
constexpr milliseconds end_time_max{1'000};
constexpr milliseconds between_resumptions{1'000};
constexpr int resumptions_max = 60;
constexpr int pages_max = 32;
constexpr std::size_t tools_max = 128;
constexpr std::size_t told_max = 32;
constexpr std::size_t session_id_bytes_max = 512;

bool is_event_stream(const Answer& answer) {
  return lower(header_of(answer, "Content-Type")).starts_with("text/event-stream");
}

// Whether it can be sent back in a header.
bool is_session_id(std::string_view id) {
  return id.size() <= session_id_bytes_max &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

tl::unexpected<Error> failed(const std::string& sentence) {
  return fail(Errc::upstream_failed, sentence);
}

std::string tool_call(std::string_view tool, std::string_view input) {
  std::string params;
  json::Writer writer(params);
  writer.begin_object().member("name", tool).key("arguments").raw(input).end_object();
  return params;
}

std::string introduction() {
  std::string params;
  json::Writer writer(params);
  writer.begin_object().member("protocolVersion", mcp_version_newest);
  writer.key("capabilities").begin_object().end_object();
  writer.key("clientInfo").begin_object();
  writer.member("name", "threadkeep").member("version", "0.1.0").end_object().end_object();
  return params;
}

}  // namespace

struct McpClient::Hearing {
  std::int64_t id = 0;                        // of our request
  std::optional<Result<std::string>> result;  // of the answer to it
  std::string last_event;                     // where a stream that is cut goes on
};

struct McpClient::Told {
  std::atomic<bool> is_done = false;
  std::unique_ptr<http::OutboundCall> call;
};

McpClient::McpClient(McpServer server, http::Outbound& outbound,
                     std::function<void()> on_list_changed)
    : server_(std::move(server)),
      outbound_(outbound),
      on_list_changed_(std::move(on_list_changed)) {}

McpClient::~McpClient() = default;

http::OutboundRequest McpClient::request_of(const Session& session, std::string body) const {
  http::OutboundRequest request;
  request.method = http::Method::post;
  request.url = server_.url;
  request.body = std::move(body);
  request.headers = server_.headers;
  request.headers.push_back({"Content-Type", "application/json"});
  request.headers.push_back({"Accept", "application/json, text/event-stream"});
  request.headers.push_back({"User-Agent", "Threadkeep"});
  if (!session.protocol.empty())
    request.headers.push_back({"MCP-Protocol-Version", session.protocol});
  if (!session.id.empty()) request.headers.push_back({"Mcp-Session-Id", session.id});
  request.response_bytes_max = answer_bytes_max;
  return request;
}

void McpClient::tell(const Session& session, std::string body) {
  http::OutboundRequest request = request_of(session, std::move(body));
  request.response_bytes_max = 64U << 10;
  request.first_byte_timeout_ms = request.idle_timeout_ms = 10'000;
  auto told = std::make_unique<Told>();
  http::OutboundEvents events;
  events.on_done = [told = told.get()](const Error*) { told->is_done = true; };
  const std::lock_guard lock(mutex_);
  std::erase_if(told_, [](const auto& one) { return one->is_done.load(); });
  // A server that asks without end is not answered without end.
  if (told_.size() == told_max) return;
  told->call = outbound_.start(std::move(request), std::move(events));
  told_.push_back(std::move(told));
}

void McpClient::hear_message(const Session& session, Hearing& hearing, const json::Value& message) {
  switch (kind_of(message, hearing.id)) {
    case McpMessage::answer:
      if (!hearing.result) hearing.result = mcp_result(message);
      break;
    case McpMessage::request:
      tell(session, mcp_reply(message));
      break;
    case McpMessage::list_changed:
      on_list_changed_();
      break;
    case McpMessage::other:
      break;
  }
}

void McpClient::hear(const Session& session, Hearing& hearing, std::string_view text) {
  const auto parsed = json::Document::parse(std::string(text), json::Mode::foreign);
  if (!parsed) return;
  const json::Value root = parsed->root();
  if (!root.is_array()) return hear_message(session, hearing, root);
  for (const json::Value message : root.items()) hear_message(session, hearing, message);
}

// Where a stream ends before its answer has come, it goes on in another one.
Result<std::string> McpClient::result_in(const Session& session, const Answer& answer,
                                         Hearing& hearing, const std::stop_token& stop) {
  if (!is_event_stream(answer)) {
    hear(session, hearing, answer.body);
    if (!hearing.result) return failed("The tool's server gave an answer that cannot be read.");
  }
  for (int times = 0; !hearing.result && times < resumptions_max; ++times) {
    if (hearing.last_event.empty() || stop.stop_requested()) break;
    std::this_thread::sleep_for(between_resumptions);
    http::OutboundRequest request = request_of(session, {});
    request.method = http::Method::get;
    request.headers.push_back({"Last-Event-ID", hearing.last_event});
    http::EventReader reader(event_bytes_max, [&](const http::EventReader::Event& event) {
      if (!event.id.empty()) hearing.last_event = event.id;
      hear(session, hearing, event.data);
    });
    const Wants wants = [&](const Answer& so_far, std::string_view piece) {
      const bool goes_on = is_event_stream(so_far) && reader.feed(piece) && !hearing.result;
      return goes_on ? Piece::read : Piece::last;
    };
    const auto more = await_answer(outbound_, std::move(request), stop, wants);
    if (!more) return tl::unexpected(more.error());
    if (more->status != 200) break;
  }
  if (hearing.result) return *hearing.result;
  return failed("The tool's server ended its stream without an answer.");
}

Result<std::string> McpClient::ask_in(const Session& session, const std::string& body,
                                      std::int64_t id, const std::stop_token& stop,
                                      milliseconds time_max, Answer* head) {
  Hearing hearing;
  hearing.id = id;
  http::EventReader reader(event_bytes_max, [&](const http::EventReader::Event& event) {
    if (!event.id.empty()) hearing.last_event = event.id;
    hear(session, hearing, event.data);
  });
  const Wants wants = [&](const Answer& so_far, std::string_view piece) {
    if (!is_event_stream(so_far)) return Piece::kept;
    return reader.feed(piece) && !hearing.result ? Piece::read : Piece::last;
  };
  http::OutboundRequest request = request_of(session, body);
  request.first_byte_timeout_ms = request.idle_timeout_ms = static_cast<int>(time_max.count());
  const auto answer = await_answer(outbound_, std::move(request), stop, wants, time_max);
  if (!answer) return tl::unexpected(answer.error());
  if (head != nullptr) *head = *answer;
  if (answer->status == 404 && !session.id.empty())
    return fail(Errc::not_found, "The tool's server has forgotten the session.");
  if (answer->status < 200 || answer->status > 299)
    return failed("The tool's server answered with status " + std::to_string(answer->status) + ".");
  if (is_event_stream(*answer)) reader.finish();
  return result_in(session, *answer, hearing, stop);
}

Result<McpClient::Session> McpClient::begin_session(const std::stop_token& stop) {
  Answer head;
  const std::int64_t id = next_id();
  const auto result =
      ask_in({}, mcp_request(id, "initialize", introduction()), id, stop, answer_time_max, &head);
  if (!result) return tl::unexpected(result.error());
  const auto parsed = json::Document::parse(*result, json::Mode::foreign);
  Session session{header_of(head, "Mcp-Session-Id"), {}};
  if (parsed) session.protocol = std::string(parsed->root()["protocolVersion"].string());
  if (!is_known_mcp_version(session.protocol))
    return failed("The tool's server speaks no version of the protocol that is known here.");
  if (!is_session_id(session.id))
    return failed("The tool's server gave its session a name that cannot be sent back.");
  const auto told =
      await_answer(outbound_, request_of(session, mcp_notification("notifications/initialized")),
                   stop, nullptr, answer_time_max);
  if (!told) return tl::unexpected(told.error());
  return session;
}

Result<McpClient::Session> McpClient::session(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  // One at a time begins it.
  if (!begun_.wait(lock, stop, [this] { return !is_beginning_; }))
    return fail(Errc::cancelled, "Nobody waits for the answer any more.");
  if (session_) return *session_;
  is_beginning_ = true;
  lock.unlock();
  auto begun = begin_session(stop);
  lock.lock();
  is_beginning_ = false;
  if (begun) session_ = *begun;
  begun_.notify_all();
  return begun;
}

void McpClient::forget(const Session& session) {
  const std::lock_guard lock(mutex_);
  if (session_ && session_->id == session.id) session_.reset();
}

Result<std::string> McpClient::ask(std::string_view method, std::string_view params,
                                   const std::stop_token& stop, milliseconds time_max) {
  for (bool is_again = false;; is_again = true) {
    const auto present = session(stop);
    if (!present) return tl::unexpected(present.error());
    const std::int64_t id = next_id();
    auto result = ask_in(*present, mcp_request(id, method, params), id, stop, time_max, nullptr);
    if (!result && result.error().code == Errc::not_found) {
      forget(*present);
      if (!is_again) continue;
    }
    if (!result && stop.stop_requested()) {
      tell(*present, mcp_notification("notifications/cancelled",
                                      "{\"requestId\":" + std::to_string(id) + "}"));
    }
    return result;
  }
}

Result<McpClient::List> McpClient::list_tools(const std::stop_token& stop) {
  List list;
  std::string cursor;
  for (int page = 0; page < pages_max; ++page) {
    std::string params;
    json::Writer writer(params);
    writer.begin_object();
    if (!cursor.empty()) writer.member("cursor", cursor);
    writer.end_object();
    const auto result = ask("tools/list", params, stop, answer_time_max);
    if (!result) return tl::unexpected(result.error());
    const auto parsed = json::Document::parse(*result, json::Mode::foreign);
    if (!parsed || !parsed->root()["tools"].is_array())
      return failed("The tool's server gave a list of tools that cannot be read.");
    for (const json::Value tool : parsed->root()["tools"].items()) {
      auto listed = listed_tool(server_.name, tool);
      const auto is_same = [&](const ListedTool& one) {
        return listed && one.offer.name == listed->offer.name;
      };
      if (!listed) {
        list.left_out.push_back({one_line(tool["name"].string(), 100), listed.error().detail});
      } else if (std::any_of(list.tools.begin(), list.tools.end(), is_same)) {
        list.left_out.push_back({one_line(listed->name, 100), "It is listed twice."});
      } else if (list.tools.size() == tools_max) {
        list.left_out.push_back(
            {one_line(listed->name, 100), "The server has more tools than are taken."});
      } else {
        list.tools.push_back(std::move(*listed));
      }
      if (list.left_out.size() == tools_max) return list;
    }
    cursor = std::string(parsed->root()["nextCursor"].string());
    if (cursor.empty()) break;
  }
  return list;
}

Result<std::string> McpClient::call_tool(const std::string& tool, std::string_view input,
                                         const std::stop_token& stop) {
  return ask("tools/call", tool_call(tool, input), stop, server_.time_max);
}

bool McpClient::listen(const std::stop_token& stop, milliseconds time_max) {
  std::optional<Session> present;
  {
    const std::lock_guard lock(mutex_);
    present = session_;
  }
  if (!present) return false;
  http::OutboundRequest request = request_of(*present, {});
  request.method = http::Method::get;
  request.idle_timeout_ms = static_cast<int>(time_max.count());
  request.first_byte_timeout_ms = request.idle_timeout_ms;
  Hearing hearing;
  http::EventReader reader(event_bytes_max, [&](const http::EventReader::Event& event) {
    hear(*present, hearing, event.data);
  });
  bool is_stream = false;
  const Wants wants = [&](const Answer& so_far, std::string_view piece) {
    is_stream = so_far.status == 200 && is_event_stream(so_far);
    return is_stream && reader.feed(piece) ? Piece::read : Piece::last;
  };
  const auto answer = await_answer(outbound_, std::move(request), stop, wants, time_max);
  if (answer && answer->status == 404 && !present->id.empty()) forget(*present);
  return is_stream || (answer && answer->status == 200 && is_event_stream(*answer));
}

void McpClient::end_session() {
  std::optional<Session> present;
  {
    const std::lock_guard lock(mutex_);
    present = std::exchange(session_, std::nullopt);
  }
  if (!present || present->id.empty()) return;
  http::OutboundRequest request = request_of(*present, {});
  request.method = http::Method::delete_;
  // Whatever it says: it was told.
  (void)await_answer(outbound_, std::move(request), {}, nullptr, end_time_max);
}

}  // namespace threadkeep::tools
