#include "store/postgres/session.h"

namespace threadkeep::postgres {
namespace {

using Cause = PostgresFailure::Cause;
// With the growing pauses between them these are some seconds: whoever still meets others then says
// so.
constexpr int tries_max = 30;

}  // namespace

bool is_worth_another_try(const PostgresFailure& failure, int tries) {
  if (failure.kind() == sql::StorageFailure::Kind::unknown) return false;
  if (failure.cause() == Cause::conflict) return tries < tries_max;
  return failure.cause() == Cause::lost && tries < 2;
}

}  // namespace threadkeep::postgres
