// /api/attachments, /api/attachments/:id
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/attachment_upload.h"
#include "api/byte_range.h"
#include "api/call.h"
#include "api/handlers.h"
#include "api/inert_file.h"
#include "base/ascii.h"
#include "base/limits.h"
#include "json/json.h"

namespace threadkeep::api {
namespace {

// Of a file that is read before it is sent: no more than a piece of one that is read meanwhile.
constexpr std::int64_t whole_bytes_max = 256U << 10;

// What a browser shows without running anything in it. Everything else is for saving: never SVG,
// HTML or PDF on the page's own origin.
constexpr std::array<std::string_view, 5> shown_types = {"image/png", "image/jpeg", "image/gif",
                                                         "image/webp", "image/avif"};

bool is_shown(std::string_view media_type) {
  return std::find(shown_types.begin(), shown_types.end(), media_type) != shown_types.end();
}

// U+202A to U+202E and U+2066 to U+2069 turn the order of letters round, so that a name can end in
// what it does not end in.
bool turns_letters_round(std::string_view three) {
  if (three.substr(0, 2) == "\xE2\x80") return three[2] >= '\xAA' && three[2] <= '\xAE';
  if (three.substr(0, 2) == "\xE2\x81") return three[2] >= '\xA6' && three[2] <= '\xA9';
  return false;
}

// The name in the forms of RFC 6266: for every client, and in UTF-8 for those that know it.
std::string name_parameters(std::string_view name) {
  constexpr std::string_view plain = "-._~ ()";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string fallback;
  std::string encoded;
  for (std::size_t at = 0; at < name.size(); ++at) {
    char c = name[at];
    if (c == '\xE2' && at + 2 < name.size() && turns_letters_round(name.substr(at, 3))) {
      c = '_';
      at += 2;
    }
    if (c == '/' || c == '\\') c = '_';
    const bool is_plain = is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
                          plain.find(c) != std::string_view::npos;
    const auto byte = static_cast<unsigned char>(c);
    const bool begins = byte < 0x80 || byte >= 0xC0;  // one '_' for each character
    if (begins) fallback += is_plain ? c : '_';
    if (is_plain && c != ' ' && c != '(' && c != ')') {
      encoded += c;
    } else {
      encoded += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return "; filename=\"" + fallback + "\"; filename*=UTF-8''" + encoded;
}

// Opens the file for each piece: what is sent slowly holds no file and no connection in between.
class AttachmentSource final : public http::BodySource {
 public:
  AttachmentSource(Blobs& blobs, const UserId& user, const BlobHash& hash, const ByteRange& range)
      : blobs_(blobs), user_(user), hash_(hash), range_(range), at_(range.first) {}

  std::uint64_t size() const override { return static_cast<std::uint64_t>(range_.size); }

  std::string read(std::size_t bytes_max) override {
    const auto reader = blobs_.open(user_, hash_);
    if (!reader) return {};
    const auto left = static_cast<std::size_t>(range_.first + range_.size - at_);
    auto bytes = (*reader)->read(at_, std::min(bytes_max, left));
    if (!bytes) return {};
    at_ += static_cast<std::int64_t>(bytes->size());
    return std::move(*bytes);
  }

 private:
  Blobs& blobs_;
  const UserId user_;
  const BlobHash hash_;
  const ByteRange range_;
  std::int64_t at_;
};

// The bytes themselves where they are few, so that one turn of a worker is enough for them.
Result<void> give_bytes(Call& call, BlobReader& reader, const ByteRange& range,
                        http::Response& response) {
  Blobs& blobs = call.services.store.blobs();
  if (range.size > whole_bytes_max || call.request.method == http::Method::head) {
    response.source =
        std::make_shared<AttachmentSource>(blobs, call.user, reader.blob().hash, range);
    return {};
  }
  auto bytes = reader.read(range.first, static_cast<std::size_t>(range.size));
  if (!bytes) return tl::unexpected(bytes.error());
  response.body = std::move(*bytes);
  return {};
}

struct Wish {
  std::string name;
  bool is_saved = false;  // never shown in the browser
};

void add_headers(const Blob& blob, const Wish& wish, http::Response& response) {
  const bool is_inline = is_shown(blob.media_type) && !wish.is_saved;
  std::string disposition = is_inline ? "inline" : "attachment";
  if (!wish.name.empty()) disposition += name_parameters(wish.name);
  response.headers =
      inert_headers(blob.media_type, std::move(disposition), '"' + blob.hash.text() + '"');
  response.headers.push_back({"Accept-Ranges", "bytes"});
}

http::Response unsatisfiable(Call& call, std::int64_t size) {
  Problem problem = problem_of(416, "range-not-satisfiable", "The file has no such bytes.");
  problem.headers.push_back({"Content-Range", "bytes */" + std::to_string(size)});
  return problem_document(problem, call.request.request_number);
}

}  // namespace

http::Reply upload_attachment(Call& call) {
  auto query = call.query();
  if (!query) return call.problem(query.error());
  const auto name = query->text("name");
  const auto announced = query->text("sha256");
  if (auto known = query->finish(); !known) return call.problem(known.error());
  if (name && name->size() > limits::file_name_bytes_max)
    return call.problem({Errc::invalid_field, "\"name\" is too long."});
  std::optional<BlobHash> hash;
  if (announced) {
    const auto read = read_hash(*announced, "\"sha256\"");
    if (!read) return call.problem(read.error());
    hash = *read;
  }
  auto* upload = static_cast<AttachmentUpload*>(call.request.sink.get());
  if (upload == nullptr || upload->size() == 0)
    return call.problem({Errc::invalid_field, "The body is empty: it must be the file."});
  const auto blob = upload->finish(hash);
  if (!blob) return call.problem(blob.error());
  std::string body;
  json::Writer writer(body);
  writer.begin_object().member("attachmentId", blob->hash.text());
  if (name) writer.member("name", *name);
  writer.member("mediaType", blob->media_type).member("size", blob->size).end_object();
  auto response = json_response(201, std::move(body));
  response.headers.push_back({"Location", "/api/attachments/" + blob->hash.text()});
  return response;
}

http::Reply get_attachment(Call& call) {
  auto query = call.query();
  if (!query) return call.problem(query.error());
  Wish wish{query->text("name").value_or(""), false};
  const auto is_saved = query->boolean("download");
  if (!is_saved) return call.problem(is_saved.error());
  wish.is_saved = is_saved->value_or(false);
  if (auto known = query->finish(); !known) return call.problem(known.error());
  if (wish.name.size() > limits::file_name_bytes_max)
    return call.problem({Errc::invalid_field, "\"name\" is too long."});
  const auto hash = read_hash(call.parameters.at(0), "The id");
  if (!hash) return call.problem(hash.error());
  const auto reader = call.services.store.blobs().open(call.user, *hash);
  if (!reader) return call.problem(reader.error());
  const Blob& blob = (*reader)->blob();

  http::Response response;
  add_headers(blob, wish, response);
  const std::string tag = '"' + hash->text() + '"';
  if (is_known(call.request, tag)) {
    response.status = 304;
    return response;
  }
  // RFC 9110, section 13.1.5: a part only of the file that the reader has the rest of.
  const bool may_be_part = call.request.method == http::Method::get &&
                           call.request.header("If-Range").value_or(tag) == tag;
  const WantedBytes wanted =
      wanted_bytes(may_be_part ? call.request.header("Range") : std::nullopt, blob.size);
  if (wanted.kind == RangeKind::unsatisfiable) return unsatisfiable(call, blob.size);
  if (wanted.kind == RangeKind::part) {
    const std::int64_t last = wanted.range.first + wanted.range.size - 1;
    response.status = 206;
    response.headers.push_back({"Content-Range", "bytes " + std::to_string(wanted.range.first) +
                                                     "-" + std::to_string(last) + "/" +
                                                     std::to_string(blob.size)});
  }
  if (const auto given = give_bytes(call, **reader, wanted.range, response); !given)
    return call.problem(given.error());
  return response;
}

}  // namespace threadkeep::api
