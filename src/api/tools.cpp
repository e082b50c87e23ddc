// /api/tools
#include <string>
#include <string_view>
#include <utility>

#include "api/call.h"
#include "api/handlers.h"
#include "json/json.h"
#include "tools/registry.h"

namespace threadkeep::api {
namespace {

using tools::Access;
using tools::ToolServer;

std::string_view name_of(Access access) {
  if (access == Access::when_allowed) return "allowed";
  if (access == Access::when_named) return "named";
  return access == Access::when_confirmed ? "confirmed" : "always";
}

std::string_view name_of(ToolServer::State state) {
  if (state == ToolServer::State::ready) return "ready";
  return state == ToolServer::State::away ? "away" : "asking";
}

}  // namespace

http::Reply list_tools(Call& call) {
  auto query = call.query();
  if (!query) return call.problem(query.error());
  if (auto known = query->finish(); !known) return call.problem(known.error());
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("tools").begin_array();
  for (const tools::RunnableToolPtr& tool : call.services.tool_registry.all()) {
    writer.begin_object().member("name", tool->offer.name);
    if (!tool->server.empty()) writer.member("server", tool->server);
    writer.member("description", tool->offer.description);
    writer.key("access").plain(name_of(tool->access)).end_object();
  }
  writer.end_array().key("servers").begin_array();
  for (const ToolServer& server : call.services.tool_registry.servers()) {
    writer.begin_object().member("name", server.name).key("state").plain(name_of(server.state));
    if (!server.reason.empty()) writer.member("reason", server.reason);
    writer.key("leftOut").begin_array();
    for (const ToolServer::LeftOut& one : server.left_out)
      writer.begin_object().member("tool", one.tool).member("reason", one.reason).end_object();
    writer.end_array().end_object();
  }
  writer.end_array().end_object();
  return json_response(200, std::move(body));
}

}  // namespace threadkeep::api
