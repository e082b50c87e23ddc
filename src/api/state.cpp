// Models, who I am, and the state of the server.
#include <string>
#include <vector>

#include "api/call.h"
#include "api/handlers.h"
#include "api/openapi.h"
#include "llm/provider.h"

namespace threadkeep::api {

namespace {

// A real model is what people come for; the built-in one, which always stands first, is for when
// there is none. Of the vendor that was set up first, the newest: in the order of the alphabet an
// old or a small one would often be the first.
const llm::ModelRow& preferred_of(const std::vector<llm::ModelRow>& models) {
  const llm::ModelRow* preferred = models.size() > 1 ? &models[1] : &models.front();
  for (const llm::ModelRow& model : models) {
    if (model.vendor == preferred->vendor && model.created_at_s > preferred->created_at_s)
      preferred = &model;
  }
  return *preferred;
}

}  // namespace

http::Reply list_models(Call& call) {
  auto query = call.query();
  if (!query) return call.problem(query.error());
  const auto anew = query->boolean("anew");
  if (!anew) return call.problem(anew.error());
  if (auto known = query->finish(); !known) return call.problem(known.error());
  const auto asking = anew->value_or(false) ? llm::Models::Asking::anew : llm::Models::Asking::kept;
  const llm::ModelCatalogue catalogue = call.services.models.list(call.user, asking);
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("models").begin_array();
  for (const llm::ModelRow& model : catalogue.models) {
    writer.begin_object()
        .member("id", model.id)
        .member("name", model.name)
        .member("vendor", model.vendor);
    if (!model.description.empty()) writer.member("description", model.description);
    if (model.context_tokens) writer.member("contextTokens", *model.context_tokens);
    writer.end_object();
  }
  writer.end_array().key("away").begin_array();
  for (const llm::AwayVendor& vendor : catalogue.away) {
    writer.begin_object().member("name", vendor.name).member("vendor", vendor.label);
    writer.member("reason", vendor.reason).end_object();
  }
  writer.end_array().member("default", preferred_of(catalogue.models).id).end_object();
  return json_response(200, std::move(body));
}

http::Reply get_me(Call& call) {
  std::string body;
  json::Writer(body)
      .begin_object()
      .member("id", call.user.text())
      .member("name", "")
      .member("isLocal", true)
      .end_object();
  return json_response(200, std::move(body));
}

http::Reply get_health(Call&) { return json_response(200, R"({"status":"ok"})"); }

http::Reply get_readiness(Call& call) {
  const auto ready = call.services.store.check_ready();
  if (!ready) return call.problem({Errc::storage_unavailable, "The store does not answer."});
  return json_response(200, R"({"status":"ready"})");
}

http::Reply get_openapi(Call&) {
  http::Response response;
  response.headers = {{"Content-Type", "application/json"}};
  response.static_body = openapi_document();
  return response;
}

}  // namespace threadkeep::api
