#include "api/attachment_upload.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "base/limits.h"

namespace threadkeep::api {
namespace {

constexpr http::Refusal quota_reached{507, "quota-reached",
                                      "All your files together are as large as they may be."};

// The details of a storage failure are for the log, and views of it would not last.
http::Refusal refusal_of(const Error& error) {
  switch (error.code) {
    case Errc::too_large:
      return {413, "too-large", "The file is too large."};
    case Errc::storage_full:
      return {507, "storage-full", "There is no space left for the file."};
    default:
      return {503, "storage-unavailable", "Nothing can be stored at the moment."};
  }
}

bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
           others.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::optional<std::string> media_type_of(const http::RequestHead& head) {
  const auto header = head.header("Content-Type");
  if (!header) return "application/octet-stream";
  std::string type = lower(trimmed(header->substr(0, header->find(';'))));
  const std::size_t slash = type.find('/');
  if (slash == std::string::npos || type.size() > limits::media_type_bytes_max) return std::nullopt;
  const std::string_view text = type;
  if (!is_token(text.substr(0, slash)) || !is_token(text.substr(slash + 1))) return std::nullopt;
  return type;
}

http::BodyPlan::OpenSink AttachmentUpload::opener(Blobs& blobs, const UserId& user,
                                                  const AttachmentLimits& limits,
                                                  std::string media_type) {
  using Opened = tl::expected<std::unique_ptr<http::BodySink>, http::Refusal>;
  return [&blobs, user, max = limits.user_bytes_max, type = std::move(media_type)]() -> Opened {
    if (max < limits::count_max) {
      const auto held = blobs.bytes_of(user);
      if (!held) return tl::unexpected(refusal_of(held.error()));
      if (*held >= max) return tl::unexpected(quota_reached);
    }
    auto upload = blobs.upload(user, type);
    if (!upload) return tl::unexpected(refusal_of(upload.error()));
    return std::unique_ptr<http::BodySink>(new AttachmentUpload(std::move(*upload), max));
  };
}

std::optional<http::Refusal> AttachmentUpload::add(std::string_view bytes) {
  size_ += static_cast<std::int64_t>(bytes.size());
  if (size_ > user_bytes_max_) return quota_reached;
  if (const auto added = upload_->add(bytes); !added) return refusal_of(added.error());
  return std::nullopt;
}

Result<Blob> AttachmentUpload::finish(const std::optional<BlobHash>& hash) {
  return upload_->finish(BlobTerms{user_bytes_max_, hash});
}

}  // namespace threadkeep::api
