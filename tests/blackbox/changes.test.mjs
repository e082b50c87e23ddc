import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server, textBlock, ulid } from "./server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

const create = async (fields = {}) => (await server.call("POST", "/api/conversations", { id: ulid(), ...fields })).body;
const append = async (conversation, text, fields = {}) =>
  (await server.call("POST", `/api/conversations/${conversation.id}/messages`, { id: ulid(), role: "user", content: textBlock(text), ...fields })).body;
const find = async ({ id }) => (await server.call("GET", `/api/conversations/${id}`)).body;
const changes = (since, query = "") => server.call("GET", `/api/conversations/changes?${since ? `since=${since}&` : ""}${query}`);
const snapshot = (query = "") => server.call("GET", `/api/snapshot?${query}`);
const kind = ({ status, body }) => `${status} ${body.type}`;
const lastCursor = async () => {
  let page = (await changes()).body;
  while (page.hasMore) page = (await changes(page.nextCursor)).body;
  return page.nextCursor;
};

test("what changed comes once, with its latest row, in the order of commits", async () => {
  const cursor = await lastCursor();
  const conversation = await create({ title: "Tea" });
  const first = await append(conversation, "one");
  const second = await append(conversation, "two", { role: "assistant" });
  const { status, body } = await changes(cursor);
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body), ["epoch", "conversations", "messages", "presets", "tombstones", "nextCursor", "hasMore"]);
  assert.equal(body.epoch, 1);
  assert.deepEqual(body.messages, [first, second]);
  assert.deepEqual(body.conversations, [await find(conversation)]);
  assert.equal(body.hasMore, false);
  assert.equal(body.messages[1].parentId, first.id);
  const next = (await changes(body.nextCursor)).body;
  assert.deepEqual([next.conversations, next.messages, next.tombstones, next.hasMore], [[], [], [], false]);
});

test("pages of any size give the same, and none ends inside a transaction", async () => {
  const cursor = await lastCursor();
  const id = ulid();
  const list = Array.from({ length: 9 }, (_, i) => ({ id: ulid(), role: "user", content: textBlock(`${i}`) }));
  await server.call("PUT", `/api/conversations/${id}`, { messages: list });
  await create();
  const first = (await changes(cursor, "limit=2")).body;
  assert.equal(first.messages.length, 9, "the whole chat is one transaction");
  assert.equal(first.conversations.length, 1);
  assert.equal(first.hasMore, true);
  for (const limit of [1, 3, 1000]) {
    const seen = [];
    for (let page, at = cursor; !page || page.hasMore; at = page.nextCursor) {
      page = (await changes(at, `limit=${limit}`)).body;
      seen.push(...page.messages.map((row) => row.id));
    }
    assert.deepEqual(seen, list.map((row) => row.id));
  }
});

test("the trash is shown; what is deleted for ever leaves a tombstone", async () => {
  const conversation = await create({ title: "gone soon" });
  await append(conversation, "words");
  let cursor = await lastCursor();
  await server.call("DELETE", `/api/conversations/${conversation.id}`);
  let page = (await changes(cursor)).body;
  assert.ok(page.conversations[0].deletedAt);
  cursor = page.nextCursor;
  await server.call("DELETE", `/api/conversations/${conversation.id}?forever=true`);
  page = (await changes(cursor)).body;
  assert.deepEqual(page.conversations, []);
  assert.deepEqual(page.tombstones.map(({ kind, id }) => [kind, id]), [["conversation", conversation.id]]);
  const all = await snapshot("limit=1000");
  assert.ok(!all.text.includes(conversation.id));
});

test("a cursor with any bit turned is none", async () => {
  await create();
  const cursor = await lastCursor();
  const bytes = Buffer.from(cursor, "base64url");
  const asked = [];
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] ^= 1 << (bit & 7);
    asked.push(changed.toString("base64url"));
  }
  for (let i = 0; i < cursor.length; i += 1) asked.push(cursor.slice(0, i) + (cursor[i] === "A" ? "B" : "A") + cursor.slice(i + 1));
  for (const changed of ["", "x", cursor.slice(1), `${cursor}A`, cursor + cursor]) asked.push(changed);
  for (const changed of asked) {
    const answer = await server.call("GET", `/api/conversations/changes?since=${changed}`);
    assert.equal(kind(answer), "400 /problems/invalid-cursor", changed);
  }
  const list = (await server.call("GET", "/api/conversations?limit=1")).body.nextCursor;
  assert.equal(kind(await changes(list)), "400 /problems/invalid-cursor", "a cursor of another list");
  assert.equal(kind(await snapshot(`cursor=${cursor}`)), "400 /problems/invalid-cursor");
  assert.equal(kind(await snapshot(`since=${list}`)), "400 /problems/invalid-cursor");
});

test("queries that cannot be are refused", async () => {
  for (const query of ["limit=0", "limit=1001", "limit=x"]) {
    assert.equal(kind(await changes("", query)), "422 /problems/invalid-field");
    assert.equal(kind(await snapshot(query)), "422 /problems/invalid-field");
  }
  assert.equal(kind(await changes("", "cursor=x")), "400 /problems/invalid-query");
  assert.equal(kind(await snapshot("include=some")), "400 /problems/invalid-query");
  assert.equal((await server.call("POST", "/api/conversations/changes", {})).status, 405);
});

test("the snapshot and the feed behind it give everything", async () => {
  const conversations = [];
  for (let i = 0; i < 5; i += 1) {
    conversations.push(await create());
    for (let n = 0; n <= i; n += 1) await append(conversations[i], `${i}.${n}`);
  }
  const rows = { conversations: new Map(), messages: new Map() };
  const take = (page) => {
    for (const part of ["conversations", "messages"]) for (const row of page[part]) rows[part].set(row.id, row);
  };
  let cursor = null;
  let from = null;
  do {
    const { body } = await snapshot(`limit=3${cursor ? `&cursor=${cursor}` : ""}`);
    from ??= body.changesCursor;
    assert.equal(body.changesCursor, from, "the same in every page");
    assert.equal(body.resumeFloor, undefined);
    take(body);
    cursor = body.nextCursor;
    await append(conversations[0], "meanwhile"); // moves the oldest to the front of the list
  } while (cursor && rows.messages.size < 200);
  for (let page; !page || page.hasMore; from = page.nextCursor) {
    page = (await changes(from)).body;
    take(page);
  }
  for (const conversation of conversations) {
    assert.deepEqual(rows.conversations.get(conversation.id), await find(conversation));
    const { messages } = (await server.call("GET", `/api/conversations/${conversation.id}/messages?all=true&limit=200`)).body;
    for (const { siblingCount, ...row } of messages) assert.deepEqual(rows.messages.get(row.id), row);
  }
});

test("the conversations alone, newest first", async () => {
  const newest = await create();
  const { body } = await snapshot("include=conversations&limit=1000");
  assert.equal(body.conversations[0].id, newest.id);
  assert.deepEqual(body.messages, []);
  assert.equal(body.nextCursor, null);
  assert.equal((await changes(body.changesCursor)).status, 200);
});
