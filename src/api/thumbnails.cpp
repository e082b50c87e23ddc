// /api/attachments/:id/thumbnail
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "api/call.h"
#include "api/handlers.h"
#include "api/inert_file.h"
#include "renditions/thumbnails.h"

namespace threadkeep::api {
namespace {

using renditions::Thumbnail;
using Outcome = Thumbnail::Outcome;

// The greatest width and height. Few, so that the same ones are kept.
constexpr std::array<std::int64_t, 2> sides = {160, 640};
constexpr std::int64_t usual_side = 640;

// The whole file is given to the program that reads it.
constexpr std::int64_t file_bytes_max = 64LL << 20;

Result<int> read_side(UrlQuery& query) {
  const auto text = query.text("size");
  const auto found = std::find_if(sides.begin(), sides.end(), [&](std::int64_t side) {
    return text ? *text == std::to_string(side) : side == usual_side;
  });
  if (found == sides.end()) return fail(Errc::invalid_query, "\"size\" must be 160 or 640.");
  if (auto known = query.finish(); !known) return tl::unexpected(known.error());
  return static_cast<int>(*found);
}

std::string read_whole(Blobs& blobs, const UserId& user, const Blob& blob) {
  const auto reader = blobs.open(user, blob.hash);
  if (!reader) throw std::runtime_error(reader.error().detail);
  auto bytes = (*reader)->read(0, static_cast<std::size_t>(blob.size));
  if (!bytes) throw std::runtime_error(bytes.error().detail);
  return std::move(*bytes);
}

// What there is no small picture of, and why.
http::Response none(const Thumbnail* thumbnail, std::uint64_t request_number) {
  const auto missing = [&](std::string_view detail) {
    return problem(404, "no-thumbnail", detail, request_number);
  };
  if (thumbnail == nullptr) {
    return problem(503, "unavailable", "No small picture can be made at the moment.",
                   request_number);
  }
  switch (thumbnail->outcome) {
    case Outcome::too_large:
      return missing("The picture has too many pixels.");
    case Outcome::failed:
      return missing("The picture is damaged, or takes too much to be drawn.");
    case Outcome::no_maker:
      return problem(501, "no-thumbnails",
                     "This server cannot make small pictures: the program for it is not "
                     "installed, or cannot be confined here.",
                     request_number);
    default:
      return missing("The file is no picture of a kind that is made small.");
  }
}

http::Response answer(const std::shared_ptr<const Thumbnail>& thumbnail, const std::string& etag,
                      std::uint64_t request_number) {
  if (!thumbnail || thumbnail->outcome != Outcome::made)
    return none(thumbnail.get(), request_number);
  http::Response response;
  response.headers = inert_headers(thumbnail->media_type, "inline", etag);
  response.body = thumbnail->bytes;
  return response;
}

}  // namespace

http::Reply get_thumbnail(Call& call) {
  auto query = call.query();
  if (!query) return call.problem(query.error());
  const auto side = read_side(*query);
  if (!side) return call.problem(side.error());
  const auto hash = read_hash(call.parameters.at(0), "The id");
  if (!hash) return call.problem(hash.error());
  Blobs& blobs = call.services.store.blobs();
  const auto blob = blobs.find(call.user, *hash);
  if (!blob) return call.problem(blob.error());
  const std::string name = hash->text() + "-" + std::to_string(*side);
  const std::string etag = '"' + name + '"';
  if (is_known(call.request, etag)) {
    http::Response response;
    response.status = 304;
    response.headers = inert_headers("", "inline", etag);
    std::erase_if(response.headers,
                  [](const auto& header) { return header.name == "Content-Type"; });
    return response;
  }
  if (blob->size > file_bytes_max) {
    return problem(404, "no-thumbnail", "The file is too large to be made small.",
                   call.request.request_number);
  }
  call.services.thumbnails.make(
      hash->text(), *side,
      [&blobs, user = call.user, blob = *blob] { return read_whole(blobs, user, blob); },
      [responder = call.responder, etag,
       number = call.request.request_number](const std::shared_ptr<const Thumbnail>& thumbnail) {
        responder.send(with_common_headers(answer(thumbnail, etag, number)));
      });
  return http::Deferred{};
}

}  // namespace threadkeep::api
