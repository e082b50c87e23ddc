// What the handlers work with. Built by app, outlives every request.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/cursor.h"
#include "base/clock.h"
#include "base/ulid.h"
#include "generation/generations.h"
#include "http/http.h"
#include "llm/provider.h"
#include "store/store.h"
#include "sync/hub.h"

namespace threadkeep::api {

struct Services {
  Store& store;
  Generations& generations;
  Hub& hub;
  llm::Models& models;
  const Clock& clock;
  UlidMaker& ids;
  CursorSeal cursors;
  UserId local_user;  // who every request is, as long as there are no accounts
  std::vector<std::string>
      hosts;  // values of Host that are ours, lower case, with the port: "127.0.0.1:8787"
  std::function<http::Response(const http::RequestHead&)>
      web_client;  // answers GET for everything outside of the API
};

}  // namespace threadkeep::api
