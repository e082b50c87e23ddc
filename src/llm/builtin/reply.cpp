#include "llm/builtin/reply.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "json/json.h"
#include "llm/builtin/search_wish.h"
#include "llm/builtin/words.h"

namespace threadkeep::llm {
namespace {

constexpr std::size_t long_text_words = 2'000;
constexpr std::size_t long_text_words_max = 20'000;

constexpr std::string_view what_i_am =
    "I am the **built-in model** of Threadkeep: a small program that follows a few rules, not an "
    "AI model. I need no key and no network, and what you write to me stays on "
    "this server.";

constexpr std::string_view how_to_connect =
    "To talk to a real model, start the server with one of these in its environment, then choose "
    "the model above the conversation:\n\n"
    "- `OPENAI_API_KEY` for OpenAI\n"
    "- `OPENAI_BASE_URL` for any server that speaks the same protocol (llama.cpp, vLLM, LM "
    "Studio), for example `http://127.0.0.1:8080/v1`\n"
    "- `OLLAMA_HOST` for Ollama, for example `127.0.0.1:11434`";

constexpr std::string_view what_i_can =
    "What I can do, so that you can try everything out:\n\n"
    "- **search** your past conversations: \"what did I say about tomatoes?\"\n"
    "- show **markdown**: \"show me a sample\", or only \"a table\", \"code\", \"a list\"\n"
    "- write **a long text**: \"tell me a long story\", \"write 500 words\". Stop it, reload the "
    "page, look on from a second window: nothing gets lost\n"
    "- **count words**: \"count the words: the quick brown fox\"\n"
    "- **describe** whatever else you write";

constexpr std::string_view sample_heading =
    "## A sample of everything\n\nSome *emphasis*, some **weight**, ~~a mistake~~, `a name in "
    "code` and [a link](https://example.com).";

constexpr std::string_view sample_table =
    "| planet | day, hours | moons |\n"
    "|---|---:|---:|\n"
    "| Mercury | 4222.6 | 0 |\n"
    "| Earth | 24.0 | 1 |\n"
    "| Mars | 24.7 | 2 |\n"
    "| Neptune | 16.1 | 16 |";

constexpr std::string_view sample_code =
    "```python\n"
    "def fibonacci(count):\n"
    "    \"\"\"The first numbers, each the sum of the two before it.\"\"\"\n"
    "    a, b = 0, 1\n"
    "    for _ in range(count):\n"
    "        yield a\n"
    "        a, b = b, a + b\n"
    "\n"
    "\n"
    "print(list(fibonacci(10)))\n"
    "```";

constexpr std::string_view sample_list =
    "1. Write something down.\n"
    "2. Close the window.\n"
    "3. Come back:\n"
    "   - tomorrow, or\n"
    "   - in ten years.\n"
    "4. It is still there.\n\n"
    "- [x] keep every word\n"
    "- [ ] lose one";

constexpr std::string_view sample_quote =
    "> What is written down stays; what is only said flies away.";

bool has_any_word(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return has_word(text, word); });
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
    return text.find(part) != std::string_view::npos;
  });
}

// What key words are looked for in.
std::string key_of(std::string_view question) {
  std::string key = lower(trimmed(question));
  for (const std::string_view sign : {"¡", "¿"}) {
    if (key.compare(0, sign.size(), sign) == 0) key.erase(0, sign.size());
  }
  return key;
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) {
    if (!text.empty()) text += "\n\n";
    text += part;
  }
  return text;
}

std::string number_of(std::size_t count, std::string_view thing) {
  return std::to_string(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

bool offers_search(const std::vector<Tool>& tools) {
  return std::any_of(tools.begin(), tools.end(),
                     [](const Tool& tool) { return tool.name == search_tool; });
}

// Behind the colon, on the following lines or between quotation marks; otherwise nothing.
std::string_view counted_text(std::string_view message) {
  const std::size_t colon = message.find(':');
  if (colon != std::string_view::npos) return trimmed(message.substr(colon + 1));
  const std::size_t line_end = message.find('\n');
  if (line_end != std::string_view::npos) return trimmed(message.substr(line_end));
  const std::size_t open = message.find('"');
  const std::size_t close = message.rfind('"');
  if (open != std::string_view::npos && close > open)
    return trimmed(message.substr(open + 1, close - open - 1));
  return "";
}

std::optional<std::string> count_reply(const Dialogue& dialogue, std::string_view key) {
  const bool asks =
      (has_word(key, "count") && has_any_word(key, {"word", "words", "characters", "letters"})) ||
      has_any(key, {"how many words", "how many characters"});
  if (!asks) return std::nullopt;
  std::string_view text = counted_text(dialogue.question);
  std::string what = "That text has";
  if (text.empty() && !dialogue.question_before.empty()) {
    text = dialogue.question_before;
    what = "Your message before this one has";
  } else if (text.empty()) {
    text = dialogue.question;
    what = "Your message has";
  }
  return what + " **" + number_of(count_words(text), "word") + "**, " +
         number_of(count_characters(text), "character") + " and " +
         number_of(count_sentences(text), "sentence") + ".";
}

std::optional<std::string> sample_reply(std::string_view key) {
  const bool is_short = count_words(key) <= 4;
  const bool asks =
      is_short ||
      (count_words(key) <= 10 &&
       has_any_word(key, {"show", "sample", "example", "demo", "test", "try", "give", "markdown"}));
  if (!asks) return std::nullopt;
  if (has_any_word(key, {"sample", "markdown", "formatting"})) {
    return joined({sample_heading, sample_quote, "### A table", sample_table, "### A code block",
                   sample_code, "### Lists", sample_list});
  }
  if (has_any_word(key, {"table", "tables"})) return joined({"A table:", sample_table});
  if (has_any_word(key, {"code"})) return joined({"A code block:", sample_code});
  if (has_any_word(key, {"list", "lists"})) return joined({"Lists:", sample_list});
  return std::nullopt;
}

// The number right before "words" in one of a few languages.
std::size_t wished_words(std::string_view key) {
  for (const std::string_view unit :
       {"words", "word", "-word", "wörter", "worte", "palabras", "mots", "字"}) {
    for (std::size_t at = key.find(unit); at != std::string_view::npos;
         at = key.find(unit, at + 1)) {
      std::size_t end = at;
      while (end > 0 && key[end - 1] == ' ') --end;
      std::size_t begin = end;
      while (begin > 0 && ((key[begin - 1] >= '0' && key[begin - 1] <= '9') ||
                           key[begin - 1] == ',' || key[begin - 1] == '.'))
        --begin;
      std::size_t number = 0;
      for (const char c : key.substr(begin, end - begin)) {
        if (c >= '0' && c <= '9')
          number = std::min(number * 10 + static_cast<std::size_t>(c - '0'), long_text_words_max);
      }
      if (number > 0) return number;
    }
  }
  return 0;
}

std::optional<std::string> long_reply(const Dialogue& dialogue, std::string_view key) {
  std::size_t words = wished_words(key);
  const bool asks_for_length = has_any_word(key, {"long", "lorem ipsum", "essay", "novel", "story",
                                                  "geschichte", "historia", "histoire"}) ||
                               has_any(key, {"长", "故事"});
  const bool asks_to_write =
      has_any_word(key, {"write", "tell", "give", "make", "schreib", "schreibe", "erzähl",
                         "erzähle", "escribe", "cuenta", "écris", "raconte"}) ||
      has_any(key, {"long answer", "long text", "long story", "lorem ipsum", "写", "讲"});
  if (!asks_to_write || (words == 0 && !asks_for_length)) return std::nullopt;
  if (words == 0) words = long_text_words;
  return long_text(words, dialogue.seed);
}

std::optional<std::string> greeting_reply(const Dialogue& dialogue, std::string_view key) {
  if (count_words(key) > 6) return std::nullopt;
  struct Greeting {
    std::string_view said;
    std::string_view answer;
  };
  constexpr std::array greetings = {
      Greeting{"hello", "Hello!"},
      Greeting{"hi", "Hello!"},
      Greeting{"hey", "Hello!"},
      Greeting{"good morning", "Good morning!"},
      Greeting{"good evening", "Good evening!"},
      Greeting{"hallo", "Hallo!"},
      Greeting{"guten tag", "Guten Tag!"},
      Greeting{"moin", "Moin!"},
      Greeting{"hola", "¡Hola!"},
      Greeting{"bonjour", "Bonjour !"},
      Greeting{"salut", "Salut !"},
      Greeting{"ciao", "Ciao!"},
  };
  std::string_view answer;
  for (const Greeting& greeting : greetings) {
    if (answer.empty() && has_word(key, greeting.said)) answer = greeting.answer;
  }
  if (answer.empty() && has_any(key, {"你好", "您好"})) answer = "你好！";
  if (answer.empty()) return std::nullopt;
  if (dialogue.questions > 1)
    return joined({answer, "Nice to read you again. Write *help* to see what I can do."});
  return joined({answer, what_i_am, what_i_can, how_to_connect});
}

std::optional<std::string> help_reply(std::string_view key) {
  const bool is_help =
      has_any_word(key, {"help", "hilfe", "ayuda", "aide"}) && count_words(key) <= 6;
  const bool asks_who =
      has_any(key, {"who are you", "what are you", "what can you do", "are you an ai", "are you ai",
                    "are you chatgpt", "wer bist du", "was kannst du", "quién eres", "qui es-tu",
                    "帮助", "你是谁"});
  if (!is_help && !asks_who) return std::nullopt;
  return joined({what_i_am, what_i_can, how_to_connect});
}

// What can be seen from outside of a text that is not understood.
std::string describing_reply(const Dialogue& dialogue) {
  const std::string& text = dialogue.question;
  if (trimmed(text).empty())
    return joined({"Your message has no text that I can read.", what_i_am});
  std::string seen = "That is " + number_of(count_words(text), "word") + " in " +
                     number_of(count_sentences(text), "sentence");
  const std::string_view end = trimmed(text);
  if (end.back() == '?' || (end.size() >= 3 && end.substr(end.size() - 3) == "？"))
    seen += ", and a question";
  std::string parts;
  const auto mention = [&](bool is_there, std::string_view what) {
    if (is_there) parts += (parts.empty() ? "" : ", ") + std::string(what);
  };
  mention(text.find("```") != std::string::npos, "a code block");
  mention(text.find("http://") != std::string::npos || text.find("https://") != std::string::npos,
          "a link");
  mention(text.find("\n- ") != std::string::npos || text.find("\n1. ") != std::string::npos,
          "a list");
  mention(text.find_first_of("0123456789") != std::string::npos, "numbers");
  if (!parts.empty()) seen += ", with " + parts;
  seen += ".";
  const std::string quote = "> " + escape_markdown(excerpt(text, 200));
  if (dialogue.questions > 1) {
    return joined({quote, seen,
                   "More than that I cannot say about it: I am the built-in model, not an AI. "
                   "Write *help* to see what I can do."});
  }
  return joined({quote, seen, what_i_am, "Write *help* to see what I can do.", how_to_connect});
}

}  // namespace

std::string SearchCall::input() const {
  std::string input;
  json::Writer(input).begin_object().member("query", query).end_object();
  return input;
}

Reply reply_to(const Dialogue& dialogue, const std::vector<Tool>& tools) {
  if (dialogue.tool_answer) return Reply{report_of_search(*dialogue.tool_answer), std::nullopt};
  if (std::string wish = search_wish(dialogue.question); !wish.empty()) {
    if (!offers_search(tools))
      return Reply{
          "I would search your conversations for that, but here I am not allowed to use the "
          "search.",
          std::nullopt};
    return Reply{"I look through your conversations for **" + escape_markdown(wish) + "**.\n\n",
                 SearchCall{std::move(wish)}};
  }
  const std::string key = key_of(dialogue.question);
  std::optional<std::string> text = count_reply(dialogue, key);
  if (!text) text = sample_reply(key);
  if (!text) text = long_reply(dialogue, key);
  if (!text) text = help_reply(key);
  if (!text) text = greeting_reply(dialogue, key);
  return Reply{text ? *std::move(text) : describing_reply(dialogue), std::nullopt};
}

}  // namespace threadkeep::llm
