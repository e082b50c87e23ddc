// Import over the API: another product's export, our own, and what was deleted for ever in between.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server, textBlock, ulid } from "./server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

async function send(to, content, query = "") {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${to.base}/api/import?name=export.json${query}`, { method: "POST", headers, body: content });
  return { status: response.status, body: await response.json() };
}

const message = (role, text) => ({ author: { role }, create_time: 1780000001, content: { content_type: "text", parts: [text] } });
const chatgpt = (id) => ({
  conversation_id: id,
  title: "Two\nlines\tand tab",
  create_time: 1780000000,
  update_time: 4070908800,
  default_model_slug: "gpt-5-thinking",
  mapping: { q: { message: message("user", "hello"), parent: null, children: ["a"] }, a: { message: message("assistant", "good day"), parent: "q", children: [] } },
});
const list = async (of) => (await of.call("GET", "/api/conversations?limit=200")).body.conversations;
const treeOf = async (of, id) => (await of.call("GET", `/api/conversations/${id}/messages?all=true`)).body.messages;

test("what an import stores, a push takes too", async () => {
  const { status, body } = await send(server, JSON.stringify([chatgpt("c1")]));
  assert.equal(status, 200);
  assert.deepEqual(body.conversations, { found: 1, imported: 1, alreadyHere: 0, deletedForEver: 0, failed: 0 });
  const [conversation] = await list(server);
  assert.equal(conversation.title, "Two lines and tab");
  assert.equal(conversation.model, "gpt-5-thinking");
  assert.ok(conversation.updatedAt <= Date.now(), "not on top for years");
  const { epoch } = (await server.call("GET", "/api/conversations/changes")).body;
  const { title, model, metadata, createdAt } = conversation;
  const create = { id: ulid(), type: "create-conversation", conversation: { id: ulid(), title, model, metadata, createdAt } };
  const pushed = await server.call("POST", "/api/push", { epoch, operations: [create] });
  assert.ok(pushed.body.results[0].status < 300, JSON.stringify(pushed.body));
});

test("an own export comes in again equal, elsewhere and where it was made", async () => {
  const id = ulid();
  await server.call("PUT", `/api/conversations/${id}`, {
    title: "Bees",
    messages: [
      { role: "user", content: textBlock("Why?") },
      { role: "assistant", content: [{ type: "reasoning", text: "Hm", signature: "c2ln" }, { type: "text", text: "Because 🐝" }], model: "a/b" },
    ],
  });
  const conversation = (await server.call("GET", `/api/conversations/${id}`)).body;
  const messages = await treeOf(server, id);
  const file = JSON.stringify({ format: "threadkeep", version: 1, exportedAt: Date.now(), conversations: [{ ...conversation, messages }] }, null, 1);
  const other = await Server.start();
  try {
    assert.equal((await send(other, file)).body.messages.imported, 2);
    const comparable = ({ rev, seq, ...row }) => row;
    assert.deepEqual(comparable((await other.call("GET", `/api/conversations/${id}`)).body), comparable(conversation));
    assert.deepEqual((await treeOf(other, id)).map(comparable), messages.map(comparable));
  } finally {
    await other.stop();
  }
  assert.equal((await send(server, file)).body.messages.alreadyHere, 2);
});

test("settings in an own export come in, and undo nothing that was edited later", async () => {
  const from = await Server.start();
  const to = await Server.start();
  try {
    const set = (at, id, fields) => at.call("PATCH", `/api/presets/${encodeURIComponent(id)}`, fields);
    const named = ulid();
    await set(from, "default", { settings: { system: "Be brief.", effort: "low" } });
    await set(from, "folder:Work", { settings: { tools: [] } });
    await set(from, named, { name: "Coder", settings: { temperature: 0.5 } });
    const { presets } = (await from.call("GET", "/api/presets")).body;
    const file = JSON.stringify({ format: "threadkeep", version: 1, exportedAt: Date.now(), presets, conversations: [] });
    await set(to, "default", { settings: { system: "Be long." } });
    const report = (await send(to, file)).body;
    assert.deepEqual(report.presets, { found: 3, imported: 3, alreadyHere: 0, failed: 0 });
    const settings = async () => Object.fromEntries((await to.call("GET", "/api/presets")).body.presets.map((row) => [row.id, row.settings]));
    assert.deepEqual(await settings(), { default: { system: "Be long.", effort: "low" }, "folder:Work": { tools: [] }, [named]: { temperature: 0.5 } });
    assert.deepEqual((await send(to, file)).body.presets, { found: 3, imported: 0, alreadyHere: 3, failed: 0 });
  } finally {
    await from.stop();
    await to.stop();
  }
});

test("a message that was deleted stays so, and the report says it", async () => {
  const file = JSON.stringify([chatgpt("c4")]);
  const { messages } = (await send(server, file)).body;
  const { id } = (await list(server)).find(({ metadata }) => metadata.source?.id === "c4");
  const [first] = await treeOf(server, id);
  assert.equal((await server.call("DELETE", `/api/conversations/${id}/messages/${first.id}?forever=true`)).status, 204);
  const again = (await send(server, file)).body;
  assert.deepEqual([again.messages.imported, again.messages.alreadyHere], [0, messages.imported]);
  assert.match(again.problems[0].reason, /^One of its messages was deleted here and stays so/);
  assert.ok(!(await treeOf(server, id)).some((row) => row.id === first.id));
});

test("what was deleted for ever stays away, and comes in anew when that is asked for", async () => {
  const file = JSON.stringify([chatgpt("c2")]);
  await send(server, file);
  const before = (await list(server)).find(({ metadata }) => metadata.source?.id === "c2");
  assert.equal((await server.call("DELETE", `/api/conversations/${before.id}?forever=true`)).status, 204);
  const away = (await send(server, file)).body;
  assert.equal(away.conversations.deletedForEver, 1);
  assert.match(away.problems[0].reason, /deleted for ever/);
  assert.ok(!(await list(server)).some(({ metadata }) => metadata.source?.id === "c2"));
  const anew = (await send(server, file, "&erased=anew")).body;
  assert.equal(anew.conversations.imported, 1);
  const back = (await list(server)).find(({ metadata }) => metadata.source?.id === "c2");
  assert.notEqual(back.id, before.id);
  assert.equal((await send(server, file, "&erased=maybe")).status, 400);
});

test("an import under way says how far it is, and is stopped by its id alone", { timeout: 120_000 }, async () => {
  const id = ulid();
  const count = 20_000;
  const file = JSON.stringify(Array.from({ length: count }, (_, n) => chatgpt(`slow-${n}`)));
  let isOver = false;
  const importing = send(server, file, `&id=${id}`).finally(() => (isOver = true));
  const progress = async () => (await server.call("GET", `/api/imports/${id}`)).body;
  let before = 0;
  let last;
  for (let steps = 0; steps < 3 && !isOver; ) {
    const now = await progress();
    if (!(now.conversations > before)) continue;
    assert.ok(now.bytesDone <= now.bytesTotal && now.bytesTotal === Buffer.byteLength(file), JSON.stringify(now));
    before = now.conversations;
    last = now;
    steps += 1;
  }
  assert.ok(last && !isOver, "it was watched while it went on");
  assert.equal((await server.call("GET", `/api/imports/${ulid()}`)).status, 404);
  assert.equal((await server.call("POST", `/api/imports/${ulid()}/cancel`)).status, 404);
  assert.equal((await server.call("GET", "/api/imports/nonsense")).status, 400);
  const twice = await send(server, "[]", `&id=${id}`);
  assert.deepEqual([twice.status, twice.body.type], [409, "/problems/id-conflict"]);
  assert.equal((await server.call("POST", `/api/imports/${id}/cancel`)).status, 202);
  const { status, body } = await importing;
  assert.deepEqual([status, body.type], [409, "/problems/cancelled"]);
  const [, found, imported] = /Of the (\d+) conversations that it had read, (\d+) came in/.exec(body.detail).map(Number);
  assert.ok(found >= last.conversations && found < count, body.detail);
  assert.equal((await server.call("GET", `/api/imports/${id}`)).status, 404);
  // What it says is what is there.
  const again = await send(server, JSON.stringify(Array.from({ length: found }, (_, n) => chatgpt(`slow-${n}`))));
  assert.deepEqual([again.body.conversations.alreadyHere, again.body.conversations.imported], [imported, found - imported]);
});
