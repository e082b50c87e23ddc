#include "api/foreign_ids.h"

#include "base/derived_id.h"

namespace threadkeep::api {
namespace {

std::string_view prefix_of(const IdForm& form, IdKind kind) {
  return kind == IdKind::conversation ? form.conversation_prefix : form.message_prefix;
}

// Part of what is hashed: never changes.
std::string_view name_of(IdKind kind) {
  return kind == IdKind::conversation ? "conversation" : "message";
}

}  // namespace

Result<Ulid> read_id(const Surface& surface, const UserId& user, IdKind kind,
                     std::string_view text) {
  if (surface.id_form.style == IdForm::Style::ulid) return Ulid::parse(text);
  if (text.empty()) return fail(Errc::invalid_id, "The id is empty.");
  if (text.size() > foreign_id_bytes_max) {
    return fail(Errc::invalid_id,
                "The id has more than " + std::to_string(foreign_id_bytes_max) + " bytes.");
  }
  const std::string_view prefix = prefix_of(surface.id_form, kind);
  if (text.starts_with(prefix)) {
    const auto own = Ulid::parse(text.substr(prefix.size()));
    // Only the spelling that write_id() gives: a text that merely reads like a ULID in lower case
    // is the client's own, and must not meet another text.
    if (own && own->text() == text.substr(prefix.size())) return *own;
  }
  // Time zero: no clock makes such an id, so that it is never one that was made here.
  constexpr UnixMs no_time = 0;
  return derive_id(no_time, {"foreign", surface.name, user.bytes(), name_of(kind), text});
}

std::string write_id(const Surface& surface, IdKind kind, const Ulid& id) {
  return std::string(prefix_of(surface.id_form, kind)) + id.text();
}

}  // namespace threadkeep::api
