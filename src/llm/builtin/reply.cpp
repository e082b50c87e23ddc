#include "llm/builtin/reply.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/utf8.h"
#include "llm/builtin/words.h"

namespace threadkeep::llm {
namespace {

constexpr std::size_t long_text_words = 2'000;
constexpr std::size_t long_text_words_max = 20'000;
constexpr std::size_t words_with_headings = 300;
constexpr std::size_t search_message_bytes_max = 300;
constexpr std::size_t system_bytes_max = 200;
constexpr std::size_t systems_named_max = 5;

constexpr std::string_view what_i_am =
    "I am the **built-in model** of Threadkeep: a small program that follows a few rules, not an "
    "AI model. I need no key and no network, and what you write to me stays on this server.";

constexpr std::string_view what_i_can =
    "What I can do, so that you can try everything out:\n\n"
    "- **search** your past conversations, where you have allowed it: \"what did I say about "
    "tomatoes?\"\n"
    "- show **markdown**: \"show me a sample\"\n"
    "- write **a long text**: \"tell me a long story\", \"write 500 words\". Stop it, reload the "
    "page, look on from a second window: nothing gets lost\n"
    "- **count words**: \"count the words: the quick brown fox\"";

constexpr std::string_view how_to_connect =
    "To talk to a real model, start the server with one of these in its environment, then choose "
    "the model above the conversation:\n\n"
    "- `OPENAI_API_KEY` for OpenAI, `ANTHROPIC_API_KEY` for Claude, "
    "`GEMINI_API_KEY` for Gemini\n"
    "- `OPENAI_BASE_URL` for any server that speaks the same protocol (llama.cpp, vLLM, LM "
    "Studio), for example `http://127.0.0.1:8080/v1`\n"
    "- `OLLAMA_HOST` for Ollama, for example `127.0.0.1:11434`";

constexpr std::string_view sample =
    "## A sample of everything\n\n"
    "Some *emphasis*, some **weight**, ~~a mistake~~, `a name in code` and "
    "[a link](https://example.com).\n\n"
    "> What is written down stays; what is only said flies away.\n\n"
    "| planet | day, hours | moons |\n|---|---:|---:|\n"
    "| Mercury | 4222.6 | 0 |\n| Earth | 24.0 | 1 |\n| Neptune | 16.1 | 16 |\n\n"
    "```python\ndef squares(count):\n    return [n * n for n in range(count)]\n```\n\n"
    "1. Write something down.\n2. Close the window.\n3. Come back:\n   - tomorrow, or\n"
    "   - in ten years.\n\n- [x] keep every word\n- [ ] lose one";

// "#" is the number of the page, so that no two places of a long text are alike.
constexpr auto sentences = std::to_array<std::string_view>({
    "Page # was written in the morning and read in the evening.",
    "Somebody underlined the last word of page # and wrote a date beside it.",
    "What page # says is not new, but here it is said in order.",
    "A leaf lay between page # and the next one, pressed flat.",
    "Page # ends in the middle of a thought, and the next one goes on with it.",
});

bool has_any_word(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return has_word(text, word); });
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text.append(text.empty() ? "" : "\n\n").append(part);
  return text;
}

std::string words_of(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " word" : " words");
}

// Exactly that many words, in paragraphs, with a heading now and then.
std::string long_text(std::size_t words, std::size_t first_page) {
  constexpr std::size_t paragraph_sentences = 5;
  constexpr std::size_t chapter_sentences = 25;
  std::string text;
  for (std::size_t number = 0, written = 0; written < words; ++number) {
    std::string_view gap = number % paragraph_sentences == 0 ? "\n\n" : " ";
    if (number % chapter_sentences == 0 && words >= words_with_headings) {
      text += gap;
      text += "## Chapter " + std::to_string(number / chapter_sentences + 1);
      written += 3;
    }
    std::string sentence(sentences[number % sentences.size()]);
    sentence.replace(sentence.find('#'), 1, std::to_string(first_page + number));
    written += count_words(sentence);
    text.append(gap).append(sentence);
  }
  std::string out;
  std::size_t kept = 0;
  for (const std::string_view piece : split_keeping_space(trimmed(text))) {
    if (kept++ < words) out += piece;
  }
  return std::string(trimmed(out));
}

// The number right before "word" or "words".
std::size_t wished_words(std::string_view key) {
  const std::size_t unit = key.find("word");
  std::size_t number = 0;
  std::size_t begin = unit == std::string_view::npos ? 0 : unit;
  while (begin > 0 && std::string_view("0123456789,.- ").find(key[begin - 1]) != key.npos) --begin;
  for (const char c : key.substr(begin, unit == key.npos ? 0 : unit - begin)) {
    if (c >= '0' && c <= '9')
      number = std::min(number * 10 + static_cast<std::size_t>(c - '0'), long_text_words_max);
  }
  return number;
}

std::optional<std::string> long_reply(const Dialogue& dialogue, std::string_view key) {
  if (!has_any_word(key, {"write", "tell", "give", "make"})) return std::nullopt;
  const std::size_t wished = wished_words(key);
  if (wished == 0 && !has_any_word(key, {"long", "essay", "story"})) return std::nullopt;
  return long_text(wished == 0 ? long_text_words : wished, 1 + dialogue.seed % 1'000);
}

std::optional<std::string> count_reply(const Dialogue& dialogue, std::string_view key) {
  const bool asks = has_any_word(key, {"words"}) &&
                    (has_any_word(key, {"count"}) || key.find("how many words") != key.npos);
  if (!asks) return std::nullopt;
  const std::size_t colon = dialogue.question.find(':');
  if (colon != std::string::npos) {
    const std::string_view text = std::string_view(dialogue.question).substr(colon + 1);
    return "That text has **" + words_of(count_words(text)) + "**.";
  }
  return dialogue.questions > 1
             ? "Your message before this one has **" +
                   words_of(count_words(dialogue.question_before)) + "**."
             : "Your message has **" + words_of(count_words(dialogue.question)) + "**.";
}

std::optional<std::string> sample_reply(std::string_view key) {
  const bool asks = count_words(key) <= 10 && has_any_word(key, {"sample", "markdown"});
  return asks ? std::optional<std::string>(sample) : std::nullopt;
}

std::string help_reply(const Dialogue& dialogue, std::string_view key) {
  const bool is_greeting = has_any_word(key, {"hello", "hi", "hey"}) && count_words(key) <= 6;
  const std::string seen = is_greeting
                               ? "Hello!"
                               : "Your message has " + words_of(count_words(dialogue.question)) +
                                     ", and more I do not understand of it.";
  const bool asks =
      dialogue.questions <= 1 || has_any_word(key, {"help"}) || key.find("who are you") != key.npos;
  return asks ? joined({seen, what_i_am, what_i_can, how_to_connect})
              : joined({seen,
                        "I am the built-in model, not an AI. Write *help* to see what I can "
                        "do."});
}

// So that who set them sees that each was given.
std::string system_note(const Dialogue& dialogue) {
  std::string note;
  std::size_t named = 0;
  for (const std::string& system : dialogue.systems) {
    note += note.empty() ? "> " : "\n>\n> ";
    if (named++ == systems_named_max) {
      note += "…";
      break;
    }
    note.append(utf8_prefix(system, system_bytes_max));
    if (system.size() > system_bytes_max) note += "…";
  }
  if (note.empty()) return "";
  return note +
         "\n\n*That is what I was told to keep to in this conversation. I am too simple for it; a "
         "real model keeps to it.*\n\n";
}

bool drop_beginning(std::string_view& text, std::initializer_list<std::string_view> list) {
  for (const std::string_view part : list) {
    if (lower(text.substr(0, part.size())) != part) continue;
    text.remove_prefix(part.size());
    return true;
  }
  return false;
}

bool drop_ending(std::string_view& text, std::initializer_list<std::string_view> list) {
  for (const std::string_view part : list) {
    if (text.size() < part.size() || lower(text.substr(text.size() - part.size())) != part)
      continue;
    text.remove_suffix(part.size());
    return true;
  }
  return false;
}

}  // namespace

std::string search_wish(std::string_view message) {
  std::string_view wish = trimmed(message);
  // Long texts that begin with "find" want something else.
  if (wish.size() > search_message_bytes_max || wish.find('\n') != wish.npos) return "";
  drop_beginning(wish, {"please "});
  const bool asks = drop_beginning(
      wish, {"search my conversations for ", "search for ", "search: ", "search ", "look for ",
             "find messages about ", "find ", "what did i say about ", "what did we say about "});
  if (!asks) return "";
  while (drop_ending(wish, {"?", "!", ".", "\"", " ", " in my past conversations",
                            " in my conversations", " in my chats"}) ||
         drop_beginning(wish, {"\"", " "})) {
  }
  return std::string(wish);
}

Reply reply_to(const Dialogue& dialogue, const std::vector<Tool>& tools) {
  if (dialogue.tool_answer) return {report_of_search(*dialogue.tool_answer), std::nullopt};
  if (std::string wish = search_wish(dialogue.question); !wish.empty()) {
    const bool is_offered = std::any_of(tools.begin(), tools.end(),
                                        [](const Tool& tool) { return tool.name == search_tool; });
    if (is_offered) return {"I look through your conversations.\n\n", std::move(wish)};
    return {
        "I would search your other conversations for that, but here I may not read them. Allow "
        "it with **Search my conversations** in the list of models, then ask again.",
        std::nullopt};
  }
  const std::string key = lower(trimmed(dialogue.question));
  std::optional<std::string> text = count_reply(dialogue, key);
  if (!text) text = sample_reply(key);
  if (!text) text = long_reply(dialogue, key);
  return {system_note(dialogue) + (text ? *text : help_reply(dialogue, key)), std::nullopt};
}

}  // namespace threadkeep::llm
