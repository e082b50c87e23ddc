// What is checked of the head of every request, on every surface.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "api/problem.h"
#include "api/routes.h"
#include "http/http.h"

namespace threadkeep::api {

// The name that the client knows this server by is one of its own: DNS rebinding ends here (421).
std::optional<Problem> check_host(const http::RequestHead& head, std::span<const std::string> own);

// A link on another site may open the page: a browser's navigation of a whole tab, with GET, to
// what is no route. Everything else must come from the page itself or from no page at all, reading
// as well as writing: of a read another site learns at least how long it took (403).
// A sandboxed frame of the page has an origin of its own, so that to the browser the server that
// its script comes from is another site: that one file, the same for everybody, is given as a
// script.
enum class SiteRule { same_origin, same_origin_or_navigation, script_of_a_sandbox };
std::optional<Problem> check_site(const http::RequestHead& head, std::span<const std::string> own,
                                  SiteRule rule);

// One range is ignored, which is allowed; many are an attack on whoever gives them (416).
std::optional<Problem> check_range(const http::RequestHead& head);

// The body is of a type that the route takes, and not compressed (415).
std::optional<Problem> check_body(const Route& route, const http::RequestHead& head);

}  // namespace threadkeep::api
