// The handlers, by the file that holds them.
#pragma once

#include "api/call.h"

namespace threadkeep::api {

// conversations.cpp
http::Reply list_conversations(Call& call);
http::Reply create_conversation(Call& call);
http::Reply get_conversation(Call& call);
http::Reply put_conversation(Call& call);
http::Reply patch_conversation(Call& call);
http::Reply delete_conversation(Call& call);
http::Reply restore_conversation(Call& call);
http::Reply make_title(Call& call);

// messages.cpp
http::Reply list_messages(Call& call);
http::Reply append_message(Call& call);
http::Reply delete_messages(Call& call);
http::Reply restore_messages(Call& call);

// presets.cpp
http::Reply list_presets(Call& call);
http::Reply get_preset(Call& call);
http::Reply patch_preset(Call& call);
http::Reply delete_preset(Call& call);

// changes.cpp
http::Reply list_changes(Call& call);
http::Reply get_snapshot(Call& call);

// events.cpp
http::Reply watch_events(Call& call);

// push.cpp
http::Reply push_operations(Call& call);

// generations.cpp
http::Reply start_generation(Call& call);
http::Reply start_duet(Call& call);
http::Reply watch_generation(Call& call);
http::Reply cancel_generation(Call& call);
http::Reply decide_calls(Call& call);

// imports.cpp
http::Reply import_conversations(Call& call);
http::Reply get_import(Call& call);
http::Reply cancel_import(Call& call);

// attachments.cpp
http::Reply upload_attachment(Call& call);
http::Reply get_attachment(Call& call);

// thumbnails.cpp
http::Reply get_thumbnail(Call& call);

// tools.cpp
http::Reply list_tools(Call& call);

// vendors.cpp
http::Reply list_vendors(Call& call);
http::Reply put_vendor(Call& call);
http::Reply remove_vendor(Call& call);

// state.cpp
http::Reply list_models(Call& call);
http::Reply get_me(Call& call);
http::Reply get_health(Call& call);
http::Reply get_readiness(Call& call);
http::Reply get_openapi(Call& call);

}  // namespace threadkeep::api
