// The native routes as tables, and how a path finds its row.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/access.h"
#include "http/http.h"

namespace threadkeep::api {

struct Call;
using Handler = http::Reply (*)(Call& call);

// One row. There is no default for the access and the lane: a route that does not say who may use
// it, and what it may hold up, does not compile.
struct Route {
  enum class Body : std::uint8_t { none, json, file, attachment };

  constexpr Route(http::Method route_method, std::string_view route_pattern, Access route_access,
                  http::Lane route_lane, Handler route_handler, Body route_body = Body::none)
      : method(route_method),
        pattern(route_pattern),
        access(route_access),
        lane(route_lane),
        handler(route_handler),
        body(route_body) {}

  http::Method method;
  // Segments with ':' are parameters; the last one, with '+' at its end, is all that is left.
  std::string_view pattern;
  Access access;
  http::Lane lane;
  Handler handler;
  Body body;
};

std::span<const Route> api_routes();   // everything under /api
std::span<const Route> root_routes();  // the state of the server, and what describes it

struct Match {
  const Route* route = nullptr;         // null: no such path, or not with this method
  std::vector<std::string> parameters;  // of the path, in order
  std::vector<http::Method> allowed;    // the methods that the path has, when the method is wrong
};
// HEAD finds the row of GET.
Match find_route(std::span<const Route> routes, http::Method method, std::string_view path);

}  // namespace threadkeep::api
