#include "upkeep/blobs.h"

#include "store/sql/query.h"

namespace threadkeep::upkeep {
namespace {

constexpr std::size_t bytes_per_read = 1U << 20;

// Calls `take` with all bytes. Returns how many there were.
template <class Take>
std::int64_t read_all(sql::ContentReader& reader, const Take& take) {
  std::int64_t at = 0;
  for (;;) {
    const std::string bytes = reader.read(at, bytes_per_read);
    if (bytes.empty()) return at;
    take(bytes);
    at += static_cast<std::int64_t>(bytes.size());
  }
}

}  // namespace

std::vector<NamedBlob> named_blobs(sql::Connection& connection) {
  std::vector<NamedBlob> blobs;
  sql::Query query(connection, "SELECT hash, max(size) FROM blobs GROUP BY hash ORDER BY hash");
  while (query.next()) blobs.push_back({BlobHash::from_bytes(query.bytes(0)), query.integer(1)});
  return blobs;
}

BlobState look_at_blob(sql::BlobContents& contents, const NamedBlob& blob) {
  const auto reader = contents.open(blob.hash);
  if (!reader) return BlobState::missing;
  BlobHasher hasher;
  const std::int64_t size = read_all(*reader, [&](const std::string& bytes) { hasher.add(bytes); });
  return size == blob.size && hasher.finish() == blob.hash ? BlobState::whole : BlobState::damaged;
}

std::vector<std::string> copy_blobs(const std::vector<NamedBlob>& blobs, sql::BlobContents& from,
                                    sql::BlobContents& to, Progress& progress) {
  std::vector<std::string> lost;
  progress.begin("copying files", blobs.size());
  for (const NamedBlob& blob : blobs) {
    if (look_at_blob(to, blob) != BlobState::whole) {
      // Before anything of it is placed: a damaged one must not take the name of another.
      const BlobState state = look_at_blob(from, blob);
      const auto reader = state == BlobState::whole ? from.open(blob.hash) : nullptr;
      if (reader) {
        const auto upload = to.upload();
        read_all(*reader, [&](const std::string& bytes) { upload->add(bytes); });
        if (upload->place() != blob.hash)
          lost.push_back(blob.hash.text() + " changed while it was read");
      } else {
        lost.push_back(blob.hash.text() + (state == BlobState::missing
                                               ? " is missing in the source"
                                               : " is damaged in the source"));
      }
    }
    progress.advance();
  }
  return lost;
}

}  // namespace threadkeep::upkeep
