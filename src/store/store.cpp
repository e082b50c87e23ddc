#include "store/store.h"

#include <future>
#include <memory>
#include <utility>

namespace threadkeep {
namespace {

template <class T, class Start>
Result<T> wait_for(Start&& start) {
  // Shared: the writer's thread may still be inside set_value when this one goes on.
  auto promise = std::make_shared<std::promise<Result<T>>>();
  auto future = promise->get_future();
  start([promise](Result<T> result) { promise->set_value(std::move(result)); });
  return future.get();
}

}  // namespace

Result<Stored<Message>> Store::append(const UserId& user, NewMessage message) {
  return wait_for<Stored<Message>>(
      [&](AppendDone done) { append(user, std::move(message), std::move(done)); });
}

Result<Message> Store::save_answer(const UserId& user, AnswerState state) {
  return wait_for<Message>(
      [&](SaveDone done) { save_answer(user, std::move(state), std::move(done)); });
}

}  // namespace threadkeep
