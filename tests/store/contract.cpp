#include "store/contract.h"

namespace threadkeep::test {

std::uint64_t number_of(const Ulid& id) {
  std::uint64_t number = 0;
  for (const char byte : id.bytes()) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

std::vector<std::uint64_t> numbers_of(const std::vector<Ulid>& ids) {
  std::vector<std::uint64_t> numbers;
  for (const Ulid& id : ids) numbers.push_back(number_of(id));
  return numbers;
}

std::vector<std::uint64_t> numbers_of(const MessagePage& page) {
  std::vector<std::uint64_t> numbers;
  for (const MessageInTree& row : page.messages) numbers.push_back(number_of(row.message.id));
  return numbers;
}

std::vector<std::uint64_t> Contract::path(const ConversationId& id) {
  return numbers_of(path_page(store(), ann, id, std::nullopt, std::nullopt, 1'000).value());
}

std::vector<std::uint64_t> Contract::tree(const ConversationId& id) {
  return numbers_of(tree_page(store(), ann, id, 1, 1'000).value());
}

std::vector<ConversationId> Contract::list(const ConversationFilter& filter) {
  std::vector<ConversationId> ids;
  const auto page = list_conversations(store(), ann, filter, std::nullopt, 1'000).value();
  for (const Conversation& row : page.conversations) ids.push_back(row.id);
  return ids;
}

}  // namespace threadkeep::test
