// What a person is told when a vendor refuses, fails or speaks nonsense, the same for all
// protocols: one short sentence of ours, with the vendor's own words cleaned and shortened.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/http.h"
#include "json/json.h"
#include "llm/provider.h"

namespace threadkeep::llm {

// Who was asked for what: the words of the sentences.
struct Asked {
  std::string vendor;   // the label for people
  std::string model;    // the vendor's own name of it
  std::string api_key;  // never shown: cut out of everything that the vendor says
  // Where its address and key are, for who has to look at them.
  std::string settings = "in the settings of this server";
};

// The message in a vendor's error document, of any of the known shapes; empty when there is none.
std::string error_words(json::Value document);

// An answer whose status is not 200. `body` may be cut.
Failed refused(const Asked& asked, int status, const std::vector<http::Header>& headers,
               std::string_view body);

// An error object in a stream or document whose status was 200.
Failed reported_error(const Asked& asked, json::Value document);
Failed reported_error(const Asked& asked, std::string_view words);

// The connection failed before the head of the answer, or after it.
enum class Moment { before_answer, within_answer };
Failed connection_failed(const Asked& asked, const Error& error, Moment moment);

// What an answer that failed with it is marked with, for programs: "auth", "rate-limited". Of a
// refusal for any other reason: "upstream".
std::string_view type_of(Failure::Kind kind);

// An answer that cannot be used: cut_off, malformed, overloaded. `what` goes on after the vendor's
// name: "broke off its answer".
Failed unusable(Failure::Kind kind, const Asked& asked, std::string_view what);

}  // namespace threadkeep::llm
