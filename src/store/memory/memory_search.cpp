#include <algorithm>
#include <tuple>

#include "domain/content.h"
#include "domain/refusals.h"
#include "search/search_words.h"
#include "store/memory/memory_aggregates.h"

namespace threadkeep::memory {

Result<std::vector<SearchHit>> MemorySearch::scan(const UserId& user, const std::string& words,
                                                  int limit, const std::stop_token& stop) const {
  const search::SearchWords wanted = search::parse_search_words(words);
  if (wanted.words.empty()) return std::vector<SearchHit>();
  std::vector<std::tuple<UnixMs, std::size_t, Position, SearchHit>> hits;
  const Account& account = state_.accounts[user];
  for (std::size_t index = 0; index < account.chats.size(); ++index) {
    const Chat& chat = account.chats[index];
    if (chat.row.deleted_at) continue;
    for (const Node& node : chat.nodes) {
      if (stop.stop_requested()) return refusal::search_stopped();
      const Message& row = node.message;
      if (row.deleted_at) continue;
      const std::string text = plain_text(row.content, limits::content_bytes_max);
      if (!search::matches(wanted, search::fold(text))) continue;
      hits.emplace_back(row.created_at, index, row.position,
                        SearchHit{chat.row.id, chat.row.title, row.id, row.role, row.created_at,
                                  search::snippet(wanted, text, snippet_characters)});
    }
  }
  const auto key = [](const auto& hit) {
    return std::tie(std::get<0>(hit), std::get<1>(hit), std::get<2>(hit));
  };
  std::sort(hits.begin(), hits.end(),
            [&](const auto& a, const auto& b) { return key(a) > key(b); });
  if (hits.size() > static_cast<std::size_t>(limit)) {
    hits.erase(hits.begin() + limit, hits.end());
  }
  std::vector<SearchHit> newest;
  newest.reserve(hits.size());
  for (auto& hit : hits) newest.push_back(std::move(std::get<3>(hit)));
  return newest;
}

}  // namespace threadkeep::memory
