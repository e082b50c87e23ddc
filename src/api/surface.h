// A surface: one protocol that the server speaks under a prefix of its own. All surfaces are views
// of the same conversations; what differs between them is said here and nowhere else.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "api/access.h"
#include "api/problem.h"
#include "api/routes.h"
#include "http/http.h"

namespace threadkeep::api {

// The document for a problem.
using ErrorForm = http::Response (*)(const Problem& problem, std::uint64_t request_number);

// How ids are spelled (foreign_ids.h reads and writes them).
struct IdForm {
  enum class Style : std::uint8_t {
    ulid,      // ULIDs and nothing else
    any_text,  // whatever the client made, and our ULIDs after a prefix
  };
  Style style;
  std::string_view conversation_prefix = {};  // "conv_"
  std::string_view message_prefix = {};       // "msg_"
};

struct Surface {
  std::string_view name;    // part of every foreign id that is mapped: never changes
  std::string_view prefix;  // "/api"; empty for the root, which has what no other surface has
  const Authenticator* authenticator;
  ErrorForm error_form;
  IdForm id_form;
  std::span<const Route> routes;  // their patterns begin with the prefix
  // Where the page's files begin that its sandboxed frames load as scripts; empty: none do.
  std::string_view sandbox_scripts = {};
  // GET and HEAD of what is no route; without it they get 404. On the listener's thread.
  std::function<http::Response(const http::RequestHead&)> page = {};
};

// Whether the path lies under the surface's prefix: equal to it, or below it by a '/'.
bool is_under(const Surface& surface, std::string_view path);

// `/api`, and the root with the state of the server and the page.
std::vector<Surface> native_surfaces(const Authenticator& authenticator,
                                     std::function<http::Response(const http::RequestHead&)> page);

}  // namespace threadkeep::api
