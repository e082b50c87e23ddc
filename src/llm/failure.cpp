#include "llm/failure.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "llm/foreign_words.h"

namespace threadkeep::llm {
namespace {

using Kind = Failure::Kind;

constexpr int retry_after_s_max = 86'400;  // beyond a day it is no answer to a person who waits

struct Mark {
  std::string_view part;  // in lower case
  Kind kind;
};

// What vendors call their errors, in `type`, `code` or `status`.
constexpr auto error_names = std::to_array<Mark>({
    {"authentication", Kind::auth},
    {"unauthenticated", Kind::auth},
    {"invalid_api_key", Kind::auth},
    {"insufficient_quota", Kind::payment},
    {"billing", Kind::payment},
    {"permission", Kind::not_allowed},
    {"not_found", Kind::unknown_model},
    {"context_length", Kind::too_long},
    {"exceed_context_size", Kind::too_long},
    {"request_too_large", Kind::too_long},
    {"rate_limit", Kind::rate_limited},
    {"resource_exhausted", Kind::rate_limited},
    {"overloaded", Kind::overloaded},
    {"unavailable", Kind::overloaded},
    {"server_error", Kind::overloaded},
    {"api_error", Kind::overloaded},
    {"timeout", Kind::timed_out},
});

// What an error document of the status 400 or 422 holds when it means something more special.
constexpr auto request_marks = std::to_array<Mark>({
    {"invalid_api_key", Kind::auth},
    {"api_key_invalid", Kind::auth},
    {"credit balance", Kind::payment},
    {"context_length_exceeded", Kind::too_long},
    {"exceed_context_size", Kind::too_long},
    {"maximum context length", Kind::too_long},
    {"context window", Kind::too_long},
    {"available context size", Kind::too_long},
    {"prompt is too long", Kind::too_long},
    {"input is too long", Kind::too_long},
    {"exceeds the maximum number of tokens", Kind::too_long},
});

template <std::size_t size>
Kind kind_by(const std::array<Mark, size>& marks, const std::string& text) {
  const auto found = std::find_if(marks.begin(), marks.end(), [&](const Mark& mark) {
    return text.find(mark.part) != std::string::npos;
  });
  return found == marks.end() ? Kind::refused : found->kind;
}

bool is_out_of_credit(std::string_view body) {
  return body.find("insufficient_quota") != std::string_view::npos ||
         body.find("credit balance") != std::string_view::npos;
}

Kind kind_of_status(int status, std::string_view body) {
  switch (status) {
    case 400:
    case 422:
      return kind_by(request_marks, lower(body));
    case 401:
      return Kind::auth;
    case 402:
      return Kind::payment;
    case 403:
      return Kind::not_allowed;
    case 404:
      return Kind::unknown_model;
    case 413:
      return Kind::too_long;
    case 429:
      return is_out_of_credit(body) ? Kind::payment : Kind::rate_limited;
    case 408:
    case 504:
    case 524:
      return Kind::timed_out;
    default:
      return status >= 500 ? Kind::overloaded : Kind::refused;
  }
}

// Where validation errors name the field: [{"loc": ["body", "model"], "msg": "..."}].
std::string first_detail(json::Value details) {
  const json::Value first = details.at(0);
  std::string words(first["msg"].string());
  std::string field;
  for (const json::Value part : first["loc"].items()) {
    if (!part.is_string() || part.string() == "body") continue;
    if (!field.empty()) field += '.';
    field += part.string();
  }
  if (!field.empty() && !words.empty()) words = field + ": " + words;
  return words;
}

const std::string* find_header(const std::vector<http::Header>& headers, std::string_view name) {
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const http::Header& header) {
    return lower(header.name) == name;
  });
  return found == headers.end() ? nullptr : &found->value;
}

// "Wed, 21 Oct 2026 07:28:00 GMT" in Unix seconds.
std::optional<std::int64_t> parse_http_date(const std::string& text) {
  std::tm parts{};
  const char* end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return timegm(&parts);
}

// In seconds, with a fraction or without, or until a date: measured by the vendor's own clock.
std::optional<int> retry_after_seconds(const std::vector<http::Header>& headers) {
  const std::string* value = find_header(headers, "retry-after");
  if (value == nullptr) return std::nullopt;
  std::int64_t seconds = 0;
  const char* end = value->data() + value->size();
  const auto [stopped, problem] = std::from_chars(value->data(), end, seconds);
  if (problem != std::errc() || (stopped != end && *stopped != '.')) {
    const std::string* sent_at = find_header(headers, "date");
    const auto until = parse_http_date(*value);
    const auto now = sent_at == nullptr ? std::nullopt : parse_http_date(*sent_at);
    if (!until || !now) return std::nullopt;
    seconds = *until - *now;
  }
  if (seconds < 0 || seconds > retry_after_s_max) return std::nullopt;
  return static_cast<int>(seconds);
}

// In the document itself: Google's "details", [{"retryDelay": "34.4s"}].
std::optional<int> retry_delay_seconds(std::string_view body) {
  const auto parsed = json::Document::parse(std::string(body), json::Mode::foreign);
  if (!parsed) return std::nullopt;
  const json::Value root = parsed->root().is_array() ? parsed->root().at(0) : parsed->root();
  for (const json::Value detail : root["error"]["details"].items()) {
    const std::string_view delay = detail["retryDelay"].string();
    std::int64_t seconds = 0;
    const auto [end, problem] = std::from_chars(delay.data(), delay.data() + delay.size(), seconds);
    const bool is_delay = problem == std::errc() && delay.ends_with('s') && seconds >= 0;
    if (!is_delay || seconds > retry_after_s_max) continue;
    const bool has_fraction = *end == '.';
    return static_cast<int>(seconds) + (has_fraction ? 1 : 0);
  }
  return std::nullopt;
}

std::string in_words(int seconds) {
  if (seconds <= 120) return std::to_string(seconds) + " s";
  if (seconds <= 7'200) return std::to_string((seconds + 59) / 60) + " minutes";
  return std::to_string((seconds + 3'599) / 3'600) + " hours";
}

bool looks_like_html(std::string_view body) {
  const std::string_view text = trimmed(body);
  return !text.empty() && text.front() == '<';
}

// The vendor's words in an error body, cleaned. A web page gives none.
std::string words_of_body(std::string_view body, const std::string& api_key) {
  if (looks_like_html(body)) return "";
  const auto parsed = json::Document::parse(std::string(body), json::Mode::foreign);
  if (parsed) return clean_words(error_words(parsed->root()), api_key);
  const bool looks_like_json = body.find_first_of("{[") != std::string_view::npos;
  return looks_like_json ? "" : clean_words(body, api_key);
}

// "OpenAI refuses this (400)" and "bad things" -> "OpenAI refuses this (400): bad things."
std::string with_words(std::string sentence, const std::string& words) {
  if (words.empty()) return sentence + ".";
  sentence += ": " + words;
  const char last = sentence.back();
  if (last != '.' && last != '!' && last != '?') sentence += '.';
  return sentence;
}

// What a person is told of a refusal. The vendor's words about a key help nobody and may hold it.
std::string sentence_of(const Failure& failure, const Asked& asked) {
  const std::string& vendor = asked.vendor;
  const std::string number =
      failure.http_status ? " (" + std::to_string(*failure.http_status) + ")" : "";
  const std::string later =
      failure.retry_after_s ? "; try again in " + in_words(*failure.retry_after_s) : "";
  switch (failure.kind) {
    case Kind::auth:
      return asked.api_key.empty() ? vendor + " asks for an API key" + number + ", and none is set."
                                   : vendor + " refused the API key" + number + ". Check the key " +
                                         asked.settings + ".";
    case Kind::payment:
      return with_words(vendor + " asks for payment or more credit" + number, failure.said);
    case Kind::not_allowed:
      return with_words(vendor + " does not allow this request" + number, failure.said);
    case Kind::unknown_model:
      return with_words(vendor + " does not know the model \"" +
                            clean_words(asked.model, asked.api_key) + "\" or the address" + number,
                        failure.said);
    case Kind::too_long:
      return with_words(vendor + " finds the conversation too long" + number, failure.said);
    case Kind::rate_limited:
      return with_words(vendor + " takes no more requests at the moment" + number + later,
                        failure.said);
    case Kind::timed_out:
      return with_words(vendor + " took too long to answer" + number, failure.said);
    case Kind::overloaded:
      return with_words(vendor + " has trouble of its own at the moment" + number + later,
                        failure.said);
    default:
      return with_words(vendor + " did not accept the request" + number, failure.said);
  }
}

Failure failure_of(Kind kind, const Asked& asked, std::string said) {
  Failure failure;
  failure.kind = kind;
  failure.vendor = asked.vendor;
  failure.said = std::move(said);
  return failure;
}

// Within an answer these are told as at its head; of the others the vendor's words say more.
bool is_told_as_a_refusal(Kind kind) {
  return kind == Kind::auth || kind == Kind::payment || kind == Kind::too_long ||
         kind == Kind::rate_limited;
}

}  // namespace

std::string error_words(json::Value document) {
  const json::Value root = document.is_array() ? document.at(0) : document;
  const json::Value error = root["error"];
  if (error.is_string()) return std::string(error.string());
  // OpenRouter: what the vendor said that it asked.
  const json::Value asked = error["metadata"]["raw"];
  if (asked.is_string() && error["message"].string() == "Provider returned error")
    return std::string(asked.string());
  for (const json::Value place : {error, root}) {
    if (place["message"].is_string()) return std::string(place["message"].string());
    if (place["detail"].is_string()) return std::string(place["detail"].string());
    if (place["detail"].is_array()) return first_detail(place["detail"]);
    if (place["message"]["detail"].is_array()) return first_detail(place["message"]["detail"]);
  }
  return "";
}

Failed refused(const Asked& asked, int status, const std::vector<http::Header>& headers,
               std::string_view body) {
  Failure failure =
      failure_of(kind_of_status(status, body), asked, words_of_body(body, asked.api_key));
  failure.http_status = status;
  failure.retry_after_s = retry_after_seconds(headers);
  if (!failure.retry_after_s) failure.retry_after_s = retry_delay_seconds(body);
  failure.sentence = status >= 300 && status < 400
                         ? asked.vendor + " sent a redirect (" + std::to_string(status) +
                               "), which is not followed. Check the address " + asked.settings + "."
                         : sentence_of(failure, asked);
  return Failed{std::move(failure)};
}

Failed reported_error(const Asked& asked, json::Value document) {
  const json::Value error = document["error"].is_object() ? document["error"] : document;
  const auto code = error["code"].integer().value_or(error["status_code"].integer().value_or(0));
  std::string names;
  for (const std::string_view name : {"type", "code", "status"})
    names.append(error[name].string()).append(" ");
  const bool has_status = code >= 400 && code < 600;
  const Kind kind = has_status ? kind_of_status(static_cast<int>(code), document.raw())
                               : kind_by(error_names, lower(names));
  Failure failure = failure_of(kind, asked, clean_words(error_words(document), asked.api_key));
  if (has_status) failure.http_status = static_cast<int>(code);
  failure.sentence = is_told_as_a_refusal(kind)
                         ? sentence_of(failure, asked)
                         : with_words(asked.vendor + " reported an error", failure.said);
  return Failed{std::move(failure)};
}

Failed reported_error(const Asked& asked, std::string_view words) {
  Failure failure = failure_of(Kind::refused, asked, clean_words(words, asked.api_key));
  failure.sentence = with_words(asked.vendor + " reported an error", failure.said);
  return Failed{std::move(failure)};
}

Failed connection_failed(const Asked& asked, const Error& error, Moment moment) {
  Failure failure = failure_of(Kind::network, asked, clean_words(error.detail, asked.api_key));
  failure.sentence =
      with_words(moment == Moment::before_answer ? asked.vendor + " could not be reached"
                                                 : "The answer of " + asked.vendor + " broke off",
                 failure.said);
  return Failed{std::move(failure)};
}

std::string_view type_of(Kind kind) {
  switch (kind) {
    case Kind::auth:
      return "auth";
    case Kind::payment:
      return "payment";
    case Kind::not_allowed:
      return "not-allowed";
    case Kind::unknown_model:
      return "unknown-model";
    case Kind::too_long:
      return "conversation-too-long";
    case Kind::rate_limited:
      return "rate-limited";
    case Kind::overloaded:
      return "overloaded";
    case Kind::timed_out:
      return "timed-out";
    case Kind::network:
      return "network";
    case Kind::cut_off:
      return "cut-off";
    case Kind::malformed:
      return "malformed";
    case Kind::refused:
      break;
  }
  return "upstream";
}

Failed unusable(Failure::Kind kind, const Asked& asked, std::string_view what) {
  Failure failure = failure_of(kind, asked, "");
  failure.sentence = asked.vendor + " " + std::string(what) + ".";
  return Failed{std::move(failure)};
}

}  // namespace threadkeep::llm
