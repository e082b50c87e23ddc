#include "llm/openai_chat/failure.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>

#include "base/ascii.h"
#include "base/utf8.h"

namespace threadkeep::llm {
namespace {

constexpr std::size_t words_bytes_max = 240;
constexpr std::string_view hidden = "[key]";

bool is_key_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '*' ||
         c == '.';
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  if (from.empty()) return;
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// Vendors repeat a refused key, with some of its letters or with all of them.
void hide_keys(std::string& text) {
  constexpr std::array<std::string_view, 5> beginnings = {"sk-", "gsk_", "xai-", "pplx-",
                                                          "Bearer "};
  for (const std::string_view beginning : beginnings) {
    std::size_t at = text.find(beginning);
    while (at != std::string::npos) {
      std::size_t end = at + beginning.size();
      while (end < text.size() && is_key_character(text[end])) ++end;
      const bool starts_a_word = at == 0 || !is_key_character(text[at - 1]);
      if (starts_a_word && end - at >= beginning.size() + 4) {
        text.replace(at, end - at, hidden);
        end = at + hidden.size();
      }
      at = text.find(beginning, end);
    }
  }
}

void hide_passwords_in_addresses(std::string& text) {
  for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
    const std::size_t begin = at + 3;
    const std::size_t end = std::min(text.find_first_of("/?# \"'", begin), text.size());
    const std::size_t sign = text.substr(begin, end - begin).rfind('@');
    if (sign != std::string::npos) text.erase(begin, sign + 1);
  }
}

// U+0000..U+0020, U+007F..U+009F.
bool is_gap(char32_t c) { return c <= 0x20 || (c >= 0x7F && c <= 0x9F); }

std::string on_one_line(std::string_view text) {
  std::string out;
  bool gap = false;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    at += point.length;
    if (is_gap(point.value)) {
      gap = !out.empty();
      continue;
    }
    if (gap) out += ' ';
    gap = false;
    append_utf8(out, point.value);
  }
  return out;
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

std::optional<int> retry_after_seconds(const std::vector<http::Header>& headers) {
  for (const http::Header& header : headers) {
    if (!equals_ignoring_case(header.name, "retry-after")) continue;
    int seconds = 0;
    const char* end = header.value.data() + header.value.size();
    const auto [stopped, problem] = std::from_chars(header.value.data(), end, seconds);
    // Some send fractions. Beyond a day it is no answer to a person who waits.
    if (problem != std::errc() || (stopped != end && *stopped != '.') || seconds < 0 ||
        seconds > 86'400)
      return std::nullopt;
    return seconds;
  }
  return std::nullopt;
}

bool looks_like_html(std::string_view body) {
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && body[first] == '<';
}

// The vendor's words in an error body, cleaned. A web page gives none.
std::string words_of_body(std::string_view body, const std::string& api_key) {
  if (looks_like_html(body)) return "";
  const auto parsed = json::Document::parse(std::string(body), json::Mode::foreign);
  if (parsed) return clean_words(error_words(parsed->root()), api_key);
  const bool looks_like_json = body.find_first_of("{[") != std::string_view::npos;
  return looks_like_json ? "" : clean_words(body, api_key);
}

Failed failed(std::string sentence, Retry retry) {
  return Failed{Error{Errc::upstream_failed, std::move(sentence)}, retry == Retry::sensible};
}

// "OpenAI refuses this (400)" and "bad things" -> "OpenAI refuses this (400): bad things"
std::string with_words(std::string sentence, const std::string& words) {
  if (words.empty()) return sentence + ".";
  sentence += ": " + words;
  const char last = sentence.back();
  if (last != '.' && last != '!' && last != '?') sentence += '.';
  return sentence;
}

std::string too_many(const std::string& vendor, const std::vector<http::Header>& headers) {
  std::string sentence = vendor + " takes no more requests at the moment (429)";
  if (const auto seconds = retry_after_seconds(headers)) {
    sentence += "; try again in " + std::to_string(*seconds) + " s";
  }
  return sentence;
}

bool is_out_of_credit(std::string_view body) {
  return body.find("insufficient_quota") != std::string_view::npos ||
         body.find("credit balance") != std::string_view::npos;
}

}  // namespace

std::string clean_words(std::string_view text, const std::string& api_key) {
  // Enough for the sentence also after the hiding, and no work on megabytes.
  std::string words =
      on_one_line(text.substr(0, std::min<std::size_t>(text.size(), 16 * words_bytes_max)));
  replace_all(words, api_key, hidden);
  hide_keys(words);
  hide_passwords_in_addresses(words);
  if (words.size() <= words_bytes_max) return words;
  return std::string(utf8_prefix(words, words_bytes_max)) + "…";
}

std::string error_words(json::Value document) {
  const json::Value root = document.is_array() ? document.at(0) : document;
  const json::Value error = root["error"];
  if (error.is_string()) return std::string(error.string());
  // OpenRouter: what the vendor behind it said.
  const json::Value behind = error["metadata"]["raw"];
  if (behind.is_string() && error["message"].string() == "Provider returned error")
    return std::string(behind.string());
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
  const std::string& vendor = asked.vendor;
  const std::string number = " (" + std::to_string(status) + ")";
  const std::string words = words_of_body(body, asked.api_key);
  if (status == 401 && asked.api_key.empty()) {
    return failed(vendor + " asks for an API key" + number + ", and none is set.",
                  Retry::pointless);
  }
  if (status == 401)
    return failed(vendor + " refused the API key" + number +
                      ". Check the key in the settings of this server.",
                  Retry::pointless);
  if (status == 402 || (status == 429 && is_out_of_credit(body))) {
    return failed(with_words(vendor + " asks for payment or more credit" + number, words),
                  Retry::pointless);
  }
  if (status == 403)
    return failed(with_words(vendor + " does not allow this request" + number, words),
                  Retry::pointless);
  if (status == 404) {
    return failed(
        with_words(vendor + " does not know the model \"" +
                       clean_words(asked.model, asked.api_key) + "\" or the address" + number,
                   words),
        Retry::pointless);
  }
  if (status == 413)
    return failed(with_words(vendor + " finds the conversation too long" + number, words),
                  Retry::pointless);
  if (status == 429) return failed(with_words(too_many(vendor, headers), words), Retry::sensible);
  if (status == 408 || status == 504 || status == 524) {
    return failed(with_words(vendor + " took too long to answer" + number, words), Retry::sensible);
  }
  if (status >= 500)
    return failed(with_words(vendor + " has trouble of its own at the moment" + number, words),
                  Retry::sensible);
  if (status >= 300 && status < 400) {
    return failed(vendor + " sent a redirect" + number +
                      ", which is not followed. Check the address in the settings of this server.",
                  Retry::pointless);
  }
  return failed(with_words(vendor + " did not accept the request" + number, words),
                Retry::pointless);
}

Failed reported_error(const Asked& asked, json::Value document) {
  const json::Value error = document["error"];
  const auto code = error["code"].integer().value_or(error["status_code"].integer().value_or(0));
  const std::string kind =
      std::string(error["type"].string()) + " " + std::string(error["code"].string());
  const bool passes = code == 408 || code == 429 || code >= 500 ||
                      kind.find("overloaded") != std::string::npos ||
                      kind.find("rate_limit") != std::string::npos ||
                      kind.find("server_error") != std::string::npos;
  return failed(with_words(asked.vendor + " reported an error",
                           clean_words(error_words(document), asked.api_key)),
                passes ? Retry::sensible : Retry::pointless);
}

Failed reported_error(const Asked& asked, std::string_view words) {
  return failed(with_words(asked.vendor + " reported an error", clean_words(words, asked.api_key)),
                Retry::pointless);
}

Failed connection_failed(const Asked& asked, const Error& error, Moment moment) {
  const bool is_too_large = error.code == Errc::too_large;
  const std::string begin = moment == Moment::before_answer
                                ? asked.vendor + " could not be reached"
                                : "The answer of " + asked.vendor + " broke off";
  return failed(with_words(begin, clean_words(error.detail, asked.api_key)),
                is_too_large ? Retry::pointless : Retry::sensible);
}

Failed unusable(const Asked& asked, std::string_view what, Retry retry) {
  return failed(asked.vendor + " " + std::string(what) + ".", retry);
}

}  // namespace threadkeep::llm
