#include "store/store.h"

#include <future>
#include <memory>
#include <stdexcept>
#include <utility>

namespace threadkeep {

Result<void> Store::in_transaction_and_wait(const std::optional<UserId>& user, Work work) {
  // Shared: the writer's thread may still be inside set_value when this one goes on.
  const auto promise = std::make_shared<std::promise<std::optional<Error>>>();
  auto future = promise->get_future();
  in_transaction(user, std::move(work),
                 [promise](const std::optional<Error>& failure) { promise->set_value(failure); });
  if (auto failure = future.get()) return tl::unexpected(std::move(*failure));
  return {};
}

Result<void> Store::check_ready() {
  auto is_written = write(nobody, [](Writer& writer) {
    writer.housekeeping().leave_mark();
    return Result<void>();
  });
  if (!is_written) return is_written;
  return read([](const Reader& reader) -> Result<void> {
    if (reader.housekeeping().has_mark()) return {};
    return fail(Errc::storage_unavailable, "What was written cannot be read.");
  });
}

UserId Store::local_user() {
  const auto user =
      write(nobody, [](Writer& writer) { return writer.housekeeping().local_user(); });
  if (!user) throw std::runtime_error("the local user cannot be stored: " + user.error().detail);
  return *user;
}

}  // namespace threadkeep
