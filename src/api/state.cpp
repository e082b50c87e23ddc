// Models, who I am, and the state of the server.
#include <string>

#include "api/call.h"
#include "api/handlers.h"
#include "api/openapi.h"

namespace threadkeep::api {

http::Reply list_models(Call& call) {
  const auto models = call.services.models.list();
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("models").begin_array();
  for (const llm::ModelRow& model : models) {
    writer.begin_object()
        .member("id", model.id)
        .member("name", model.name)
        .member("vendor", model.vendor);
    if (!model.description.empty()) writer.member("description", model.description);
    writer.end_object();
  }
  // A real model is what people come for; the built-in one, which always stands first, is for when
  // there is none.
  const std::string& preferred = models.size() > 1 ? models[1].id : models.front().id;
  writer.end_array().member("default", preferred).end_object();
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
