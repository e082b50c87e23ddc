// The services of the API without a server: a store in a temporary folder and no models.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/application.h"
#include "generation/titles.h"
#include "store/stores.h"

namespace threadkeep::api {

class NoModels final : public llm::Models {
 public:
  llm::ModelCatalogue list(const UserId&, Asking) override { return {}; }
  bool knows(const UserId&, std::string_view) override { return false; }
  std::optional<std::int64_t> context_tokens(const UserId&, std::string_view) const override {
    return std::nullopt;
  }
  llm::Takes takes(const UserId&, std::string_view) override { return {}; }
  std::unique_ptr<llm::Call> start(const UserId&, std::string_view, llm::Request,
                                   std::function<void(llm::Event)>) override {
    return nullptr;
  }
};

// What the page is in these tests.
inline http::Response test_page(const http::RequestHead&) {
  return {.status = 200, .headers = {{"Content-Type", "text/html"}}, .body = "the page"};
}

struct ServicesUnderTest {
  explicit ServicesUnderTest(test::Kind kind)
      : store(test::make_store(kind, folder, clock, ids)), user(store->local_user()) {}

  test::ManualClock clock;
  UlidMaker ids{clock};
  test::TemporaryFolder folder{test::TemporaryFolder::On::memory};
  std::unique_ptr<Store> store;
  UserId user;
  NoModels models;
  std::unique_ptr<keys::SecretSource> secrets =
      keys::SecretSource::open({keys::SecretPlace::Kind::memory, ""}).value();
  keys::EnteredVendors vendors{*store, *secrets, {}};
  tools::Registry tools;
  Generations generations{*store, models, tools, clock, ids};
  Hub hub;
  Titles titles{*store, models, [](const UserId& /*user*/, const TitleChanged& /*changed*/) {}};
  Services services{*store,         generations, titles, hub, models,
                    tools,          vendors,     clock,  ids, Cursors(store->cursor_key()),
                    {"127.0.0.1:1"}};
  LocalUser local_user{user};
};

// Decides about the request, and has it handled when it is let in.
inline http::Response reply_of(Application& application, http::Request request) {
  http::HeadDecision decision = application.decide(request);
  if (auto* response = std::get_if<http::Response>(&decision)) return std::move(*response);
  const auto& admitted = *std::get<std::unique_ptr<http::AdmittedRequest>>(decision);
  http::Reply reply = admitted.handle(std::move(request), http::Responder(nullptr));
  return std::move(std::get<http::Response>(reply));
}

}  // namespace threadkeep::api
