// Zip archives for tests.
#pragma once

#include <zip.h>

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace threadkeep {

// Makes an archive in memory with libzip.
class ZipMaker {
 public:
  ZipMaker() {
    zip_error_t error;
    zip_error_init(&error);
    source_ = zip_source_buffer_create(nullptr, 0, 0, &error);
    zip_source_keep(source_);
    zip_ = zip_open_from_source(source_, ZIP_TRUNCATE, &error);
  }

  ZipMaker& add(const std::string& name, std::string content) {
    contents_.push_back(std::make_unique<std::string>(std::move(content)));
    zip_source_t* const data =
        zip_source_buffer(zip_, contents_.back()->data(), contents_.back()->size(), 0);
    last_ = zip_file_add(zip_, name.c_str(), data, ZIP_FL_ENC_UTF_8);
    EXPECT_GE(last_, 0);
    return *this;
  }
  ZipMaker& encrypt() {
    zip_file_set_encryption(zip_, index(), ZIP_EM_AES_256, "secret");
    return *this;
  }
  ZipMaker& store() {
    zip_set_file_compression(zip_, index(), ZIP_CM_STORE, 0);
    return *this;
  }
  ZipMaker& make_link() {
    zip_file_set_external_attributes(zip_, index(), 0, ZIP_OPSYS_UNIX, 0120777U << 16);
    return *this;
  }

  std::string bytes() {
    EXPECT_EQ(zip_close(zip_), 0) << zip_strerror(zip_);
    zip_source_open(source_);
    zip_source_seek(source_, 0, SEEK_END);
    std::string out(static_cast<std::size_t>(zip_source_tell(source_)), '\0');
    zip_source_seek(source_, 0, SEEK_SET);
    zip_source_read(source_, out.data(), out.size());
    zip_source_close(source_);
    zip_source_free(source_);
    return out;
  }

 private:
  zip_uint64_t index() const { return static_cast<zip_uint64_t>(last_); }

  zip_source_t* source_ = nullptr;
  zip_t* zip_ = nullptr;
  zip_int64_t last_ = -1;
  std::vector<std::unique_ptr<std::string>> contents_;
};

}  // namespace threadkeep
