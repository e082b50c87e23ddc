// /api/push
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/call.h"
#include "api/conversation_fields.h"
#include "api/handlers.h"
#include "api/message_fields.h"
#include "api/preset_fields.h"
#include "base/limits.h"
#include "domain/title.h"
#include "domain/wire.h"

namespace threadkeep::api {
namespace {

// An operation that cannot be read is answered in its place and not run.
struct ReadOperation {
  Ulid id;
  Result<PushOperation> operation = fail(Errc::invalid_field, "");
};

ConversationId read_conversation_id(Fields& fields) {
  const auto id = fields.id("conversationId");
  if (!id) fields.refuse("conversationId", "must be given.");
  return id.value_or(ConversationId());
}

Result<NewConversation> read_creation(json::Value object, const std::string& where) {
  Fields fields(object, where);
  if (!fields.has("id")) fields.refuse("id", "must be given.");
  NewConversation conversation = read_new_conversation_fields(fields, Ulid());
  conversation.created_at = fields.time("createdAt");
  if (auto known = fields.finish(); !known) return tl::unexpected(known.error());
  return conversation;
}

Result<NewMessage> read_pushed_message(json::Value object, const std::string& where,
                                       const ConversationId& conversation) {
  if (object.is_object() && object["id"].is_absent())
    return fail(Errc::invalid_field, "\"" + where + ".id\" must be given.");
  return read_message(object, where, conversation, Ulid(), RoleField::with_outcome);
}

Result<ConversationPatch> read_edit(json::Value object, const std::string& where) {
  Fields fields(object, where);
  ConversationPatch patch = read_patch_fields(fields);
  if (auto known = fields.finish(); !known) return tl::unexpected(known.error());
  return patch;
}

// Reads {conversationId, messageIds, editedAt}.
template <class Operation>
Operation read_chosen(Fields& fields) {
  Operation operation;
  operation.conversation_id = read_conversation_id(fields);
  const auto ids = fields.ids("messageIds", limits::messages_deleted_at_once_max);
  if (!ids || ids->empty()) fields.refuse("messageIds", "must be given.");
  operation.chosen = ids.value_or(std::vector<MessageId>());
  operation.edited_at = fields.time("editedAt");
  if (!operation.edited_at) fields.refuse("editedAt", "must be given.");
  return operation;
}

std::string read_preset_id(Fields& fields) {
  const auto text = fields.string("presetId", 2 * limits::name_bytes_max);
  if (!text) fields.refuse("presetId", "must be given.");
  const auto id = parse_preset_id(text.value_or(std::string(default_preset_id)));
  if (!id) fields.fail_with(id.error());
  return id.value_or("");
}

Result<PresetPatch> read_preset_edit(json::Value object, const std::string& where,
                                     const std::string& id) {
  Fields fields(object, where);
  PresetPatch patch = read_preset_patch(fields, id);
  if (auto known = fields.finish(); !known) return tl::unexpected(known.error());
  return patch;
}

// Moves the value of `read` into the operation, or its error into the fields.
template <class T>
void take(Fields& fields, Result<T> read, T& target) {
  if (read) {
    target = std::move(*read);
  } else {
    fields.fail_with(read.error());
  }
}

decltype(PushOperation::what) read_preset_operation(Fields& fields, const std::string& type,
                                                    const std::string& where) {
  const std::string id = read_preset_id(fields);
  const auto edited_at = fields.time("editedAt");
  if (!edited_at) fields.refuse("editedAt", "must be given.");
  if (type == "delete-preset") return DeletePreset{id, edited_at};
  EditPreset edit{id, {}};
  take(fields, read_preset_edit(fields.value("fields"), where + ".fields", id), edit.patch);
  edit.patch.edited_at = edited_at;
  return edit;
}

Result<PushOperation> read_operation(Fields& fields, const Ulid& id, const std::string& where) {
  PushOperation operation;
  operation.id = id;
  const std::string type = fields.string("type", limits::name_bytes_max).value_or("");
  if (type == "create-conversation") {
    NewConversation conversation;
    take(fields, read_creation(fields.value("conversation"), where + ".conversation"),
         conversation);
    operation.what = std::move(conversation);
  } else if (type == "append-message") {
    const ConversationId conversation = read_conversation_id(fields);
    NewMessage message;
    take(fields, read_pushed_message(fields.value("message"), where + ".message", conversation),
         message);
    operation.what = std::move(message);
  } else if (type == "edit-conversation") {
    EditConversation edit{read_conversation_id(fields), {}};
    const auto edited_at = fields.time("editedAt");
    if (!edited_at) fields.refuse("editedAt", "must be given.");
    take(fields, read_edit(fields.value("fields"), where + ".fields"), edit.patch);
    edit.patch.edited_at = edited_at;
    if (edit.patch.edited_at == not_by_hand) ++*edit.patch.edited_at;
    operation.what = std::move(edit);
  } else if (type == "delete-conversation") {
    const ConversationId conversation = read_conversation_id(fields);
    const bool is_forever = fields.boolean("forever").value_or(false);
    operation.what = DeleteConversation{conversation, is_forever ? Erase::now : Erase::later};
  } else if (type == "restore-conversation") {
    operation.what = RestoreConversation{read_conversation_id(fields)};
  } else if (type == "delete-messages") {
    auto deletion = read_chosen<DeleteMessages>(fields);
    if (fields.boolean("forever").value_or(false)) deletion.erase = Erase::now;
    operation.what = std::move(deletion);
  } else if (type == "restore-messages") {
    operation.what = read_chosen<RestoreMessages>(fields);
  } else if (type == "edit-preset" || type == "delete-preset") {
    operation.what = read_preset_operation(fields, type, where);
  } else {
    fields.refuse("type",
                  "must be create-conversation, append-message, edit-conversation, "
                  "delete-conversation, restore-conversation, delete-messages, restore-messages, "
                  "edit-preset or delete-preset.");
  }
  if (auto known = fields.finish(); !known) return tl::unexpected(known.error());
  return operation;
}

struct PushRequest {
  std::int64_t epoch = 0;
  std::vector<ReadOperation> operations;
};

Result<PushRequest> read_push(const Call& call) {
  const auto body = call.body();
  if (!body) return tl::unexpected(body.error());
  Fields fields(body->root());
  PushRequest request;
  const auto epoch = fields.count("epoch");
  if (!epoch) fields.refuse("epoch", "must be given.");
  request.epoch = epoch.value_or(0);
  const json::Value operations = fields.value("operations");
  if (!operations.is_array()) fields.refuse("operations", "must be an array.");
  if (operations.size() > limits::push_operations_max) {
    fields.fail_with({Errc::too_large, "\"operations\" must hold at most " +
                                           std::to_string(limits::push_operations_max) + "."});
  }
  if (auto known = fields.finish(); !known) return tl::unexpected(known.error());
  for (const json::Value value : operations.items()) {
    const std::string where = "operations[" + std::to_string(request.operations.size()) + "]";
    Fields operation(value, where);
    const auto id = operation.id("id");
    // Without an id its result could not be told from another's.
    if (!id) {
      operation.refuse("id", "must be given.");
      return tl::unexpected(operation.finish().error());
    }
    request.operations.push_back({*id, read_operation(operation, *id, where)});
  }
  return request;
}

bool is_passing(const Error& error) {
  const int status = problem_kind(error.code).status;
  return status == 503 || status == 507;
}

using Results = std::vector<Result<Pushed>>;

// All at once; when the store cannot take them all, one after the other as far as it can. The last
// result may be a failure that passes: what follows was not tried.
Result<Results> run(const Call& call, const Push& push) {
  Store& store = call.services.store;
  auto together = store.write(call.user, push);
  if (together || push.operations.size() == 1 || !is_passing(together.error())) return together;
  Results results;
  for (const PushOperation& operation : push.operations) {
    auto alone = store.write(call.user, Push{push.epoch, {operation}});
    if (!alone && !is_passing(alone.error())) return alone;
    if (!alone) {
      results.emplace_back(tl::unexpected(alone.error()));
      break;
    }
    results.push_back(std::move(alone->front()));
  }
  return results;
}

int status_of(const PushOperation& operation, const Pushed& pushed) {
  const bool deletes = std::holds_alternative<DeleteConversation>(operation.what) ||
                       std::holds_alternative<DeleteMessages>(operation.what) ||
                       std::holds_alternative<DeletePreset>(operation.what);
  if (deletes) return 204;
  const bool makes = std::holds_alternative<NewConversation>(operation.what) ||
                     std::holds_alternative<NewMessage>(operation.what) ||
                     std::holds_alternative<EditPreset>(operation.what);
  return makes && !pushed.was_there ? 201 : 200;
}

void write_problem(const Call& call, json::Writer& writer, const Error& error) {
  writer.member("status", problem_kind(error.code).status).key("problem");
  writer.raw(call.problem(error).body);
}

void write_pushed(json::Writer& writer, const PushOperation& operation, const Pushed& pushed) {
  writer.member("status", status_of(operation, pushed));
  if (pushed.conversation) writer.key("conversation").raw(conversation_json(*pushed.conversation));
  if (pushed.message) writer.key("message").raw(message_json(*pushed.message));
  if (pushed.preset) writer.key("preset").raw(preset_json(*pushed.preset));
  if (pushed.messages.empty()) return;
  writer.key("messages").begin_array();
  for (const Message& row : pushed.messages) writer.raw(message_json(row));
  writer.end_array();
}

std::string results_json(const Call& call, const PushRequest& request, const Results& results) {
  std::string body;
  json::Writer writer(body);
  writer.begin_object().member("epoch", request.epoch).key("results").begin_array();
  auto result = results.begin();
  for (const ReadOperation& read : request.operations) {
    if (read.operation && result == results.end()) break;  // not tried
    writer.begin_object().member("id", read.id.text());
    bool is_last = false;
    if (!read.operation) {
      write_problem(call, writer, read.operation.error());
    } else if (*result) {
      write_pushed(writer, *read.operation, **result++);
    } else {
      is_last = is_passing(result->error());
      write_problem(call, writer, (result++)->error());
    }
    writer.end_object();
    if (is_last) break;
  }
  writer.end_array().end_object();
  return body;
}

}  // namespace

http::Reply push_operations(Call& call) {
  const auto request = read_push(call);
  if (!request) return call.problem(request.error());
  Push push{request->epoch, {}};
  for (const ReadOperation& read : request->operations) {
    if (read.operation) push.operations.push_back(*read.operation);
  }
  const auto results = run(call, push);
  if (results) return json_response(200, results_json(call, *request, *results));
  if (is_passing(results.error()) && !push.operations.empty()) {
    return json_response(
        200, results_json(call, *request, {Result<Pushed>(tl::unexpected(results.error()))}));
  }
  if (results.error().code != Errc::epoch_changed) return call.problem(results.error());
  const auto epoch =
      call.services.store.read([](const Reader& reader) { return reader.sync().epoch(); });
  if (!epoch) return call.problem(epoch.error());
  return problem_with_epoch(results.error(), *epoch, call.request.request_number);
}

}  // namespace threadkeep::api
