// A client of one server of tools, over the Model Context Protocol (streamable HTTP).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/outbound.h"
#include "tools/awaited.h"
#include "tools/mcp_messages.h"
#include "tools/mcp_server.h"

namespace threadkeep::tools {

// One session, begun when it is needed and anew when the server has forgotten it. Safe from several
// threads; calls block. `outbound` must outlive it. The server is asked at its own address alone:
// redirects are not followed.
class McpClient {
 public:
  // `on_list_changed`: the server says that it has other tools now; on the outbound thread.
  McpClient(McpServer server, http::Outbound& outbound, std::function<void()> on_list_changed);
  ~McpClient();
  McpClient(const McpClient&) = delete;
  McpClient& operator=(const McpClient&) = delete;

  const McpServer& server() const { return server_; }

  struct List {
    std::vector<ListedTool> tools;
    std::vector<ToolServer::LeftOut> left_out;
  };
  // All pages. Fails: upstream_failed with a sentence for the person, cancelled.
  Result<List> list_tools(const std::stop_token& stop);

  // The `result` as JSON; `input` is a JSON object. Sent once: only a server that says that it
  // knows no such session is asked again, in a new one. Fails alike.
  Result<std::string> call_tool(const std::string& tool, std::string_view input,
                                const std::stop_token& stop);

  // Hears what the server says by itself, where it does, until `stop`, until `time_max` is over or
  // until it says no more. True: it does so.
  bool listen(const std::stop_token& stop, std::chrono::milliseconds time_max);

  // Tells the server that the session is over; takes a second at the most.
  void end_session();

 private:
  struct Session {
    std::string id;        // empty: the server gave none
    std::string protocol;  // the version that both speak
  };
  // What an answer's messages said.
  struct Hearing;
  struct Told;

  Result<std::string> ask(std::string_view method, std::string_view params,
                          const std::stop_token& stop, std::chrono::milliseconds time_max);
  Result<std::string> ask_in(const Session& session, const std::string& body, std::int64_t id,
                             const std::stop_token& stop, std::chrono::milliseconds time_max,
                             Answer* head);
  Result<std::string> result_in(const Session& session, const Answer& answer, Hearing& hearing,
                                const std::stop_token& stop);
  Result<Session> session(const std::stop_token& stop);
  Result<Session> begin_session(const std::stop_token& stop);
  void forget(const Session& session);
  http::OutboundRequest request_of(const Session& session, std::string body) const;
  void hear(const Session& session, Hearing& hearing, std::string_view text);
  void hear_message(const Session& session, Hearing& hearing, const json::Value& message);
  // Sends what needs no answer, and does not wait.
  void tell(const Session& session, std::string body);
  std::int64_t next_id() { return ++newest_id_; }

  const McpServer server_;
  http::Outbound& outbound_;
  const std::function<void()> on_list_changed_;
  std::atomic<std::int64_t> newest_id_ = 0;
  std::mutex mutex_;
  std::condition_variable_any begun_;
  std::optional<Session> session_;  // guarded by the mutex, as all below
  bool is_beginning_ = false;
  std::vector<std::unique_ptr<Told>> told_;
};

}  // namespace threadkeep::tools
