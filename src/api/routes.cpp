#include "api/routes.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "api/handlers.h"

namespace threadkeep::api {
namespace {

using http::Lane;
using http::Method;
using Body = Route::Body;

constexpr Route api_table[] = {
    {Method::get, "/api/conversations", Access::read, Lane::read, list_conversations},
    {Method::post, "/api/conversations", Access::write, Lane::write, create_conversation,
     Body::json},
    {Method::get, "/api/conversations/changes", Access::read, Lane::read, list_changes},
    {Method::get, "/api/conversations/:id", Access::read, Lane::read, get_conversation},
    {Method::put, "/api/conversations/:id", Access::write, Lane::write, put_conversation,
     Body::json},
    {Method::patch, "/api/conversations/:id", Access::write, Lane::write, patch_conversation,
     Body::json},
    {Method::delete_, "/api/conversations/:id", Access::write, Lane::write, delete_conversation},
    {Method::post, "/api/conversations/:id/restore", Access::write, Lane::write,
     restore_conversation},
    {Method::get, "/api/conversations/:id/messages", Access::read, Lane::read, list_messages},
    {Method::post, "/api/conversations/:id/messages", Access::write, Lane::write, append_message,
     Body::json},
    {Method::delete_, "/api/conversations/:id/messages/:messageId", Access::write, Lane::write,
     delete_messages},
    {Method::post, "/api/conversations/:id/messages/:messageId/restore", Access::write, Lane::write,
     restore_messages},
    {Method::post, "/api/conversations/:id/generations", Access::generate, Lane::write,
     start_generation, Body::json},
    {Method::post, "/api/conversations/:id/duet", Access::generate, Lane::write, start_duet,
     Body::json},
    {Method::post, "/api/conversations/:id/title", Access::generate, Lane::write, make_title},
    {Method::get, "/api/presets", Access::read, Lane::read, list_presets},
    {Method::get, "/api/presets/:id+", Access::read, Lane::read, get_preset},
    {Method::patch, "/api/presets/:id+", Access::write, Lane::write, patch_preset, Body::json},
    {Method::delete_, "/api/presets/:id+", Access::write, Lane::write, delete_preset},
    {Method::get, "/api/snapshot", Access::read, Lane::read, get_snapshot},
    {Method::post, "/api/push", Access::write, Lane::write, push_operations, Body::json},
    {Method::get, "/api/events", Access::read, Lane::read, watch_events},
    {Method::get, "/api/generations/:id/events", Access::read, Lane::read, watch_generation},
    {Method::post, "/api/generations/:id/cancel", Access::generate, Lane::write, cancel_generation},
    {Method::post, "/api/generations/:id/decisions", Access::generate, Lane::write, decide_calls,
     Body::json},
    {Method::get, "/api/models", Access::read, Lane::upstream, list_models},
    {Method::get, "/api/tools", Access::read, Lane::read, list_tools},
    {Method::get, "/api/vendors", Access::read, Lane::read, list_vendors},
    {Method::put, "/api/vendors/:name", Access::keys, Lane::write, put_vendor, Body::json},
    {Method::delete_, "/api/vendors/:name", Access::keys, Lane::write, remove_vendor},
    {Method::post, "/api/import", Access::write, Lane::bulk, import_conversations, Body::file},
    {Method::get, "/api/imports/:id", Access::read, Lane::immediate, get_import},
    {Method::post, "/api/imports/:id/cancel", Access::write, Lane::immediate, cancel_import},
    {Method::post, "/api/attachments", Access::write, Lane::files, upload_attachment,
     Body::attachment},
    {Method::get, "/api/attachments/:id", Access::read, Lane::read, get_attachment},
    {Method::get, "/api/attachments/:id/thumbnail", Access::read, Lane::read, get_thumbnail},
    {Method::get, "/api/me", Access::read, Lane::immediate, get_me},
};

constexpr Route root_table[] = {
    {Method::get, "/healthz", Access::anyone, Lane::immediate, get_health},
    {Method::get, "/readyz", Access::anyone, Lane::probe, get_readiness},
    {Method::get, "/openapi.json", Access::anyone, Lane::immediate, get_openapi},
};

std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);  // the '/'
  const std::string_view segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

std::optional<std::vector<std::string>> match_pattern(std::string_view pattern,
                                                      std::string_view path) {
  std::vector<std::string> parameters;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view wanted = take_segment(pattern);
    const std::string_view given = take_segment(path);
    if (!wanted.empty() && wanted[0] == ':') {
      if (given.empty()) return std::nullopt;
      parameters.emplace_back(given);
      if (wanted.back() == '+') {
        parameters.back() += path;
        path = {};
      }
    } else if (wanted != given) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parameters;
}

}  // namespace

std::span<const Route> api_routes() { return api_table; }

std::span<const Route> root_routes() { return root_table; }

Match find_route(std::span<const Route> routes, Method method, std::string_view path) {
  Match match;
  const Method wanted = method == Method::head ? Method::get : method;
  for (const Route& route : routes) {
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
