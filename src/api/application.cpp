#include "api/application.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/call.h"
#include "api/head_checks.h"
#include "api/problem.h"
#include "api/routes.h"
#include "base/limits.h"

namespace threadkeep::api {
namespace {

bool is_read(http::Method method) {
  return method == http::Method::get || method == http::Method::head;
}

http::Response refused(const Surface& surface, const Problem& problem,
                       std::uint64_t request_number) {
  return with_common_headers(surface.error_form(problem, request_number));
}

// Carries the decision about a head to the worker that has the body.
class Admitted final : public http::AdmittedRequest {
 public:
  // `media_type`: of an attachment.
  Admitted(Services& services, const Surface& surface, Match match, const UserId& user,
           std::string media_type)
      : services_(services),
        surface_(surface),
        match_(std::move(match)),
        user_(user),
        media_type_(std::move(media_type)) {}

  http::BodyPlan body_plan() const override {
    if (match_.route->body == Route::Body::file) {
      return {.kind = http::BodyPlan::Kind::spool,
              .bytes_max = static_cast<std::uint64_t>(limits::import_bytes_max)};
    }
    if (match_.route->body == Route::Body::attachment) {
      const AttachmentLimits& limits = services_.attachments;
      return {.kind = http::BodyPlan::Kind::sink,
              .bytes_max = static_cast<std::uint64_t>(limits.file_bytes_max),
              .open_sink =
                  AttachmentUpload::opener(services_.store.blobs(), user_, limits, media_type_)};
    }
    return {.kind = http::BodyPlan::Kind::memory, .bytes_max = limits::body_bytes_max};
  }

  http::Lane lane() const override { return match_.route->lane; }

  http::Reply handle(http::Request request, const http::Responder& responder) const override {
    Call call{services_, surface_, request, responder, user_, match_.parameters};
    http::Reply reply = match_.route->handler(call);
    if (auto* response = std::get_if<http::Response>(&reply))
      *response = with_common_headers(std::move(*response));
    return reply;
  }

  http::Response refusal(const http::Refusal& refusal,
                         std::uint64_t request_number) const override {
    Problem problem = problem_of(refusal.status, refusal.problem, refusal.detail);
    if (match_.route->body == Route::Body::attachment && refusal.status == 413) {
      problem.detail = "The file is larger than " +
                       std::to_string(services_.attachments.file_bytes_max) + " bytes.";
    }
    return refused(surface_, problem, request_number);
  }

 private:
  Services& services_;
  const Surface& surface_;
  const Match match_;
  const UserId user_;
  const std::string media_type_;
};

SiteRule rule_of_page(const Surface& surface, const http::RequestHead& head) {
  const bool is_for_sandbox =
      !surface.sandbox_scripts.empty() && head.path.starts_with(surface.sandbox_scripts);
  return is_for_sandbox ? SiteRule::script_of_a_sandbox : SiteRule::same_origin_or_navigation;
}

// For a path and method that are no route.
std::optional<Problem> check_unrouted(const Surface& surface, const http::RequestHead& head,
                                      const Match& match) {
  if (match.allowed.empty() && !surface.page)
    return problem_of({Errc::not_found, "There is nothing at this address."});
  if (match.allowed.empty() && is_read(head.method)) return std::nullopt;
  Problem problem =
      problem_of(405, "method-not-allowed", "This address does not take that method.");
  std::string allowed = match.allowed.empty() ? "GET, HEAD" : "";
  for (const http::Method method : match.allowed) {
    allowed += (allowed.empty() ? "" : ", ") + std::string(http::method_name(method));
  }
  problem.headers.push_back({"Allow", std::move(allowed)});
  return problem;
}

// Who asks, and whether they may.
tl::expected<UserId, Problem> authorize(const Surface& surface, const Route& route,
                                        const http::RequestHead& head) {
  if (route.access == Access::anyone) return UserId();
  const auto principal = surface.authenticator->authenticate(head);
  if (!principal) return tl::unexpected(principal.error());
  if (!principal->may.has(route.access)) {
    return tl::unexpected(
        problem_of(403, "forbidden", "You are known, but not allowed to do this."));
  }
  return principal->user;
}

}  // namespace

Application::Application(Services& services, std::vector<Surface> surfaces)
    : services_(services), surfaces_(std::move(surfaces)) {
  std::stable_sort(surfaces_.begin(), surfaces_.end(), [](const Surface& a, const Surface& b) {
    return a.prefix.size() > b.prefix.size();
  });
  assert(!surfaces_.empty() && surfaces_.back().prefix.empty());
}

const Surface& Application::surface_of(std::string_view path) const {
  const auto found = std::find_if(surfaces_.begin(), surfaces_.end(),
                                  [&](const Surface& surface) { return is_under(surface, path); });
  return found == surfaces_.end() ? surfaces_.back() : *found;
}

http::HeadDecision Application::decide(const http::RequestHead& head) {
  const Surface& surface = surface_of(head.path);
  const auto refuse = [&](const Problem& problem) {
    return refused(surface, problem, head.request_number);
  };
  if (const auto problem = check_host(head, services_.hosts)) return refuse(*problem);
  Match match = find_route(surface.routes, head.method, head.path);
  const bool is_page =
      surface.page && !match.route && match.allowed.empty() && is_read(head.method);
  const SiteRule rule = is_page ? rule_of_page(surface, head) : SiteRule::same_origin;
  if (const auto problem = check_site(head, services_.hosts, rule)) return refuse(*problem);
  if (const auto problem = check_range(head)) return refuse(*problem);
  if (!match.route) {
    if (const auto problem = check_unrouted(surface, head, match)) return refuse(*problem);
    return with_common_headers(surface.page(head));
  }
  const auto user = authorize(surface, *match.route, head);
  if (!user) return refuse(user.error());
  if (const auto problem = check_body(*match.route, head)) return refuse(*problem);
  return std::make_unique<Admitted>(services_, surface, std::move(match), *user,
                                    media_type_of(head).value_or(""));
}

http::Response Application::refusal(const http::Refusal& refusal, std::uint64_t request_number) {
  return refused(surfaces_.back(), problem_of(refusal.status, refusal.problem, refusal.detail),
                 request_number);
}

}  // namespace threadkeep::api
