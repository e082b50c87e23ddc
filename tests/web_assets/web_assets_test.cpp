// The packed files of tests/web_assets/sample against the files themselves.
#include "app/web_assets/web_assets.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace threadkeep {
namespace {

const std::filesystem::path sample = "tests/web_assets/sample";

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string gunzip(std::string_view packed) {
  std::string bytes(1U << 20, '\0');
  z_stream stream = {};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  EXPECT_EQ(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  bytes.resize(stream.total_out);
  inflateEnd(&stream);
  return bytes;
}

TEST(WebAssets, HoldsEveryFileByteForByte) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(sample)) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const std::string path = "/" + std::filesystem::relative(entry.path(), sample).string();
    const WebAsset* asset = find_asset(path);
    ASSERT_NE(asset, nullptr) << path;
    EXPECT_EQ(asset->path, path);
    EXPECT_EQ(asset->identity.bytes, content_of(entry.path())) << path;
  }
  EXPECT_EQ(web_assets().size(), files);
}

TEST(WebAssets, SlashIsTheStartPage) {
  EXPECT_EQ(find_asset("/"), &start_page());
  EXPECT_EQ(start_page().path, "/index.html");
  EXPECT_EQ(start_page().content_type, "text/html; charset=utf-8");
}

TEST(WebAssets, AnUnknownPathIsNoAsset) {
  for (const char* path :
       {"", "index.html", "/index.htm", "/index.html/", "/assets", "/assets/", "/zzz"}) {
    EXPECT_EQ(find_asset(path), nullptr) << path;
  }
}

TEST(WebAssets, TextIsKeptCompressedToo) {
  const WebAsset* script = find_asset("/assets/index-BqVx3k2_.js");
  ASSERT_NE(script, nullptr);
  EXPECT_EQ(gunzip(script->gzip.bytes), script->identity.bytes);
  ASSERT_FALSE(script->brotli.bytes.empty());
  EXPECT_LT(script->brotli.bytes.size(), script->gzip.bytes.size());
}

TEST(WebAssets, WhatCompressionHardlyShrinksIsKeptPlain) {
  for (const char* path : {"/icon.png", "/manifest.webmanifest", "/robots.txt"}) {
    const WebAsset* asset = find_asset(path);
    ASSERT_NE(asset, nullptr) << path;
    EXPECT_TRUE(asset->gzip.bytes.empty()) << path;
  }
  EXPECT_TRUE(find_asset("/icon.png")->brotli.bytes.empty());
  EXPECT_TRUE(find_asset("/robots.txt")->identity.bytes.empty());
}

TEST(WebAssets, OnlyNamesWithAContentHashAreImmutable) {
  for (const WebAsset& asset : web_assets()) {
    EXPECT_EQ(asset.is_immutable, asset.path.starts_with("/assets/")) << asset.path;
  }
}

TEST(WebAssets, EveryRepresentationHasItsOwnQuotedEtag) {
  std::set<std::string_view> etags;
  std::size_t representations = 0;
  for (const WebAsset& asset : web_assets()) {
    for (const EncodedBytes& encoded : {asset.identity, asset.gzip, asset.brotli}) {
      if (encoded.bytes.empty()) continue;
      ++representations;
      EXPECT_TRUE(encoded.etag.size() > 2 && encoded.etag.front() == '"' &&
                  encoded.etag.back() == '"');
      etags.insert(encoded.etag);
    }
  }
  EXPECT_EQ(etags.size(), representations);
}

TEST(WebAssets, AreSortedByPath) {
  EXPECT_TRUE(std::ranges::is_sorted(web_assets(), {}, &WebAsset::path));
}

}  // namespace
}  // namespace threadkeep
