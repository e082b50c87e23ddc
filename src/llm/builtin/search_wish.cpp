#include "llm/builtin/search_wish.h"

#include <array>

#include "base/ascii.h"
#include "llm/builtin/words.h"

namespace threadkeep::llm {
namespace {

constexpr auto courtesies = std::to_array<std::string_view>(
    {"please ", "can you ", "could you ", "would you ", "i want to ", "bitte ", "kannst du ",
     "por favor ", "por favor, ", "puedes ", "peux-tu ", "请", "帮我", "¿"});

// A longer beginning stands before a shorter one that it begins with.
constexpr auto beginnings = std::to_array<std::string_view>(
    {// English
     "search my conversations for ", "search our conversations for ",
     "search past conversations for ", "search my past conversations for ", "search my chats for ",
     "search my history for ", "search in my conversations for ", "search conversations for ",
     "search for ", "search: ", "find: ", "search ", "find me ", "find ", "look for ", "look up ",
     "what did i say about ", "what did we say about ", "what did you say about ",
     "what have i said about ", "what did i tell you about ", "what did i write about ",
     "what did i ask about ", "when did i talk about ", "when did we talk about ",
     "when did i mention ", "where did i mention ", "where did i write about ", "have i mentioned ",
     "have i ever mentioned ", "did i mention ", "did i ever mention ", "did we talk about ",
     // German
     "suche in meinen gesprächen nach ", "suche nach ", "suche ", "such nach ", "finde ",
     "was habe ich über ", "was hab ich über ", "was habe ich zu ", "was haben wir über ",
     "wann habe ich über ", "wo habe ich ",
     // Spanish
     "busca en mis conversaciones ", "busca ", "buscar ", "encuentra ", "qué dije sobre ",
     "que dije sobre ", "qué dije de ", "qué he dicho sobre ",
     // French
     "cherche dans mes conversations ", "cherche ", "recherche ", "trouve ", "qu'ai-je dit sur ",
     "qu’ai-je dit sur ", "qu'est-ce que j'ai dit sur ",
     // Chinese
     "搜索", "查找", "搜一下", "找一下", "我说过什么关于"});

constexpr std::string_view chinese_about = "关于";
constexpr auto chinese_said =
    std::to_array<std::string_view>({"我说过什么", "我说了什么", "我之前说过什么", "我都说过什么"});

constexpr auto fillers = std::to_array<std::string_view>(
    {"the word ", "messages about ", "conversations about ", "everything about ", "anything about ",
     "something about ", "about ", "all ", "the ", "my ", "nach ", "sobre "});

constexpr auto endings = std::to_array<std::string_view>({" in my conversations",
                                                          " in our conversations",
                                                          " in my past conversations",
                                                          " in past conversations",
                                                          " in the past conversations",
                                                          " in conversations",
                                                          " in my chats",
                                                          " in our chats",
                                                          " in my messages",
                                                          " in my history",
                                                          " in the past",
                                                          " before",
                                                          " lately",
                                                          " gesagt",
                                                          " geschrieben",
                                                          " erzählt",
                                                          " gesprochen",
                                                          " erwähnt",
                                                          " in meinen gesprächen",
                                                          " in meinen chats",
                                                          " en mis conversaciones",
                                                          " dans mes conversations",
                                                          "的对话",
                                                          "的内容"});

constexpr auto signs =
    std::to_array<std::string_view>({" ", "\n", "?", "!", ".", ",",  ":",  ";",  "\"", "'",
                                     "“", "”",  "„", "«", "»", "。", "？", "！", "：", "，"});

template <std::size_t size>
bool drop_beginning(std::string_view& text, const std::array<std::string_view, size>& list) {
  for (const std::string_view beginning : list) {
    if (text.size() < beginning.size() || lower(text.substr(0, beginning.size())) != beginning)
      continue;
    text.remove_prefix(beginning.size());
    return true;
  }
  return false;
}

template <std::size_t size>
bool drop_ending(std::string_view& text, const std::array<std::string_view, size>& list) {
  for (const std::string_view ending : list) {
    if (text.size() < ending.size() || lower(text.substr(text.size() - ending.size())) != ending)
      continue;
    text.remove_suffix(ending.size());
    return true;
  }
  return false;
}

void drop_signs(std::string_view& text) {
  while (drop_beginning(text, signs) || drop_ending(text, signs)) {
  }
}

}  // namespace

std::string search_wish(std::string_view message) {
  constexpr std::size_t wish_bytes_max = 300;
  std::string_view wish = trimmed(message);
  // Long texts that begin with "find" want something else.
  if (wish.size() > wish_bytes_max || wish.find('\n') != std::string_view::npos) return "";
  while (drop_beginning(wish, courtesies)) {
  }
  drop_signs(wish);
  bool is_wish = drop_beginning(wish, beginnings);
  if (!is_wish && wish.substr(0, chinese_about.size()) == chinese_about &&
      drop_ending(wish, chinese_said)) {
    wish.remove_prefix(chinese_about.size());
    is_wish = true;
  }
  if (!is_wish) return "";
  do {
    drop_signs(wish);
  } while (drop_ending(wish, endings));
  while (drop_beginning(wish, fillers)) {
  }
  drop_signs(wish);
  return std::string(wish);
}

}  // namespace threadkeep::llm
