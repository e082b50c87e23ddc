// A surface that exists in tests only: another prefix, another way to say who one is, another form
// of errors and of ids. What comes later under /compat has this shape.
#pragma once

#include <atomic>
#include <stdexcept>
#include <string>

#include "api/call.h"
#include "api/surface.h"

namespace threadkeep::api {

// Knows two tokens: "all" may do everything, "look" may only read.
class TokenAuthenticator final : public Authenticator {
 public:
  explicit TokenAuthenticator(const UserId& user) : user_(user) {}

  tl::expected<Principal, Problem> authenticate(const http::RequestHead& head) const override {
    ++asked_;
    const std::string_view token = head.header("Authorization").value_or("");
    if (token == "Bearer all") {
      return Principal{user_, {Access::read, Access::write, Access::generate, Access::admin}};
    }
    if (token == "Bearer look") return Principal{user_, {Access::read}};
    Problem problem = problem_of(401, "unauthorized", "A token is needed.");
    problem.headers.push_back({"WWW-Authenticate", "Bearer"});
    return tl::unexpected(std::move(problem));
  }
  int asked() const { return asked_; }

 private:
  const UserId user_;
  mutable std::atomic<int> asked_ = 0;
};

inline http::Response foreign_error(const Problem& problem, std::uint64_t) {
  http::Response response;
  response.status = problem.status;
  response.headers = {{"Content-Type", "application/json"}};
  response.headers.insert(response.headers.end(), problem.headers.begin(), problem.headers.end());
  json::Writer(response.body)
      .begin_object()
      .key("error")
      .begin_object()
      .member("code", problem.name)
      .member("message", problem.detail)
      .end_object()
      .end_object();
  return response;
}

// Says which of our ids a foreign one is, and whose.
inline http::Reply tell_id(Call& call) {
  const auto id = call.id(IdKind::conversation, call.parameters.at(0));
  if (!id) return call.problem(id.error());
  return json_response(200, call.user.text() + " " + id->text());
}
inline http::Reply take_body(Call& call) {
  const auto body = call.body();
  if (!body) return call.problem(body.error());
  return json_response(200, "taken");
}
inline http::Reply take_file(Call& call) {
  return json_response(200,
                       std::to_string(call.request.spooled ? call.request.spooled->size() : 0));
}
inline http::Reply break_down(Call&) { throw std::runtime_error("broken"); }

inline constexpr Route foreign_routes[] = {
    {http::Method::get, "/compat/test/v1/conversations/:id", Access::read, http::Lane::read,
     tell_id},
    {http::Method::post, "/compat/test/v1/conversations", Access::write, http::Lane::write,
     take_body, Route::Body::json},
    {http::Method::post, "/compat/test/v1/files", Access::write, http::Lane::write, take_file,
     Route::Body::file},
    {http::Method::post, "/compat/test/v1/answers", Access::generate, http::Lane::write, take_body,
     Route::Body::json},
    {http::Method::delete_, "/compat/test/v1/everything", Access::admin, http::Lane::write,
     take_body},
    {http::Method::get, "/compat/test/v1/broken", Access::read, http::Lane::read, break_down},
    {http::Method::get, "/compat/test/v1/version", Access::anyone, http::Lane::immediate,
     take_body},
};

inline Surface foreign_surface(const Authenticator& authenticator) {
  return {.name = "test",
          .prefix = "/compat/test/v1",
          .authenticator = &authenticator,
          .error_form = foreign_error,
          .id_form = {.style = IdForm::Style::any_text,
                      .conversation_prefix = "conv_",
                      .message_prefix = "msg_"},
          .routes = foreign_routes};
}

}  // namespace threadkeep::api
