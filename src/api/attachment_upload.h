// A file on its way from a request into the store.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "domain/conversation.h"
#include "http/http.h"
#include "store/blobs.h"

namespace threadkeep::api {

// How large the files of a user may be.
struct AttachmentLimits {
  std::int64_t file_bytes_max;
  std::int64_t user_bytes_max;  // of all together
};

// The type that a request says its file has, in lower case and without parameters; for none
// application/octet-stream. Nothing for what is no media type.
std::optional<std::string> media_type_of(const http::RequestHead& head);

class AttachmentUpload final : public http::BodySink {
 public:
  // For a plan of a body. Nothing of a file is taken that there is no room for.
  static http::BodyPlan::OpenSink opener(Blobs& blobs, const UserId& user,
                                         const AttachmentLimits& limits, std::string media_type);

  std::optional<http::Refusal> add(std::string_view bytes) override;
  std::int64_t size() const { return size_; }
  // Once. With the hash that was announced, if one was.
  Result<Blob> finish(const std::optional<BlobHash>& hash);

 private:
  AttachmentUpload(std::unique_ptr<BlobUpload> upload, std::int64_t user_bytes_max)
      : upload_(std::move(upload)), user_bytes_max_(user_bytes_max) {}

  const std::unique_ptr<BlobUpload> upload_;
  const std::int64_t user_bytes_max_;
  std::int64_t size_ = 0;
};

}  // namespace threadkeep::api
