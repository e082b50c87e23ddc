#include "api/surface.h"

#include <utility>

namespace threadkeep::api {

bool is_under(const Surface& surface, std::string_view path) {
  if (!path.starts_with(surface.prefix)) return false;
  const std::string_view rest = path.substr(surface.prefix.size());
  return rest.empty() || rest.front() == '/';
}

std::vector<Surface> native_surfaces(const Authenticator& authenticator,
                                     std::function<http::Response(const http::RequestHead&)> page) {
  constexpr IdForm ulids{.style = IdForm::Style::ulid};
  std::vector<Surface> surfaces;
  surfaces.push_back({.name = "api",
                      .prefix = "/api",
                      .authenticator = &authenticator,
                      .error_form = problem_document,
                      .id_form = ulids,
                      .routes = api_routes()});
  surfaces.push_back({.name = "root",
                      .prefix = "",
                      .authenticator = &authenticator,
                      .error_form = problem_document,
                      .id_form = ulids,
                      .routes = root_routes(),
                      .sandbox_scripts = "/assets/diagram-",
                      .page = std::move(page)});
  return surfaces;
}

}  // namespace threadkeep::api
