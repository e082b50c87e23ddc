#include "api/routes.h"

#include <algorithm>
#include <optional>

#include "api/handlers.h"

namespace threadkeep::api {
namespace {

using http::Method;
using Body = Route::Body;

constexpr Route table[] = {
    {Method::get, "/api/conversations", list_conversations},
    {Method::post, "/api/conversations", create_conversation, Body::json},
    {Method::get, "/api/conversations/changes", list_changes},
    {Method::get, "/api/conversations/:id", get_conversation},
    {Method::put, "/api/conversations/:id", put_conversation, Body::json},
    {Method::patch, "/api/conversations/:id", patch_conversation, Body::json},
    {Method::delete_, "/api/conversations/:id", delete_conversation},
    {Method::post, "/api/conversations/:id/restore", restore_conversation},
    {Method::get, "/api/conversations/:id/messages", list_messages},
    {Method::post, "/api/conversations/:id/messages", append_message, Body::json},
    {Method::post, "/api/conversations/:id/generations", start_generation, Body::json},
    {Method::get, "/api/snapshot", get_snapshot},
    {Method::post, "/api/push", push_operations, Body::json},
    {Method::get, "/api/events", watch_events},
    {Method::get, "/api/generations/:id/events", watch_generation},
    {Method::post, "/api/generations/:id/cancel", cancel_generation},
    {Method::get, "/api/models", list_models},
    {Method::post, "/api/import", import_conversations, Body::file},
    {Method::get, "/api/me", get_me},
    {Method::get, "/healthz", get_health},
    {Method::get, "/readyz", get_readiness},
    {Method::get, "/openapi.json", get_openapi},
};

std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);  // the '/'
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

std::optional<std::vector<std::string_view>> match_pattern(std::string_view pattern,
                                                           std::string_view path) {
  std::vector<std::string_view> parameters;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = take_segment(pattern);
    const std::string_view given = take_segment(path);
    if (!wanted.empty() && wanted[0] == ':') {
      if (given.empty()) return std::nullopt;
      parameters.push_back(given);
    } else if (wanted != given) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parameters;
}

}  // namespace

std::span<const Route> routes() { return table; }

Match find_route(http::Method method, std::string_view path) {
  Match match;
  const Method wanted = method == Method::head ? Method::get : method;
  for (const Route& route : table) {
    auto parameters = match_pattern(route.pattern, path);
    if (!parameters) continue;
    if (route.method != wanted) {
      match.allowed.push_back(route.method);
      continue;
    }
    match.route = &route;
    match.parameters = std::move(*parameters);
    return match;
  }
  return match;
}

}  // namespace threadkeep::api
