// The body of GET {base}/models.
#pragma once

#include <string_view>

#include "json/json.h"
#include "llm/protocol.h"

namespace threadkeep::llm {

// Whether a row of a vendor's list is a model that one can talk to. Made of names where vendors
// tell nothing better: embeddings, speech, pictures and such are out.
bool is_chat_model(json::Value row);

// Its rows, sorted by id; nothing when it is no list of models.
ModelRows read_model_list(const Vendor& vendor, std::string_view body);

}  // namespace threadkeep::llm
