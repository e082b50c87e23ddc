// From the ids of a surface to ours and back: the only place that does so.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/surface.h"
#include "base/result.h"
#include "base/ulid.h"
#include "domain/conversation.h"

namespace threadkeep::api {

enum class IdKind : std::uint8_t { conversation, message };

inline constexpr std::size_t foreign_id_bytes_max = 512;

// Our id for what a client calls `text`.
//
// With IdForm::Style::ulid, `text` is a ULID. With any_text, what write_id() returns is read back
// as the id that it was made of, and any other text is mapped: the same surface, user, kind and
// text give the same id at all times and on all nodes, others give other ids (80 bits of SHA-256),
// and the id of something that was made elsewhere is never met. The mapping cannot be reversed: who
// stores a thing under a mapped id keeps the text in its metadata, if it is to be shown again.
// Fails: invalid_id (no ULID; no text, or more than foreign_id_bytes_max).
Result<Ulid> read_id(const Surface& surface, const UserId& user, IdKind kind,
                     std::string_view text);

// What a client of the surface calls a thing that did not come with a text of its own.
std::string write_id(const Surface& surface, IdKind kind, const Ulid& id);

}  // namespace threadkeep::api
