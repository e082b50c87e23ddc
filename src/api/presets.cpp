// /api/presets
#include <optional>
#include <string>
#include <utility>

#include "api/call.h"
#include "api/handlers.h"
#include "api/preset_fields.h"
#include "domain/wire.h"

namespace threadkeep::api {
namespace {

http::Response preset_response(int status, const Preset& preset) {
  http::Response response = json_response(status, preset_json(preset));
  response.headers.push_back({"ETag", "\"" + std::to_string(preset.rev) + "\""});
  return response;
}

Result<std::string> id_of(const Call& call) { return parse_preset_id(call.parameters.at(0)); }

Result<EditPreset> read_edit(const Call& call) {
  EditPreset edit;
  const auto id = id_of(call);
  if (!id) return tl::unexpected(id.error());
  edit.id = *id;
  const auto rev = call.if_match("preset");
  if (!rev) return tl::unexpected(rev.error());
  edit.if_rev = *rev;
  const auto body = call.body();
  if (!body) return tl::unexpected(body.error());
  Fields fields(body->root());
  edit.patch = read_preset_patch(fields, edit.id);
  edit.patch.edited_at = fields.time("editedAt");
  if (auto known = fields.finish(); !known) return tl::unexpected(known.error());
  return edit;
}

}  // namespace

http::Reply list_presets(Call& call) {
  const auto presets = call.services.store.read(
      [&](const Reader& reader) { return reader.presets().list(call.user); });
  if (!presets) return call.problem(presets.error());
  std::string body;
  json::Writer writer(body);
  writer.begin_object().key("presets").begin_array();
  for (const Preset& preset : *presets) writer.raw(preset_json(preset));
  writer.end_array().end_object();
  return json_response(200, std::move(body));
}

http::Reply get_preset(Call& call) {
  const auto id = id_of(call);
  if (!id) return call.problem(id.error());
  const auto preset = call.services.store.read(
      [&](const Reader& reader) { return reader.presets().find(call.user, *id); });
  if (!preset) return call.problem(preset.error());
  return preset_response(200, *preset);
}

http::Reply patch_preset(Call& call) {
  const auto edit = read_edit(call);
  if (!edit) return call.problem(edit.error());
  const auto stored = call.services.store.write(call.user, *edit);
  if (!stored) return call.problem(stored.error());
  return preset_response(stored->was_there || stored->value.deleted_at ? 200 : 201, stored->value);
}

http::Reply delete_preset(Call& call) {
  const auto id = id_of(call);
  if (!id) return call.problem(id.error());
  const auto rev = call.if_match("preset");
  if (!rev) return call.problem(rev.error());
  const auto deleted = call.services.store.write(call.user, DeletePreset{*id, {}, *rev});
  if (!deleted) return call.problem(deleted.error());
  http::Response response;
  response.status = 204;
  return response;
}

}  // namespace threadkeep::api
