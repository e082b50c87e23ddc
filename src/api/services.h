// What the handlers work with. Built by app, outlives every request.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "api/attachment_upload.h"
#include "api/cursors.h"
#include "api/imports_under_way.h"
#include "api/stream_seats.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/ulid.h"
#include "generation/generations.h"
#include "generation/titles.h"
#include "http/http.h"
#include "keys/entered_vendors.h"
#include "llm/provider.h"
#include "renditions/thumbnails.h"
#include "store/store.h"
#include "sync/hub.h"
#include "tools/registry.h"

namespace threadkeep::api {

struct Services {
  Store& store;
  Generations& generations;
  Titles& titles;
  Hub& hub;
  llm::Models& models;
  const tools::Registry& tool_registry;
  keys::EnteredVendors& vendors;
  const Clock& clock;
  UlidMaker& ids;
  Cursors cursors;
  // Values of Host that are ours, lower case, with the port: "127.0.0.1:8787".
  std::vector<std::string> hosts;
  // Whether a conversation is named by its model after its first answer, without being asked.
  bool names_conversations = true;
  AttachmentLimits attachments = {limits::attachment_bytes_max, limits::count_max};
  renditions::Thumbnails thumbnails = renditions::Thumbnails();
  // Of POST and of GET. One user may be another application with all of its own users.
  StreamSeats generation_streams = StreamSeats(1'024);
  ImportsUnderWay imports = ImportsUnderWay();
  // The server is about to end: what takes long stops where it can.
  std::atomic<bool> is_stopping = false;
};

}  // namespace threadkeep::api
