import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server, textBlock, ulid } from "./server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

const push = (operations, epoch = 1) => server.call("POST", "/api/push", { epoch, operations });
const find = async (id) => (await server.call("GET", `/api/conversations/${id}`)).body;
const kind = ({ status, body }) => `${status} ${body.type}`;
const create = (id, fields = {}) => ({ id: ulid(), type: "create-conversation", conversation: { id, ...fields } });
const message = (text, fields = {}) => ({ id: ulid(), role: "user", content: textBlock(text), ...fields });
const append = (conversationId, row) => ({ id: ulid(), type: "append-message", conversationId, message: row });
const edit = (conversationId, fields, editedAt = Date.now()) => ({ id: ulid(), type: "edit-conversation", conversationId, editedAt, fields });
const remove = (conversationId, fields = {}) => ({ id: ulid(), type: "delete-conversation", conversationId, ...fields });
const restore = (conversationId) => ({ id: ulid(), type: "restore-conversation", conversationId });
const statuses = ({ body }) => body.results.map(({ status }) => status);

test("operations run in order, each with the rows behind it", async () => {
  const id = ulid();
  const question = message("What is tea?", { createdAt: 1_700_000_000_000 });
  const answer = message("A le", {
    role: "assistant", status: "interrupted", model: "m", usage: { outputTokens: 2 }, error: { type: "cut", detail: "cut" }, tokenCount: 2, metadata: { a: 1 },
  });
  const operations = [
    create(id, { createdAt: 1_600_000_000_000 }), append(id, question), append(id, answer), edit(id, { title: "Mine", isUnread: true }), remove(id), restore(id),
  ];
  const answered = await push(operations);
  assert.equal(answered.status, 200);
  assert.equal(answered.body.epoch, 1);
  assert.deepEqual(statuses(answered), [201, 201, 201, 200, 204, 200]);
  assert.deepEqual(answered.body.results.map((result) => result.id), operations.map((operation) => operation.id));
  const [created, asked, given, edited, gone, back] = answered.body.results;
  assert.equal(created.conversation.createdAt, 1_600_000_000_000);
  assert.ok(created.conversation.updatedAt > Date.now() - 3_600_000, "the list is in the order of the server's clock");
  assert.equal(asked.message.createdAt, 1_700_000_000_000);
  assert.equal(asked.conversation.title, "What is tea?");
  for (const name of ["status", "model", "usage", "error", "tokenCount", "metadata", "content"]) assert.deepEqual(given.message[name], answer[name], name);
  assert.equal(given.message.parentId, question.id);
  assert.deepEqual([edited.conversation.title, edited.conversation.isUnread], ["Mine", true]);
  assert.ok(gone.conversation.deletedAt);
  assert.deepEqual(back.conversation, await find(id));
});

test("sent again nothing runs, and the rows of today come back", async () => {
  const id = ulid();
  const operations = [create(id), append(id, message("one")), remove(id)];
  assert.deepEqual(statuses(await push(operations)), [201, 201, 204]);
  await server.call("POST", `/api/conversations/${id}/restore`);
  await server.call("PATCH", `/api/conversations/${id}`, { title: "renamed meanwhile" });
  const today = await find(id);
  const again = await push(operations);
  assert.deepEqual(statuses(again), [200, 200, 204]);
  for (const result of again.body.results) assert.deepEqual(result.conversation, today);
  assert.equal((await find(id)).deletedAt, undefined);
});

test("a create and an append are harmless by the id of their row too", async () => {
  const id = ulid();
  const row = message("one");
  await push([create(id), append(id, row)]);
  const other = await push([create(id), append(id, row)]);
  assert.deepEqual(statuses(other), [200, 200]);
  assert.deepEqual(statuses(await push([append(id, { ...row, content: textBlock("two") }), create(id, { title: "x" })])), [409, 409]);
});

test("one that fails keeps no other, and may be sent again", async () => {
  const id = ulid();
  const early = append(id, message("one"));
  const answered = await push([early, edit(id, { title: "x" }), restore(id), remove(id), create(ulid())]);
  assert.deepEqual(statuses(answered), [404, 404, 404, 404, 201]);
  assert.equal(answered.body.results[0].problem.type, "/problems/not-found");
  assert.equal(answered.body.results[0].problem.status, 404);
  assert.deepEqual(statuses(await push([create(id), early])), [201, 201]);
});

test("what each alone would have got", async () => {
  const id = ulid();
  await push([create(id), append(id, message("one"))]);
  const bad = [
    [append(id, message("x", { parentId: ulid() })), 409, "parent-unknown"],
    [append(id, message("x", { status: "streaming" })), 422, "invalid-field"],
    [append(id, message("x", { tokenCount: -1 })), 422, "invalid-field"],
    [append(id, message("x", { usage: [] })), 422, "invalid-field"],
    [append(id, { ...message("x"), content: [] }), 422, "invalid-field"],
    [append(id, { ...message("x"), id: undefined }), 422, "invalid-field"],
    [append(id, message("x", { extra: 1 })), 422, "unknown-field"],
    [append("nonsense", message("x")), 400, "invalid-id"],
    [edit(id, { headId: ulid() }), 422, "invalid-field"],
    [edit(id, { title: 5 }), 422, "invalid-field"],
    [edit(id, { rev: 5 }), 422, "unknown-field"],
    [{ ...edit(id, {}), editedAt: undefined }, 422, "invalid-field"],
    [{ ...edit(id, {}), fields: undefined }, 422, "invalid-field"],
    [{ ...remove(id), conversationId: undefined }, 422, "invalid-field"],
    [remove(id, { forever: "yes" }), 422, "invalid-field"],
    [{ ...remove(id), type: "rename" }, 422, "invalid-field"],
    [{ ...create(ulid()), conversation: {} }, 422, "invalid-field"],
    [{ ...create(ulid()), conversation: { id: ulid(), createdAt: "now" } }, 422, "invalid-field"],
  ];
  const answered = await push([...bad.map(([operation]) => operation), edit(id, { title: "still runs" })]);
  bad.forEach(([, status, name], i) => {
    const { problem } = answered.body.results[i];
    assert.equal(`${answered.body.results[i].status} ${problem.type}`, `${status} /problems/${name}`, `${i}: ${problem.detail}`);
  });
  assert.equal(answered.body.results.at(-1).status, 200);
  await push([remove(id)]);
  assert.deepEqual(statuses(await push([append(id, message("late")), edit(id, { title: "late" })])), [410, 410]);
  await push([remove(id, { forever: true })]);
  assert.deepEqual(statuses(await push([restore(id)])), [404]);
});

test("an answer that ended badly may be empty", async () => {
  const id = ulid();
  await push([create(id)]);
  const empty = { id: ulid(), role: "assistant", content: [], status: "error", error: { type: "x", detail: "y" } };
  const { body } = await push([append(id, empty)]);
  assert.equal(body.results[0].status, 201);
  assert.deepEqual(body.results[0].message.content, []);
});

// The page shows an error's words, and adds up what was used.
test("an answer's error and usage have their form", async () => {
  const id = ulid();
  await push([create(id)]);
  const answer = (fields) => append(id, { id: ulid(), role: "assistant", content: textBlock("x"), ...fields });
  const wrong = [{ error: { type: "x" } }, { error: { type: "x", detail: { a: 1 } } }, { usage: { inputTokens: 1, outputTokens: "2" } }, { usage: { inputTokens: -1, outputTokens: 2 } }];
  assert.deepEqual(statuses(await push(wrong.map(answer))), wrong.map(() => 422));
  const right = [{ status: "error", error: { type: "x", detail: "y" } }, { usage: { inputTokens: 1, outputTokens: 2, cachedInputTokens: 1 } }];
  assert.deepEqual(statuses(await push(right.map(answer))), [201, 201]);
});

test("the later edit of a field wins, whenever it arrives", async () => {
  const id = ulid();
  const now = Date.now();
  await push([create(id)]);
  await push([edit(id, { title: "newer" }, now - 1000)]);
  const late = await push([edit(id, { title: "older", isPinned: true, isUnread: true }, now - 5000)]);
  assert.deepEqual(statuses(late), [200]);
  const { title, isPinned, isUnread } = await find(id);
  assert.deepEqual([title, isPinned, isUnread], ["newer", true, true]);
  const future = await push([edit(id, { title: "from a clock that is ahead" }, now + 3_600_000)]);
  assert.equal(future.body.results[0].conversation.title, "from a clock that is ahead");
  const patched = await server.call("PATCH", `/api/conversations/${id}`, { title: "patched" });
  assert.equal(patched.body.title, "patched", "PATCH is an edit of now");
  const stale = await server.call("PATCH", `/api/conversations/${id}`, { title: "stale", isUnread: false, editedAt: now - 2000 });
  assert.equal(stale.status, 200);
  assert.deepEqual([stale.body.title, stale.body.isUnread], ["patched", false]);
});

test("another epoch is refused, and nothing is run", async () => {
  const id = ulid();
  for (const epoch of [0, 2, 1_800_000_000]) {
    const answered = await push([create(id)], epoch);
    assert.equal(kind(answered), "409 /problems/epoch-changed");
    assert.equal(answered.body.epoch, 1);
    assert.equal(kind(await push([], epoch)), "409 /problems/epoch-changed");
  }
  assert.equal((await server.call("GET", `/api/conversations/${id}`)).status, 404);
});

test("a body that is no push is refused whole", async () => {
  const post = (body) => server.call("POST", "/api/push", body);
  assert.equal(kind(await post({ operations: [] })), "422 /problems/invalid-field");
  assert.equal(kind(await post({ epoch: "1", operations: [] })), "422 /problems/invalid-field");
  assert.equal(kind(await post({ epoch: 1 })), "422 /problems/invalid-field");
  assert.equal(kind(await post({ epoch: 1, operations: {} })), "422 /problems/invalid-field");
  assert.equal(kind(await post({ epoch: 1, operations: [5] })), "422 /problems/invalid-field");
  assert.equal(kind(await post({ epoch: 1, operations: [{ type: "restore-conversation" }] })), "422 /problems/invalid-field");
  assert.equal(kind(await post({ epoch: 1, operations: [{ id: "x" }] })), "400 /problems/invalid-id");
  assert.equal(kind(await post({ epoch: 1, operations: [], more: 1 })), "422 /problems/unknown-field");
  assert.equal(kind(await post({ epoch: 1, operations: Array.from({ length: 101 }, () => restore(ulid())) })), "413 /problems/too-large");
  assert.deepEqual((await push([])).body, { epoch: 1, results: [] });
});

test("what was pushed is in the feed, and still known after the server was killed", async () => {
  const kept = await Server.start();
  const id = ulid();
  const operations = [create(id), append(id, message("one"))];
  await kept.call("POST", "/api/push", { epoch: 1, operations });
  await kept.kill();
  const again = await Server.start({ folder: kept.folder });
  const { body } = await again.call("POST", "/api/push", { epoch: 1, operations });
  assert.deepEqual(body.results.map(({ status }) => status), [200, 200]);
  const feed = (await again.call("GET", "/api/conversations/changes")).body;
  assert.equal(feed.messages.length, 1);
  assert.equal(feed.conversations[0].id, id);
  await again.stop();
  await kept.stop();
});
