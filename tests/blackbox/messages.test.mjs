import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server, textBlock, ulid } from "./server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

const create = async () => (await server.call("POST", "/api/conversations", { id: ulid() })).body;
const append = (conversation, text, fields = {}) =>
  server.call("POST", `/api/conversations/${conversation.id}/messages`, { id: ulid(), role: "user", content: textBlock(text), ...fields });
const page = async (conversation, query = "") => (await server.call("GET", `/api/conversations/${conversation.id}/messages?${query}`)).body;
const texts = (messages) => messages.map(({ content }) => content[0].text);

test("a message is stored once and keeps its place, however often it is sent", async () => {
  const conversation = await create();
  const id = ulid();
  const first = await append(conversation, "hello", { id });
  assert.equal(first.status, 201);
  await append(conversation, "next");
  const again = await append(conversation, "hello", { id });
  assert.equal(again.status, 200);
  assert.equal(again.headers.get("idempotency-replayed"), "true");
  assert.equal(again.text, first.text);
  const other = await append(conversation, "not hello", { id });
  assert.equal(other.status, 409);
  assert.deepEqual(texts((await page(conversation)).messages), ["hello", "next"]);
  assert.equal((await server.call("GET", `/api/conversations/${conversation.id}`)).body.messageCount, 2);
});

test("content comes back byte for byte, also of block types that nobody knows", async () => {
  const conversation = await create();
  const content = String.raw`[{"type":"text","text":"caf\u00e9 ☕ \ud83d\ude00"}, {"zeta":1.50,"type":"x/unknown","alpha":[1e2,{"k":null}]}]`;
  const sent = await server.call("POST", `/api/conversations/${conversation.id}/messages`, `{"role":"assistant","content":${content}}`);
  assert.equal(sent.status, 201);
  assert.ok(sent.text.includes(content));
  const read = await server.call("GET", `/api/conversations/${conversation.id}/messages`);
  assert.ok(read.text.includes(content));
});

test("the first user message gives an untitled conversation its title", async () => {
  const conversation = await create();
  await append(conversation, "How do lifetimes work in Rust when a struct holds a reference to another struct?");
  const { title, titleSource } = (await server.call("GET", `/api/conversations/${conversation.id}`)).body;
  assert.equal(titleSource, "excerpt");
  assert.ok([...title].length <= 58 && title.endsWith("…") && title.startsWith("How do lifetimes work"), title);
  const named = (await server.call("PATCH", `/api/conversations/${conversation.id}`, { title: "Mine" })).body;
  await append(conversation, "Another question");
  assert.equal((await server.call("GET", `/api/conversations/${conversation.id}`)).body.title, named.title);
});

test("pages walk back from the newest message to the first", async () => {
  const conversation = await create();
  const all = Array.from({ length: 23 }, (_, i) => `m${i}`);
  for (const text of all) await append(conversation, text);
  for (const limit of [1, 5, 22, 23, 24]) {
    let seen = [];
    let cursor = null;
    do {
      const { messages, nextCursor } = await page(conversation, `limit=${limit}${cursor ? `&cursor=${cursor}` : ""}`);
      seen = [...texts(messages), ...seen];
      cursor = nextCursor;
    } while (cursor);
    assert.deepEqual(seen, all, `limit ${limit}`);
  }
});

test("an answer given again is a sibling, and the head chooses the path", async () => {
  const conversation = await create();
  const question = (await append(conversation, "question")).body;
  const first = (await append(conversation, "first answer", { role: "assistant", parentId: question.id })).body;
  const follow = (await append(conversation, "follow-up")).body;
  const second = (await append(conversation, "second answer", { role: "assistant", parentId: question.id })).body;
  const now = await page(conversation);
  assert.deepEqual(texts(now.messages), ["question", "second answer"]);
  assert.equal(now.headId, second.id);
  assert.equal(now.messages[1].siblingCount, 2);
  assert.deepEqual(now.messages[1].siblingIds, [first.id, second.id]);
  assert.equal(now.messages[0].siblingCount, 1);
  const switched = await server.call("PATCH", `/api/conversations/${conversation.id}`, { headId: first.id });
  assert.equal(switched.body.headId, follow.id, "the newest leaf below the chosen message");
  assert.deepEqual(texts((await page(conversation)).messages), ["question", "first answer", "follow-up"]);
  assert.deepEqual(texts((await page(conversation, `head=${second.id}`)).messages), ["question", "second answer"]);
  assert.equal((await page(conversation, "all=true")).messages.length, 4);
});

test("a page can end in any message, and goes on from there", async () => {
  const conversation = await create();
  const rows = [];
  for (let at = 0; at < 9; at += 1) rows.push((await append(conversation, `m${at}`)).body);
  const other = (await append(conversation, "another m5", { parentId: rows[4].id })).body;
  const before = await page(conversation, `limit=3&upTo=${rows[6].id}`);
  assert.deepEqual(texts(before.messages), ["m4", "m5", "m6"]);
  assert.deepEqual(before.messages[1].siblingIds, [rows[5].id, other.id]);
  assert.equal(before.headId, rows[8].id, "the newest leaf below it, wherever the head is");
  assert.deepEqual(texts((await page(conversation, `limit=3&cursor=${before.nextCursor}`)).messages), ["m1", "m2", "m3"]);
  const elsewhere = (await append(await create(), "elsewhere")).body;
  const list = (query) => server.call("GET", `/api/conversations/${conversation.id}/messages?${query}`);
  for (const id of [elsewhere.id, ulid()]) assert.equal((await list(`upTo=${id}`)).body.type, "/problems/invalid-field");
  assert.equal((await list("upTo=x")).status, 400);
  assert.equal((await list(`upTo=${other.id}&head=${other.id}`)).body.type, "/problems/invalid-query");
  assert.equal((await list(`upTo=${other.id}&all=true`)).body.type, "/problems/invalid-query");
  assert.equal((await list(`siblingsOf=${other.id}&all=true`)).body.type, "/problems/invalid-query");
});

test("all siblings of a message are listed by page, however many there are", async () => {
  const conversation = await create();
  const question = (await append(conversation, "question")).body;
  const answers = [];
  for (let at = 0; at < 70; at += 1) answers.push((await append(conversation, `answer ${at}`, { role: "assistant", parentId: question.id })).body.id);
  const { messages: shown } = await page(conversation);
  assert.equal(shown[1].siblingCount, 70);
  assert.equal(shown[1].siblingIds.length, 64);
  const listed = [];
  for (let cursor = ""; cursor !== null; ) {
    const { messages, nextCursor, headId } = await page(conversation, `siblingsOf=${answers[3]}&limit=30${cursor && `&cursor=${cursor}`}`);
    assert.equal(headId, null);
    assert.ok(messages.every(({ parentId, siblingCount }) => parentId === question.id && siblingCount === 70));
    listed.push(...messages.map(({ id }) => id));
    cursor = nextCursor;
  }
  assert.deepEqual(listed, answers);
  const list = (query) => server.call("GET", `/api/conversations/${conversation.id}/messages?${query}`);
  assert.equal((await list(`siblingsOf=${ulid()}`)).body.type, "/problems/invalid-field");
  assert.equal((await list("siblingsOf=x")).status, 400);
  const { nextCursor } = await page(conversation, "all=true&limit=1");
  assert.equal((await list(`siblingsOf=${answers[0]}&cursor=${nextCursor}`)).body.type, "/problems/invalid-cursor");
});

test("an edited first question is a new root beside the old one", async () => {
  const conversation = await create();
  const old = (await append(conversation, "old")).body;
  const edited = (await append(conversation, "edited", { parentId: null })).body;
  const { messages } = await page(conversation);
  assert.deepEqual(messages[0].siblingIds, [old.id, edited.id]);
  assert.deepEqual(texts(messages), ["edited"]);
});

test("parents that cannot be are refused", async () => {
  const conversation = await create();
  const elsewhere = (await append(await create(), "elsewhere")).body;
  const id = ulid();
  const type = async (fields) => (await append(conversation, "x", fields)).body.type;
  assert.equal(await type({ parentId: ulid() }), "/problems/parent-unknown");
  assert.equal(await type({ parentId: elsewhere.id }), "/problems/parent-invalid");
  assert.equal(await type({ id, parentId: id }), "/problems/parent-invalid");
  assert.equal((await page(conversation)).messages.length, 0);
});

test("a message id that lives in another conversation is a conflict", async () => {
  const here = await create();
  const there = await create();
  const { id } = (await append(here, "mine")).body;
  assert.equal((await append(there, "mine", { id })).status, 409);
});

test("appends at the same time are all kept, each once", async () => {
  const conversation = await create();
  const sent = Array.from({ length: 200 }, (_, i) => `parallel ${i}`);
  const answers = await Promise.all(sent.map((text) => append(conversation, text)));
  assert.ok(answers.every(({ status }) => status === 201));
  assert.equal(new Set(answers.map(({ body }) => body.seq)).size, 200);
  const all = [];
  for (let cursor = ""; cursor !== null; ) {
    const { messages, nextCursor } = await page(conversation, `all=true&limit=150${cursor && `&cursor=${cursor}`}`);
    all.push(...texts(messages));
    cursor = nextCursor;
  }
  assert.deepEqual([...all].sort(), [...sent].sort());
});

test("PUT makes the list the active path and erases nothing", async () => {
  const id = ulid();
  const message = (text, role = "user") => ({ id: ulid(), role, content: textBlock(text) });
  const [a, b, c] = [message("a"), message("b", "assistant"), message("c")];
  const put = (messages, headers) => server.call("PUT", `/api/conversations/${id}`, { messages }, headers);
  assert.equal((await put([a, b, c])).status, 201);
  const same = await put([a, b, c]);
  assert.equal(same.status, 200);
  assert.equal(same.body.messageCount, 3);
  const edited = { ...b, content: textBlock("b, but better") };
  assert.equal((await put([a, edited])).body.messageCount, 4);
  assert.equal((await put([a, edited])).body.messageCount, 4, "sent again it adds nothing");
  assert.deepEqual(texts((await page({ id })).messages), ["a", "b, but better"]);
  assert.equal((await put([a])).body.messageCount, 4, "absence never means delete");
  assert.equal((await page({ id }, "all=true")).messages.length, 4);
});

test("PUT with a stale If-Match is refused", async () => {
  const conversation = await create();
  await server.call("PATCH", `/api/conversations/${conversation.id}`, { title: "changed meanwhile" });
  const stale = await server.call("PUT", `/api/conversations/${conversation.id}`, { messages: [] }, { "If-Match": `"${conversation.rev}"` });
  assert.equal(stale.status, 412);
});
