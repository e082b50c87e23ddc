#include "store/blobs.h"

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "store/contract.h"

namespace threadkeep::test {
namespace {

constexpr std::int64_t day_ms = 24 * std::int64_t{3'600'000};

std::string random_bytes(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

class BlobContract : public Contract {
 protected:
  Result<Blob> try_put(const UserId& user, const std::string& bytes,
                       const std::string& media_type = "image/png") {
    auto upload = store().blobs().upload(user, media_type);
    if (!upload) return tl::unexpected(upload.error());
    // In uneven parts.
    for (std::size_t at = 0, part = 1; at < bytes.size(); at += part, part = part * 3 + 1) {
      const auto added = (*upload)->add(std::string_view(bytes).substr(at, part));
      if (!added) return tl::unexpected(added.error());
    }
    return (*upload)->finish();
  }
  Blob put(const UserId& user, const std::string& bytes,
           const std::string& media_type = "image/png") {
    return try_put(user, bytes, media_type).value();
  }
  std::string get(const UserId& user, const BlobHash& hash) {
    const auto reader = store().blobs().open(user, hash).value();
    std::string bytes;
    for (;;) {
      const std::string part =
          reader->read(static_cast<std::int64_t>(bytes.size()), 100'000).value();
      if (part.empty()) return bytes;
      bytes += part;
    }
  }
  void refer(std::uint64_t number, const BlobHash& hash) {
    refer(number, "\"" + hash.text() + "\"");
  }
  void refer(std::uint64_t number, const std::string& id) {
    NewMessage message = said(id_of(number), tea, "");
    message.content = R"([{"type":"image","attachmentId" : )" + id +
                      R"(,"name":"a.png","mediaType":"image/png","size":3}])";
    append(message);
  }
  bool is_there(const UserId& user, const BlobHash& hash) {
    return store().blobs().find(user, hash).has_value();
  }
  BlobsCollected collect() { return store().blobs().collect(clock_.now_ms() - 7 * day_ms).value(); }
};
INSTANTIATE_FOR_ALL_STORES(BlobContract);

TEST_P(BlobContract, TheHashIsTheName) {
  const Blob blob = put(ann, "abc");
  EXPECT_EQ(blob.hash.text(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(blob.size, 3);
  EXPECT_EQ(blob.media_type, "image/png");
  EXPECT_EQ(blob.stored_at, clock_.now_ms());
  EXPECT_EQ(BlobHash::parse(blob.hash.text()), blob.hash);
  EXPECT_FALSE(BlobHash::parse(blob.hash.text() + "0"));
  EXPECT_FALSE(BlobHash::parse(std::string(64, 'A')));
  EXPECT_EQ(get(ann, blob.hash), "abc");
}

TEST_P(BlobContract, AnySizeComesBackByteForByte) {
  unsigned seed = 0;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{262'143}, std::size_t{262'144},
        std::size_t{262'145}, std::size_t{1'500'000}}) {
    const std::string bytes = random_bytes(size, ++seed);
    const Blob blob = put(ann, bytes);
    EXPECT_EQ(blob.size, static_cast<std::int64_t>(size));
    EXPECT_EQ(get(ann, blob.hash), bytes);
  }
}

TEST_P(BlobContract, RangesAreRead) {
  const std::string bytes = random_bytes(600'000, 1);
  const auto reader = store().blobs().open(ann, put(ann, bytes).hash).value();
  EXPECT_EQ(reader->size(), 600'000);
  for (const auto& [offset, count] : {std::pair<std::size_t, std::size_t>{0, 10},
                                      {262'140, 10},
                                      {262'144, 1},
                                      {100, 500'000},
                                      {599'990, 100},
                                      {599'999, 1}}) {
    EXPECT_EQ(reader->read(static_cast<std::int64_t>(offset), count).value(),
              bytes.substr(offset, count));
  }
  EXPECT_EQ(reader->read(600'000, 10).value(), "");
  EXPECT_EQ(reader->read(700'000, 10).value(), "");
}

TEST_P(BlobContract, StoringAgainIsTheSameBlobStoredNow) {
  const Blob first = put(ann, "tea", "text/plain");
  clock_.advance(day_ms);
  const Blob again = put(ann, "tea", "text/html");
  EXPECT_EQ(again.hash, first.hash);
  EXPECT_EQ(again.media_type, "text/plain");
  EXPECT_EQ(again.stored_at, first.stored_at + day_ms);
}

TEST_P(BlobContract, OnlyItsOwnersReadIt) {
  const Blob blob = put(ann, "mine");
  EXPECT_EQ(error_of(store().blobs().find(bob, blob.hash)), Errc::not_found);
  EXPECT_EQ(error_of(store().blobs().open(bob, blob.hash)), Errc::not_found);
  EXPECT_EQ(error_of(store().blobs().find(ann, BlobHash())), Errc::not_found);
  put(bob, "mine");
  EXPECT_EQ(get(bob, blob.hash), "mine");
}

TEST_P(BlobContract, AllAreLookedAtHoweverManyAreNeeded) {
  StoreLimits limits;
  limits.blobs_per_look = 3;
  open(limits);
  create(tea);
  std::vector<BlobHash> hashes;
  for (int i = 0; i < 30; ++i) hashes.push_back(put(ann, "file " + std::to_string(i)).hash);
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    if (i % 10 != 0) refer(i + 1, hashes[i]);
  }
  clock_.advance(8 * day_ms);
  const BlobsCollected collected = collect();
  EXPECT_EQ(collected.forgotten, 3);
  EXPECT_EQ(collected.removed, 3);
  for (std::size_t i = 0; i < hashes.size(); ++i) EXPECT_EQ(is_there(ann, hashes[i]), i % 10 != 0);
}

TEST_P(BlobContract, OtherBytesThanWereAnnouncedAreNotKept) {
  const BlobTerms terms{limits::count_max, put(bob, "abc").hash};
  auto wrong = store().blobs().upload(ann, "text/plain").value();
  ASSERT_TRUE(wrong->add("abd"));
  EXPECT_EQ(wrong->finish(terms).error().code, Errc::hash_mismatch);
  EXPECT_EQ(store().blobs().bytes_of(ann).value(), 0);
  auto right = store().blobs().upload(ann, "text/plain").value();
  ASSERT_TRUE(right->add("abc"));
  EXPECT_EQ(right->finish(terms).value().hash, *terms.hash);
}

TEST_P(BlobContract, AUserKeepsNoMoreThanItsShare) {
  const auto try_put_within = [&](const UserId& user, const std::string& bytes) {
    auto upload = store().blobs().upload(user, "text/plain").value();
    EXPECT_TRUE(upload->add(bytes));
    return upload->finish({10, std::nullopt});
  };
  EXPECT_TRUE(try_put_within(ann, "123456"));
  EXPECT_EQ(try_put_within(ann, "12345").error().code, Errc::quota_reached);
  EXPECT_TRUE(try_put_within(bob, "12345")) << "each has a share";
  EXPECT_TRUE(try_put_within(ann, "1234"));
  EXPECT_TRUE(try_put_within(ann, "123456")) << "what is there takes no room";
  EXPECT_EQ(store().blobs().bytes_of(ann).value(), 10);
  EXPECT_EQ(store().blobs().bytes_of(id_of(99)).value(), 0);
}

TEST_P(BlobContract, AnUploadThatIsDroppedLeavesNothing) {
  const auto nothing = store().blobs().upload(ann, "text/plain").value();
  ASSERT_TRUE(nothing->add("never finished"));
  EXPECT_EQ(collect().removed, 0);
  BlobHasher hasher;
  hasher.add("never finished");
  EXPECT_FALSE(is_there(ann, hasher.finish()));
  EXPECT_EQ(error_of(store().blobs().upload(ann, std::string(201, 'x'))), Errc::too_large);
}

TEST_P(BlobContract, WhatNoMessageRefersToIsCollectedWhenItIsOld) {
  create(tea);
  const Blob used = put(ann, "used");
  const Blob escaped = put(ann, "escaped");
  const Blob unused = put(ann, "unused");
  const Blob of_both = put(ann, "both");
  refer(1, used.hash);
  NewMessage odd = said(id_of(2), tea, "");
  odd.content = R"([{"type":"elsewhere","deep":[{"\u0061ttachment\u0049d":")" +
                escaped.hash.text() + R"("}]}])";
  append(odd);
  EXPECT_EQ(collect().forgotten, 0) << "it is young";
  clock_.advance(8 * day_ms);
  const Blob fresh = put(ann, "fresh");
  const Blob again = put(ann, "both");
  put(bob, "used by nobody at all");
  const BlobsCollected collected = collect();
  EXPECT_EQ(collected.forgotten, 1);
  EXPECT_EQ(collected.removed, 1);
  EXPECT_FALSE(is_there(ann, unused.hash));
  EXPECT_EQ(get(ann, used.hash), "used");
  EXPECT_EQ(get(ann, escaped.hash), "escaped");
  EXPECT_EQ(get(ann, fresh.hash), "fresh");
  EXPECT_EQ(get(ann, of_both.hash), "both") << "stored again";
  EXPECT_EQ(again.hash, of_both.hash);
}

TEST_P(BlobContract, BytesStayAsLongAsSomebodyOwnsThem) {
  create(tea);
  const Blob blob = put(ann, "shared");
  put(bob, "shared");
  refer(1, blob.hash);
  clock_.advance(8 * day_ms);
  EXPECT_EQ(collect().forgotten, 1) << "bob refers to nothing";
  EXPECT_FALSE(is_there(bob, blob.hash));
  EXPECT_EQ(get(ann, blob.hash), "shared");
}

TEST_P(BlobContract, DeletedForEverIsGoneWithTheNextCollection) {
  create(tea);
  const Blob blob = put(ann, "secret");
  refer(1, blob.hash);
  clock_.advance(8 * day_ms);
  store().write(ann, DeleteConversation{tea, Erase::later}).value();
  EXPECT_EQ(collect().forgotten, 0) << "it can still be restored from the trash";
  store().write(ann, DeleteConversation{tea, Erase::now}).value();
  const BlobsCollected collected = collect();
  EXPECT_EQ(collected.forgotten, 1);
  EXPECT_EQ(collected.removed, 1);
  EXPECT_EQ(error_of(store().blobs().open(ann, blob.hash)), Errc::not_found);
}

TEST_P(BlobContract, StoringAndCollectingAtOnceLosesNothing) {
  create(tea);
  std::atomic<bool> is_done = false;
  std::thread collector([&] {
    // Everything is old enough: only the owner's note may keep it.
    while (!is_done) store().blobs().collect(clock_.now_ms() - day_ms).value();
  });
  for (int round = 0; round < 40; ++round) {
    const std::string bytes = "again " + std::to_string(round % 4);
    const Blob blob = put(ann, bytes);
    EXPECT_EQ(get(ann, blob.hash), bytes);
    clock_.advance(2 * day_ms);
  }
  is_done = true;
  collector.join();
}

}  // namespace
}  // namespace threadkeep::test
