#include "generation/context.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "base/ascii.h"
#include "domain/content.h"
#include "json/json.h"

namespace threadkeep::generation {
namespace {

constexpr std::int64_t picture_tokens = 1'600;
constexpr std::int64_t output_tokens_usual = 4'096;
constexpr std::int64_t thirds = 3;  // of a token are counted

constexpr std::string_view introduction =
    "[The earlier messages of this conversation, in short, in the place of the messages "
    "themselves:]\n\n";

std::int64_t thirds_of(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0xF0) return 2 * thirds;
  if (byte >= 0xC0) return thirds;
  if (byte >= 0x80) return 0;  // goes with the byte that begins the character
  const bool is_in_word = is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == ' ';
  return is_in_word ? 1 : thirds;
}

std::int64_t tokens_of_bytes(std::int64_t bytes) {
  return std::max<std::int64_t>(bytes, 0) / thirds;
}

std::int64_t tokens_of_file(const json::Value& block, const llm::Attachments* attachments,
                            const llm::Takes& takes) {
  if (attachments == nullptr) {
    return block["type"].string() == "image" ? picture_tokens
                                             : tokens_of_bytes(block["size"].integer().value_or(0));
  }
  const llm::GivenFile file = llm::given_file(attachments, block, takes);
  if (file.form == llm::GivenFile::Form::words) return estimated_tokens(file.words);
  if (file.form == llm::GivenFile::Form::picture) return picture_tokens;
  return tokens_of_bytes(static_cast<std::int64_t>(file.bytes->size()));
}

bool is_file(const json::Value& block) {
  const std::string_view type = block["type"].string();
  return type == "image" || type == "file";
}

// Of what a tool gave: nothing where it gave words.
std::int64_t tokens_of_pictures(json::Value given, const llm::Attachments* attachments,
                                const llm::Takes& takes) {
  std::int64_t tokens = 0;
  for (const json::Value part : given.items()) {
    if (part["type"].string() == "image") tokens += tokens_of_file(part, attachments, takes);
  }
  return tokens;
}

std::int64_t sum_of(const std::vector<std::int64_t>& tokens) {
  return std::accumulate(tokens.begin(), tokens.end(), std::int64_t{0});
}

}  // namespace

std::int64_t estimated_tokens(std::string_view content) {
  std::int64_t counted = 0;
  for (const char c : content) counted += thirds_of(c);
  return counted / thirds + 1;
}

std::int64_t estimated_tokens(const llm::Turn& turn, const llm::Attachments* attachments,
                              const llm::Takes& takes) {
  std::int64_t tokens = estimated_tokens(turn.content);
  if (turn.content.find("\"attachmentId\"") == std::string::npos) return tokens;
  const auto document = json::Document::parse(turn.content, json::Mode::foreign);
  if (!document) return tokens;
  for (const json::Value block : document->root().items()) {
    if (turn.role == Role::user) {
      // Of others than the user files are named, and no more.
      if (is_file(block)) tokens += tokens_of_file(block, attachments, takes);
    } else if (takes.tool_pictures == llm::Takes::ToolPictures::given) {
      tokens += tokens_of_pictures(block["content"], attachments, takes);
    }
  }
  return tokens;
}

std::int64_t readable_tokens(std::int64_t window, std::optional<std::int64_t> output_tokens_max) {
  return window - std::min(output_tokens_max.value_or(output_tokens_usual), window / 2);
}

std::size_t turns_to_leave_out(const std::vector<std::int64_t>& tokens, std::size_t opening,
                               std::int64_t tokens_max) {
  std::int64_t given = 0;
  for (std::size_t i = 0; i < opening; ++i) given += tokens[i];
  std::size_t first = tokens.size();
  while (first > opening) {
    given += tokens[first - 1];
    if (given > tokens_max && first < tokens.size()) break;
    --first;
  }
  return first - opening;
}

llm::Turn turn_of(const ContextSummary& summary) {
  return {Role::user, text_content(std::string(introduction) + summary.text)};
}

GivenTurns turns_to_give(const Prompt& prompt, std::optional<std::int64_t> window,
                         const llm::Takes& takes, Summaries summaries) {
  std::vector<std::int64_t> tokens;
  for (const llm::Turn& turn : prompt.turns)
    tokens.push_back(estimated_tokens(turn, prompt.attachments.get(), takes));
  const auto readable =
      window ? std::optional(readable_tokens(*window, prompt.settings.output_tokens_max))
             : std::nullopt;
  const bool fits = !prompt.is_cut && (!readable || sum_of(tokens) <= *readable);
  const bool is_in_short = !fits && summaries == Summaries::taken && prompt.in_short;
  GivenTurns given;
  given.turns = prompt.turns;
  std::size_t opening = prompt.opening;
  const auto begin = given.turns.begin() + static_cast<std::ptrdiff_t>(opening);
  if (is_in_short) {
    const llm::Turn summary = turn_of(prompt.in_short->summary);
    const auto stands_for = static_cast<std::ptrdiff_t>(prompt.in_short->turns);
    const auto first = tokens.begin() + static_cast<std::ptrdiff_t>(opening);
    *begin = summary;
    *first = estimated_tokens(summary.content);
    given.turns.erase(begin + 1, begin + stands_for);
    tokens.erase(first + 1, first + stands_for);
    given.first = prompt.in_short->turns;
    given.has_summary = true;
    ++opening;
  }
  if (fits || !readable) return given;
  const std::size_t left_out = turns_to_leave_out(tokens, opening, *readable);
  const auto rest = given.turns.begin() + static_cast<std::ptrdiff_t>(opening);
  given.turns.erase(rest, rest + static_cast<std::ptrdiff_t>(left_out));
  given.first += left_out;
  return given;
}

}  // namespace threadkeep::generation
