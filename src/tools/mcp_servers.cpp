#include "tools/mcp_servers.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "json/json.h"

namespace threadkeep::tools {
namespace {

using std::chrono::milliseconds;
using State = ToolServer::State;

constexpr milliseconds between_lists = std::chrono::minutes(5);
constexpr milliseconds between_tries_min{1'000};
constexpr milliseconds between_tries_max{15'000};
// A server that says again and again that its list has changed is not asked without a pause.
constexpr milliseconds after_a_change{500};

// Stores a picture; nothing: it cannot be kept.
std::optional<std::string> picture_block(Blobs& blobs, std::int64_t user_bytes_max,
                                         const UserId& user, const McpPicture& picture) {
  auto upload = blobs.upload(user, picture.media_type);
  if (!upload || !(*upload)->add(picture.bytes)) return std::nullopt;
  const auto blob = (*upload)->finish(BlobTerms{user_bytes_max, std::nullopt});
  if (!blob) return std::nullopt;
  std::string block;
  json::Writer writer(block);
  writer.begin_object().member("type", "image").member("attachmentId", blob->hash.text());
  writer.member("name", "picture." + picture.media_type.substr(picture.media_type.find('/') + 1));
  writer.member("mediaType", picture.media_type).member("size", blob->size).end_object();
  return block;
}

// A text alone is a string, what has a form alone an object, everything else a list of blocks.
std::string content_of(McpResult result, const std::vector<std::string>& pictures) {
  if (pictures.empty() && result.structured.empty()) return json::quoted(result.text);
  if (pictures.empty() && result.text.empty()) return std::move(result.structured);
  std::string content;
  json::Writer writer(content);
  writer.begin_array();
  if (!result.text.empty())
    writer.begin_object().member("type", "text").member("text", result.text).end_object();
  if (!result.structured.empty()) {
    writer.begin_object().member("type", "text").member("text", result.structured).end_object();
  }
  for (const std::string& picture : pictures) writer.raw(picture);
  writer.end_array();
  return content;
}

}  // namespace

// A server and its thread.
class McpServers::Row {
 public:
  Row(McpServer server, const Parts& parts)
      : parts_(parts),
        client_(std::make_shared<McpClient>(std::move(server), parts.outbound,
                                            [this] { has_changed(); })) {
    parts_.registry.note({client_->server().name, State::not_asked_yet, {}, {}});
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

  void request_stop() { thread_.request_stop(); }

 private:
  void run(const std::stop_token& stop) {
    // What ends a wait: the end of all, or a change of the list.
    const std::stop_callback on_stop(stop, [this] { has_changed(); });
    milliseconds between_tries = between_tries_min;
    while (!stop.stop_requested()) {
      std::stop_source round;
      {
        const std::lock_guard lock(mutex_);
        round_ = round;
      }
      if (list(stop)) {
        between_tries = between_tries_min;
        wait_for_a_change(round.get_token());
      } else {
        wait(round.get_token(), between_tries);
        between_tries = std::min(between_tries * 2, between_tries_max);
      }
      wait(stop, after_a_change);
    }
    client_->end_session();
  }

  void has_changed() {
    std::stop_source round;
    {
      const std::lock_guard lock(mutex_);
      round = round_;
    }
    round.request_stop();
  }

  void wait(const std::stop_token& stop, milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, time, [] { return false; });
  }

  void wait_for_a_change(const std::stop_token& round) {
    const auto until = std::chrono::steady_clock::now() + between_lists;
    client_->listen(round, between_lists);
    const auto left =
        std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    if (!round.stop_requested() && left.count() > 0) wait(round, left);
  }

  // Whether the server said what it has.
  bool list(const std::stop_token& stop) {
    const std::string& name = client_->server().name;
    auto listed = client_->list_tools(stop);
    if (stop.stop_requested()) return true;
    if (!listed) {
      tell("is away: " + listed.error().detail);
      parts_.registry.note({name, State::away, listed.error().detail, {}});
      return false;
    }
    std::vector<RunnableTool> tools;
    for (ListedTool& tool : listed->tools) tools.push_back(runnable(std::move(tool)));
    tell("has " + std::to_string(tools.size()) + " tools that can be used" +
         (listed->left_out.empty()
              ? ""
              : "; " + std::to_string(listed->left_out.size()) + " are left out"));
    parts_.registry.replace({name, State::ready, {}, std::move(listed->left_out)},
                            std::move(tools));
    return true;
  }

  RunnableTool runnable(ListedTool tool) const {
    RunnableTool made;
    made.offer = std::move(tool.offer);
    made.access = client_->server().confirms ? Access::when_confirmed : Access::always;
    made.time_max = client_->server().time_max;
    made.run = [client = client_, name = std::move(tool.name), parts = parts_](
                   const UserId& user, const json::Value& input, const std::stop_token& stop) {
      const auto result = client->call_tool(name, input.raw(), stop);
      if (!result) return tool_error(result.error().detail);
      McpResult read = read_mcp_result(*result);
      const bool is_error = read.is_error;
      std::vector<std::string> pictures;
      for (const McpPicture& picture : read.pictures) {
        auto block = picture_block(parts.blobs, parts.user_bytes_max, user, picture);
        if (block) {
          pictures.push_back(std::move(*block));
        } else {
          read.text += "\n[A picture, " + picture.media_type + ": it cannot be kept here]";
        }
      }
      return ToolResult{content_of(std::move(read), pictures), is_error};
    };
    return made;
  }

  // For the log of the server: what is new.
  void tell(const std::string& what) {
    if (what == told_) return;
    told_ = what;
    std::cerr << "threadkeep: the tool server " + client_->server().name + " " + what + "\n";
  }

  const Parts parts_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::stop_source round_;  // guarded by the mutex
  std::string told_;        // of the thread alone
  std::shared_ptr<McpClient> client_;
  std::jthread thread_;  // last: it uses the rest
};

McpServers::McpServers(std::vector<McpServer> servers, const Parts& parts) {
  for (McpServer& server : servers)
    rows_.push_back(std::make_unique<Row>(std::move(server), parts));
}

McpServers::~McpServers() {
  for (const auto& row : rows_) row->request_stop();
}

}  // namespace threadkeep::tools
