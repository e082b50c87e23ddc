// The handlers, by the file that holds them.
#pragma once

#include "api/call.h"

namespace threadkeep::api {

// conversations.cpp
http::Answer list_conversations(Call& call);
http::Answer create_conversation(Call& call);
http::Answer get_conversation(Call& call);
http::Answer put_conversation(Call& call);
http::Answer patch_conversation(Call& call);
http::Answer delete_conversation(Call& call);
http::Answer restore_conversation(Call& call);

// messages.cpp
http::Answer list_messages(Call& call);
http::Answer append_message(Call& call);

// changes.cpp
http::Answer list_changes(Call& call);
http::Answer get_snapshot(Call& call);

// events.cpp
http::Answer watch_events(Call& call);

// push.cpp
http::Answer push_operations(Call& call);

// generations.cpp
http::Answer start_generation(Call& call);
http::Answer watch_generation(Call& call);
http::Answer cancel_generation(Call& call);

// imports.cpp
http::Answer import_conversations(Call& call);

// state.cpp
http::Answer list_models(Call& call);
http::Answer get_me(Call& call);
http::Answer get_health(Call& call);
http::Answer get_readiness(Call& call);
http::Answer get_openapi(Call& call);

}  // namespace threadkeep::api
