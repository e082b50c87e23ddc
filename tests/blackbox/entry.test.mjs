// One rule for everything that enters: what one way into the store takes, all of them take, and whatever is stored can be given back, exported and
// imported again, and read page by page.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server, textBlock, ulid } from "./server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

const push = (operations, at = server) => at.call("POST", "/api/push", { epoch: 1, operations });
const create = (id, fields = {}) => ({ id: ulid(), type: "create-conversation", conversation: { id, ...fields } });
const append = (conversationId, fields = {}) => ({ id: ulid(), type: "append-message", conversationId, message: { id: ulid(), role: "user", content: textBlock("x"), ...fields } });
const edit = (conversationId, fields) => ({ id: ulid(), type: "edit-conversation", conversationId, editedAt: Date.now(), fields });
const kind = ({ status, problem }) => (problem ? `${status} ${problem.type.split("/").pop()}` : `${status}`);

async function resultOf(operation, conversationId) {
  const { body } = await push([create(conversationId), operation]);
  return kind(body.results[1]);
}

// What no way in takes, as [name, the fields that are wrong].
const wrongLines = ["two\nlines", "a\tb", "\u001b[31mred", "a\u007fb", "a\u0085b", "a\u2028b", "x".repeat(2_001)];
const deep = (levels) => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);

test("titles, folders, tags and models are lines, whichever way they come", async () => {
  for (const line of wrongLines) {
    const id = ulid();
    assert.equal((await server.call("POST", "/api/conversations", { id, title: line })).status, 422, JSON.stringify(line));
    assert.equal((await server.call("POST", "/api/conversations", { id, model: line })).status, 422);
    assert.equal((await server.call("PUT", `/api/conversations/${id}`, { title: line, messages: [] })).status, 422);
    assert.equal((await server.call("GET", `/api/conversations/${id}`)).status, 404);
    assert.equal((await push([create(id, { title: line })])).body.results[0].status, 422);
    for (const fields of [{ title: line }, { folder: line }, { tags: ["a", line] }, { model: line }]) {
      assert.equal(await resultOf(edit(id, fields), id), "422 invalid-field", JSON.stringify(fields).slice(0, 80));
      assert.equal((await server.call("PATCH", `/api/conversations/${id}`, fields)).status, 422);
    }
    assert.equal(await resultOf(append(id, { role: "assistant", model: line }), id), "422 invalid-field");
    assert.equal((await server.call("POST", `/api/conversations/${id}/messages`, { role: "assistant", model: line, content: textBlock("x") })).status, 422);
    assert.equal((await server.call("POST", `/api/conversations/${id}/generations`, { message: { content: textBlock("x") }, models: [line] })).status, 422);
  }
});

test("a tag twice, an empty folder and an empty model are refused", async () => {
  const id = ulid();
  for (const fields of [{ tags: ["a", "b", "a"] }, { folder: "" }, { model: "" }, { tags: [""] }]) {
    assert.equal(await resultOf(edit(id, fields), id), "422 invalid-field", JSON.stringify(fields));
    assert.equal((await server.call("PATCH", `/api/conversations/${id}`, fields)).status, 422);
  }
});

test("counts, errors, objects and content have their form", async () => {
  const id = ulid();
  const answer = { role: "assistant", status: "error" };
  for (const fields of [
    { tokenCount: -1 }, { tokenCount: 2 ** 53 }, { tokenCount: 1.5 }, { usage: { inputTokens: -2 } }, { usage: { inputTokens: 2 ** 53 } }, { usage: [] },
    { error: { type: {}, detail: {} } }, { error: "x" }, { error: { type: "x" } }, { metadata: { a: deep(56) } }, { createdAt: -1 }, { createdAt: 253_402_300_800_000 },
    { content: [{ type: "image", attachmentId: "a", name: "n", mediaType: "m", size: -1 }] },
  ]) {
    assert.equal(await resultOf(append(id, { ...answer, ...fields }), id), "422 invalid-field", JSON.stringify(fields).slice(0, 80));
  }
  assert.equal(await resultOf(append(id, { content: [{ type: "x", y: deep(55) }] }), id), "400 json-too-deep");
  assert.equal(await resultOf(append(id, { content: [{ type: "x", y: deep(54) }] }), id), "201");
});

test("an erased conversation is told from one in the trash", async () => {
  const [trashed, erased] = [ulid(), ulid()];
  await push([create(trashed, { title: "a" }), create(erased, { title: "b" })]);
  await server.call("DELETE", `/api/conversations/${trashed}`);
  await server.call("DELETE", `/api/conversations/${erased}?forever=true`);
  const get = async (id) => (await server.call("GET", `/api/conversations/${id}`)).body;
  assert.deepEqual([(await get(trashed)).isErased, (await get(erased)).isErased], [undefined, true]);
  const refused = async (id) => (await server.call("POST", `/api/conversations/${id}/messages`, { role: "user", content: textBlock("x") })).body;
  assert.match((await refused(trashed)).detail, /in the trash/);
  assert.match((await refused(erased)).detail, /deleted for ever/);
  assert.equal((await refused(erased)).status, 410);
});

// What an import holds that no other way in would take. It is mended, never refused, and can be given back.
const chatgpt = [
  {
    id: "c1", title: "Two\nlines\tand \u001b[31mtab", create_time: -4e9, update_time: 4_070_908_800, current_node: "b",
    mapping: {
      a: { id: "a", parent: null, children: ["b"], message: { id: "a", author: { role: "user" }, create_time: null, content: { content_type: "text", parts: ["Hello\u0000 \ud800"] } } },
      b: { id: "b", parent: "a", children: [], message: { id: "b", author: { role: "assistant" }, create_time: 1e300, metadata: { model_slug: "gpt\n4" }, content: { content_type: "unknown_thing", deep: deep(90), number: 1e400, big: 123456789012345678901234567890n } } },
    },
  },
];
const own = {
  format: "threadkeep", version: 1, exportedAt: 5,
  conversations: [
    {
      id: ulid(), title: "own\u2028title", titleSource: "user", model: "m\tn", createdAt: -5, updatedAt: 1e15, folder: "\u001bx", tags: ["a", "a", "b\n", ""], headId: null, metadata: [1],
      messages: [
        { id: ulid(), role: "user", parentId: null, content: textBlock("q"), status: "complete", createdAt: -1, metadata: { a: deep(50) }, tokenCount: -2 },
        { id: ulid(), role: "assistant", parentId: null, content: [], status: "error", createdAt: 5, metadata: {}, error: { type: {}, detail: {} }, usage: { inputTokens: -2 }, tokenCount: 1e18 },
      ],
    },
  ],
};

const withBigNumbers = (value) => JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `big:${part}` : part)).replace(/"big:(\d+)"/g, "$1");

test("what an import brings in can be given back by a device, exported and imported again", async () => {
  for (const file of [chatgpt, own]) {
    const report = await server.call("POST", "/api/import?name=x.json", withBigNumbers(file));
    assert.equal(report.status, 200, JSON.stringify(report.body));
    assert.equal(report.body.conversations.imported, 1, JSON.stringify(report.body));
  }
  await givesBack(server);
  await comesInAgain(server);
});

// A small generator, so that a failure can be repeated.
function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const textsToTry = ["", "x", "a b", "two\nlines", "\u0000", "\u001b[1m", "é".repeat(100), "y".repeat(2_000), "z".repeat(200), "\u202eabc", "🙂", "\u2029"];
const numbersToTry = [-2, -1, 0, 1, 1.5, 2 ** 31, 2 ** 53 - 1, 2 ** 53, 1e300];

test("a walk of requests, right and wrong: whatever is stored can be given back, exported, imported and read by page, and is as it was", { timeout: 240_000 }, async () => {
  const seed = Number(process.env.THREADKEEP_ENTRY_SEED ?? 7);
  const pick = random(seed);
  const one = (list) => list[pick(list.length)];
  const text = () => one(textsToTry);
  const block = () =>
    pick(4) ? { type: "text", text: one(["x", "two\nlines", "\u001b[1m", "é".repeat(100), "\u202eabc", "🙂\u2029"]) } : one([
      () => ({ type: "text", text: text() }), () => ({ type: "reasoning", text: text(), ...(pick(2) ? { signature: text() } : {}) }),
      () => ({ type: "tool_use", id: text(), name: text(), input: one([{}, [], { a: deep(one([1, 5, 50, 54, 55, 56, 57, 58, 59, 60])) }]) }), () => ({ type: "tool_result", toolUseId: text(), content: one(["x", [], {}, 5, null]) }),
      () => ({ type: "image", attachmentId: text(), name: text(), mediaType: text(), size: one(numbersToTry) }), () => ({ type: text(), z: deep(one([1, 5, 50, 54, 55, 56, 57, 58, 59, 60])) }), () => text(), () => null,
    ])();
  const message = () => ({
    id: ulid(), role: one(["user", "assistant", "assistant", "system", "tool", "tool", "user", "user", "nobody"]), content: Array.from({ length: 1 + pick(3) }, block),
    ...(pick(5) ? {} : { status: one(["complete", "error", "interrupted", "streaming"]) }), ...(pick(5) ? {} : { usage: one([{ inputTokens: one(numbersToTry) }, {}, [], { a: text() }]) }),
    ...(pick(5) ? {} : { error: one([{ type: "x", detail: text() }, { type: 1 }, "x"]) }), ...(pick(5) ? {} : { tokenCount: one(numbersToTry) }), ...(pick(5) ? {} : { model: text() }),
    ...(pick(5) ? {} : { createdAt: one([0, 5, -1, 253_402_300_799_999, 253_402_300_800_000]) }), ...(pick(5) ? {} : { metadata: one([{}, { a: deep(one([1, 5, 50, 54, 55, 56, 57, 58, 59, 60])) }, []]) }),
  });
  const settings = (model) => (model === null ? { system: "two\nlines é 🙂", temperature: 0.5 } : { tools: ["a"], maxTokens: 5, effort: "low" });
  const withSettings = (given) => ("model" in given ? { ...given, settings: settings(given.model) } : given);
  const fields = () => withSettings({ ...(pick(2) ? { title: text() } : {}), ...(pick(2) ? { folder: one([text(), null]) } : {}), ...(pick(2) ? { tags: [text(), text()] } : {}), ...(pick(2) ? { model: one([text(), null]) } : {}) });
  const ids = [];
  const walked = await Server.start();
  try {
    for (let i = 0; i < 1_200; i += 1) {
      const id = pick(8) === 0 || ids.length === 0 ? ulid() : one(ids);
      ids.push(id);
      const { usage, error, tokenCount, status, ...plain } = message();
      await one([
        () => walked.call("POST", "/api/conversations", { id, title: text(), model: text() || null, metadata: one([{}, { a: deep(one([1, 5, 50, 54, 55, 56, 57, 58, 59, 60])) }]) }),
        () => walked.call("PATCH", `/api/conversations/${id}`, fields()),
        () => walked.call("PUT", `/api/conversations/${id}`, { title: text(), messages: [plain, message()].map(({ id: of, role, content, model }) => ({ id: of, role, content, ...(model ? { model } : {}) })) }),
        () => walked.call("POST", `/api/conversations/${id}/messages`, plain),
        () => push([create(id, { title: text() }), append(id, message()), edit(id, fields())], walked),
        () => push([append(id, message()), append(id, message()), append(id, message())], walked),
      ])();
    }
    const { conversations, messages } = await givesBack(walked);
    assert.ok(conversations > 50 && messages > 100, `too little was stored to say anything: ${conversations} conversations, ${messages} messages`);
    await comesInAgain(walked);
  } finally {
    await walked.stop();
  }
});

// Everything of the snapshot of `from` is pushed to a new server, as a device does after a restore, and must be taken and be the same there.
async function givesBack(from) {
  const rows = await snapshot(from);
  const to = await Server.start({ store: "memory:" });
  try {
    const operations = [];
    for (const { id, title, model, metadata, createdAt } of rows.conversations) operations.push(create(id, { title, model, metadata, createdAt }));
    for (const row of rows.messages) {
      const { id, parentId, role, content, status, model, usage, error, tokenCount, createdAt, metadata } = row;
      operations.push(append(row.conversationId, { id, parentId, role, content, status, model, usage, error, tokenCount, createdAt, metadata }));
    }
    for (const { id, isArchived, isPinned, folder, tags, settings } of rows.conversations) operations.push(edit(id, { isArchived, isPinned, folder, tags, settings }));
    for (let at = 0; at < operations.length; at += 50) {
      const batch = operations.slice(at, at + 50);
      const { body } = await push(batch, to);
      body.results.forEach((result, index) => assert.ok(result.status < 300, `${kind(result)} ${result.problem?.detail}: ${JSON.stringify(batch[index]).slice(0, 400)}`));
    }
    const there = await snapshot(to);
    const told = ({ messages }) => new Map(messages.map(({ id, role, content, status, model, usage, error, tokenCount, createdAt, metadata }) => [id, { role, content, status, model, usage, error, tokenCount, createdAt, metadata }]));
    assert.deepEqual(told(there), told(rows));
    const named = ({ conversations }) => new Map(conversations.map(({ id, title, folder, tags, settings, metadata }) => [id, { title, folder, tags, settings, metadata }]));
    assert.deepEqual(named(there), named(rows));
    return { conversations: rows.conversations.length, messages: rows.messages.length };
  } finally {
    await to.stop();
  }
}

async function snapshot(at) {
  const rows = { conversations: [], messages: [] };
  for (let cursor = ""; ; ) {
    const { status, body } = await at.call("GET", `/api/snapshot?limit=500${cursor}`);
    assert.equal(status, 200);
    rows.conversations.push(...body.conversations.filter((row) => !row.deletedAt));
    rows.messages.push(...body.messages);
    if (!body.nextCursor) break;
    cursor = `&cursor=${encodeURIComponent(body.nextCursor)}`;
  }
  const living = new Set(rows.conversations.map(({ id }) => id));
  return { conversations: rows.conversations, messages: rows.messages.filter((row) => living.has(row.conversationId)) };
}

// All pages of a list of messages, newest first where it is the active path.
async function pages(at, path, limit) {
  const all = [];
  for (let cursor = ""; ; ) {
    const { status, body } = await at.call("GET", `${path}limit=${limit}${cursor}`);
    assert.equal(status, 200, JSON.stringify(body).slice(0, 300));
    all.push(body.messages);
    if (!body.nextCursor) return all;
    cursor = `&cursor=${encodeURIComponent(body.nextCursor)}`;
  }
}

// A conversation as the page's exporter makes it (web/app/src/state/export.ts): the row, with the whole tree by cursor. On the way, what the page shows is
// read by its cursor too, and must be the way from the head to the beginning.
async function exported(at, row) {
  const path = `/api/conversations/${row.id}/messages?`;
  const messages = (await pages(at, `${path}all=true&`, 3)).flat();
  const byId = new Map(messages.map((message) => [message.id, message]));
  assert.equal(byId.size, row.messageCount);
  const way = [];
  for (let id = row.headId; id; id = byId.get(id).parentId) way.unshift(id);
  const shown = (await pages(at, path, 2)).reverse().flat();
  assert.deepEqual(shown.map(({ id }) => id), way);
  for (const { siblingCount, siblingIds, siblingsBefore, ...message } of shown) {
    const { siblingCount: count, siblingIds: ids, siblingsBefore: before, ...same } = byId.get(message.id);
    assert.deepEqual(message, same);
  }
  return { ...(await at.call("GET", `/api/conversations/${row.id}`)).body, messages };
}

// Everything of `from` is exported, imported into a new server, and must be the same there.
async function comesInAgain(from) {
  const rows = await snapshot(from);
  const conversations = [];
  for (const row of rows.conversations) conversations.push(await exported(from, row));
  const to = await Server.start({ store: "memory:" });
  try {
    const { status, body } = await to.call("POST", "/api/import?name=x.json", { format: "threadkeep", version: 1, exportedAt: Date.now(), conversations });
    assert.equal(status, 200, JSON.stringify(body).slice(0, 500));
    const withMessages = conversations.filter(({ messages }) => messages.length > 0);
    assert.equal(body.conversations.imported, withMessages.length, JSON.stringify(body).slice(0, 500));
    assert.equal(body.conversations.failed, conversations.length - withMessages.length, "an empty one is said to be left out");
    const there = await snapshot(to);
    const now = Date.now();
    // A moment that has not come yet, and the one that means "not known", are not taken from a file.
    const time = (at) => Math.min(Math.max(at, 1), now);
    const told = (messages) => new Map(messages.map(({ id, parentId, role, content, status, model, usage, error, tokenCount, createdAt, metadata }) => [id, { parentId, role, content, status, model, usage, error, tokenCount, metadata, createdAt: createdAt > now - 60_000 ? "now" : time(createdAt) }]));
    assert.deepEqual(told(there.messages), told(rows.messages));
    const named = (list) => new Map(list.map(({ id, title, folder, tags, model, isArchived, isPinned, headId, settings, metadata }) => [id, { title, folder, tags, model, isArchived, isPinned, headId, settings, metadata }]));
    const living = new Set(withMessages.map(({ id }) => id));
    assert.deepEqual(named(there.conversations), named(rows.conversations.filter(({ id }) => living.has(id))));
  } finally {
    await to.stop();
  }
}
