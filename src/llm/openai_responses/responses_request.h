// The body of POST {base}/responses.
#pragma once

#include <string>
#include <string_view>

#include "llm/protocol.h"
#include "llm/tool_names.h"

namespace threadkeep::llm {

inline constexpr Takes responses_takes{Takes::Pictures::all, Takes::Documents::pdf, 20U << 20};

// What the one who is asked takes of a model that reasons. Naming it where it does not exist is
// refused.
struct ResponsesDialect {
  enum class Reasoning {
    plain,      // by the effort alone; no reasoning goes back
    encrypted,  // comes encrypted when it is asked for, and goes back
  };
  Reasoning reasoning = Reasoning::plain;
  bool takes_temperature = true;
  bool takes_effort = true;
  Takes::ToolPictures tool_pictures = Takes::ToolPictures::named;
};
// What the vendor takes in this protocol: of OpenAI alone it is known that it takes pictures of
// tools.
Takes takes_of(const Vendor& vendor);
ResponsesDialect responses_dialect(const Vendor& vendor, std::string_view model);

// Streaming; nothing is stored at the vendor. The stored turns as in alternating_turns.h. Reasoning
// goes back within the answer that is being written, and there only what this protocol has
// encrypted and what came after it is there too: alone it is refused.
std::string responses_request_body(const Request& request, const ResponsesDialect& dialect,
                                   ToolNames& names);

}  // namespace threadkeep::llm
