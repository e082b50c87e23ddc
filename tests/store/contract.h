// What every store must do, sentence by sentence of store/store.h. Each test runs over each store.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "store/postgres_cluster.h"
#include "store/stores.h"

namespace threadkeep::test {

class Contract : public testing::TestWithParam<Kind> {
 protected:
  const UserId ann = id_of(1);
  const UserId bob = id_of(2);
  const ConversationId tea = id_of(100);
  const ConversationId bread = id_of(101);

  void SetUp() override {
    if (GetParam() == Kind::postgres) {
      NEEDS_POSTGRES();
    }
  }

  void open(const StoreLimits& limits = {}) {
    store_.reset();
    store_ = make_store(GetParam(), folder_, clock_, ids_, limits);
  }
  Store& store() {
    if (!store_) open();
    return *store_;
  }

  Conversation create(const ConversationId& id, const std::string& title = "") {
    return create_for(ann, id, title);
  }
  Conversation create_for(const UserId& user, const ConversationId& id,
                          const std::string& title = "") {
    return store().write(user, chat(id, title)).value().value;
  }
  Message append(const NewMessage& message) { return store().write(ann, message).value().value; }
  // Appends messages 1, 2, 3 ... under the head; their ids are id_of(number).
  void append_numbers(const ConversationId& id, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t number = first; number <= last; ++number) {
      append(said(id_of(number), id, "message " + std::to_string(number),
                  number % 2 == 1 ? Role::user : Role::assistant));
    }
  }
  Conversation find(const ConversationId& id) {
    return find_conversation(store(), ann, id).value();
  }
  Message message(std::uint64_t number) {
    return find_message(store(), ann, id_of(number)).value();
  }
  // The numbers of the messages of the active path, oldest first.
  std::vector<std::uint64_t> path(const ConversationId& id);
  // The numbers of all messages by position.
  std::vector<std::uint64_t> tree(const ConversationId& id);
  std::vector<ConversationId> list(const ConversationFilter& filter = {});

  ManualClock clock_;
  UlidMaker ids_{clock_};
  TemporaryFolder folder_{TemporaryFolder::On::memory};
  std::unique_ptr<Store> store_;
};

std::uint64_t number_of(const Ulid& id);
std::vector<std::uint64_t> numbers_of(const std::vector<Ulid>& ids);
std::vector<std::uint64_t> numbers_of(const MessagePage& page);

template <class T>
Errc error_of(const Result<T>& result) {
  if (!result) return result.error().code;
  ADD_FAILURE() << "no error";
  return Errc::cancelled;
}

inline std::string kind_name(const testing::TestParamInfo<Kind>& parameter) {
  return (std::ostringstream() << parameter.param).str();
}

}  // namespace threadkeep::test

// In each file, after its fixture.
#define INSTANTIATE_FOR_ALL_STORES(Suite) \
  INSTANTIATE_TEST_SUITE_P(Stores, Suite, \
                           testing::Values(Kind::memory, Kind::sqlite, Kind::postgres), kind_name)
