#include <array>

#include "base/ascii.h"
#include "llm/builtin/reply.h"
#include "llm/builtin/words.h"

namespace threadkeep::llm {
namespace {

// "@" is a person, "#" a thing, "%" a place, "^" a time.
constexpr auto sentences = std::to_array<std::string_view>({
    "^ @ walked down to % and found # there.",
    "Nobody had told @ about #, and nobody ever would.",
    "^ the wind turned, and % looked smaller than before.",
    "@ wrote it down at once, for fear of forgetting it.",
    "There was # on the table, and beside it a letter from @.",
    "\"Keep this,\" said @, and gave away #.",
    "% had not changed since then, but @ had.",
    "^ someone knocked at the door and asked for #.",
    "So they waited, and the lamp burned low, and @ began to speak.",
    "It was a long way to %, and the road went through the rain.",
    "@ counted the steps and lost count, and began again.",
    "What is lost at sea, @ used to say, comes ashore at %.",
    "^ there came an answer, written in a hand that @ knew.",
    "Behind # stood a second one, and behind that a third.",
    "The people of % remember it differently, but they remember it.",
    "@ laughed, put # into a pocket and closed the window.",
    "No map showed %, and yet everyone had been there once.",
    "^ it snowed, and all the paths became one path.",
    "They asked @ for the truth, and @ told them about #.",
    "A bell rang somewhere near %, twice, and then not again.",
    "@ had learned to listen to what the paper did not say.",
    "Whoever carries # must not look back before %.",
});
constexpr auto persons = std::to_array<std::string_view>(
    {"the archivist", "Mara", "the old ferryman", "Jonas", "the clockmaker's daughter",
     "the stranger", "Ilse", "the lighthouse keeper", "the boy with the lantern"});
constexpr auto things = std::to_array<std::string_view>(
    {"a box of letters", "the brass key", "a thread of red wool", "the unfinished map",
     "a book without a title", "the silver whistle", "an empty birdcage", "the second notebook"});
constexpr auto places = std::to_array<std::string_view>(
    {"the harbour", "the reading room", "the mill", "the last station", "the orchard",
     "the salt road", "the northern tower", "the market square"});
constexpr auto times = std::to_array<std::string_view>(
    {"That evening", "In the morning", "Much later", "On the third day", "Before the storm",
     "A year afterwards", "Towards noon", "When the bells had stopped"});
constexpr auto headings = std::to_array<std::string_view>(
    {"The letter", "The way down", "What the water kept", "A second key", "The quiet house",
     "Names in the margin", "The ferry", "Snow", "The last page", "The return"});

// splitmix64
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  template <std::size_t size>
  std::string_view pick(const std::array<std::string_view, size>& list) {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return list[(z ^ (z >> 31U)) % size];
  }

 private:
  std::uint64_t state_;
};

std::string make_sentence(Dice& dice) {
  std::string out;
  for (const char c : dice.pick(sentences)) {
    const std::size_t begin = out.size();
    switch (c) {
      case '@':
        out += dice.pick(persons);
        break;
      case '#':
        out += dice.pick(things);
        break;
      case '%':
        out += dice.pick(places);
        break;
      case '^':
        out += dice.pick(times);
        break;
      default:
        out += c;
    }
    if (begin == 0 && out[0] >= 'a' && out[0] <= 'z')
      out[0] = static_cast<char>(out[0] - 'a' + 'A');
  }
  return out;
}

// The first words of a text, with a full stop at the end.
std::string first_words(const std::string& text, std::size_t words) {
  std::size_t kept = 0;
  std::size_t end = 0;
  for (const std::string_view piece : split_keeping_space(text)) {
    const std::size_t weight = count_words(piece);
    if (kept + weight > words) break;
    kept += weight;
    end += piece.size();
  }
  std::string out(trimmed(std::string_view(text).substr(0, end)));
  while (!out.empty() && (out.back() == ',' || out.back() == '.')) out.pop_back();
  return out + ".";
}

}  // namespace

std::string long_text(std::size_t words, std::uint64_t seed) {
  constexpr std::size_t paragraph_sentences = 6;
  constexpr std::size_t chapter_paragraphs = 5;
  constexpr std::size_t words_with_chapters = 300;
  Dice dice(seed);
  std::string text;
  std::size_t written = 0;
  for (std::size_t sentence = 0; written < words; ++sentence) {
    const bool begins_paragraph = sentence % paragraph_sentences == 0;
    const bool begins_chapter =
        sentence % (paragraph_sentences * chapter_paragraphs) == 0 && words >= words_with_chapters;
    if (begins_chapter) {
      const std::string heading =
          "## " +
          std::string(headings[(seed + sentence / (paragraph_sentences * chapter_paragraphs)) %
                               headings.size()]);
      text += (text.empty() ? "" : "\n\n") + heading;
      written += count_words(heading);
    }
    const std::string next = make_sentence(dice);
    if (!text.empty()) text += begins_paragraph ? "\n\n" : " ";
    text += next;
    written += count_words(next);
  }
  return first_words(text, words);
}

}  // namespace threadkeep::llm
