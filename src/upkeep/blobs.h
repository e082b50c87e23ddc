// The bytes of blobs, apart from the rows that say who owns them: looked at one by one, and brought
// from one store to another whatever their engines.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/progress.h"
#include "store/blobs.h"
#include "store/sql/blob_contents.h"
#include "store/sql/driver.h"

namespace threadkeep::upkeep {

struct NamedBlob {
  BlobHash hash;
  std::int64_t size = 0;
};

// Each blob that the rows of a store name, once, by hash. Throws StorageFailure.
std::vector<NamedBlob> named_blobs(sql::Connection& connection);

// Read to the end and hashed. Throws StorageFailure.
enum class BlobState : std::uint8_t { whole, missing, damaged };
BlobState look_at_blob(sql::BlobContents& contents, const NamedBlob& blob);

// Brings over what the target has not, or has damaged. Returns one line for each that the source
// does not have whole: those are not copied. Throws StorageFailure, Stopped; what was copied until
// then stays.
std::vector<std::string> copy_blobs(const std::vector<NamedBlob>& blobs, sql::BlobContents& from,
                                    sql::BlobContents& to, Progress& progress);

}  // namespace threadkeep::upkeep
