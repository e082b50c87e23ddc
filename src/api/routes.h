// The whole surface as a table.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "api/call.h"
#include "base/limits.h"
#include "http/http.h"

namespace threadkeep::api {

using Handler = http::Reply (*)(Call& call);

struct Route {
  enum class Body : std::uint8_t { none, json, file };
  http::Method method;
  std::string_view pattern;  // segments with ':' are parameters
  Handler handler;
  Body body = Body::none;
};

std::span<const Route> routes();

struct Match {
  const Route* route = nullptr;              // null: no such path, or not with this method
  std::vector<std::string_view> parameters;  // views into the path
  std::vector<http::Method> allowed;  // the methods that the path has, when the method is wrong
};
Match find_route(http::Method method, std::string_view path);

}  // namespace threadkeep::api
