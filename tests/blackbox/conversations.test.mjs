import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server, textBlock, ulid } from "./server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

const create = async (fields = {}) => (await server.call("POST", "/api/conversations", { id: ulid(), ...fields })).body;
const append = (conversation, text, fields = {}) =>
  server.call("POST", `/api/conversations/${conversation.id}/messages`, { id: ulid(), role: "user", content: textBlock(text), ...fields });

test("a conversation is created once, however often it is sent", async () => {
  const body = { id: ulid(), title: "Rust", model: "builtin", metadata: { b: 1, a: [1.5, "x"] } };
  const first = await server.call("POST", "/api/conversations", body);
  assert.equal(first.status, 201);
  assert.equal(first.headers.get("etag"), `"${first.body.rev}"`);
  assert.equal(first.body.titleSource, "user");
  assert.deepEqual(first.body.metadata, body.metadata);
  assert.ok(first.text.includes('{"b":1,"a":[1.5,"x"]}'), "metadata comes back byte for byte");
  const again = await server.call("POST", "/api/conversations", body);
  assert.equal(again.status, 200);
  assert.equal(again.text, first.text);
  const other = await server.call("POST", "/api/conversations", { ...body, title: "Iron" });
  assert.equal(other.status, 409);
  assert.equal(other.body.type, "/problems/id-conflict");
  assert.equal((await server.call("GET", `/api/conversations/${body.id}`)).body.title, "Rust");
});

test("a lower-case id is the same id", async () => {
  const id = ulid();
  assert.equal((await server.call("POST", "/api/conversations", { id: id.toLowerCase() })).body.id, id);
  assert.equal((await server.call("GET", `/api/conversations/${id.toLowerCase()}`)).body.id, id);
});

test("a missing conversation is 404 with a problem document", async () => {
  const answer = await server.call("GET", `/api/conversations/${ulid()}`);
  assert.equal(answer.status, 404);
  assert.equal(answer.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(Object.keys(answer.body).sort(), ["detail", "instance", "requestId", "status", "title", "type"]);
});

test("patch changes what it names, counts revisions, and refuses a stale writer", async () => {
  const conversation = await create();
  const path = `/api/conversations/${conversation.id}`;
  const renamed = await server.call("PATCH", path, { title: "New name", tags: ["a", "b"], folder: "Work", isPinned: true }, { "If-Match": `"${conversation.rev}"` });
  assert.equal(renamed.status, 200);
  assert.equal(renamed.body.title, "New name");
  assert.equal(renamed.body.titleSource, "user");
  assert.deepEqual(renamed.body.tags, ["a", "b"]);
  assert.ok(renamed.body.rev > conversation.rev);
  assert.equal(renamed.body.updatedAt, conversation.updatedAt, "renaming does not move it in the list");
  const stale = await server.call("PATCH", path, { title: "Old name" }, { "If-Match": `"${conversation.rev}"` });
  assert.equal(stale.status, 412);
  assert.equal((await server.call("GET", path)).body.title, "New name");
  const out = await server.call("PATCH", path, { folder: null });
  assert.equal(out.body.folder, null);
});

test("the list is newest activity first, in pages without gap or repeat", async () => {
  const mine = [];
  for (let i = 0; i < 7; i += 1) mine.push(await create({ title: `page ${i}` }));
  for (const conversation of mine) await append(conversation, "hello");
  const seen = [];
  let cursor = "";
  do {
    const page = await server.call("GET", `/api/conversations?limit=3${cursor && `&cursor=${cursor}`}`);
    assert.equal(page.status, 200);
    assert.ok(page.body.conversations.length <= 3);
    seen.push(...page.body.conversations);
    cursor = page.body.nextCursor;
  } while (cursor);
  assert.equal(new Set(seen.map(({ id }) => id)).size, seen.length);
  for (let i = 1; i < seen.length; i += 1) assert.ok(seen[i - 1].updatedAt >= seen[i].updatedAt);
  for (const { id } of mine) assert.ok(seen.some((one) => one.id === id));
});

test("archived, pinned, folder and tag filter the list", async () => {
  const conversation = await create();
  const path = `/api/conversations/${conversation.id}`;
  await server.call("PATCH", path, { isArchived: true, isPinned: true, folder: "Filter me", tags: ["tägged"] });
  const ids = async (query) => (await server.call("GET", `/api/conversations?limit=200&${query}`)).body.conversations.map(({ id }) => id);
  assert.ok(!(await ids("")).includes(conversation.id));
  assert.ok((await ids("archived=true")).includes(conversation.id));
  assert.ok((await ids("archived=any")).includes(conversation.id));
  assert.deepEqual(await ids("archived=any&folder=Filter%20me"), [conversation.id]);
  assert.deepEqual(await ids("archived=any&tag=t%C3%A4gged"), [conversation.id]);
  assert.ok((await ids("archived=any&pinned=true")).includes(conversation.id));
  assert.ok(!(await ids("archived=any&pinned=false")).includes(conversation.id));
});

test("deleting puts it into the trash, restoring takes it out, and neither is lost by repeating", async () => {
  const conversation = await create({ title: "Trash me" });
  await append(conversation, "keep this");
  const path = `/api/conversations/${conversation.id}`;
  assert.equal((await server.call("DELETE", path)).status, 204);
  assert.equal((await server.call("DELETE", path)).status, 204);
  assert.ok((await server.call("GET", path)).body.deletedAt > 0);
  const trash = await server.call("GET", "/api/conversations?trash=true");
  assert.ok(trash.body.conversations.some(({ id }) => id === conversation.id));
  const refused = await append(conversation, "too late");
  assert.equal(refused.status, 410);
  assert.equal(refused.body.type, "/problems/conversation-deleted");
  assert.equal((await server.call("POST", `${path}/restore`)).status, 200);
  const messages = await server.call("GET", `${path}/messages`);
  assert.equal(messages.body.messages[0].content[0].text, "keep this");
});

test("delete for ever leaves nothing to restore", async () => {
  const conversation = await create({ title: "Gone" });
  await append(conversation, "gone text");
  const path = `/api/conversations/${conversation.id}`;
  assert.equal((await server.call("DELETE", `${path}?forever=true`)).status, 204);
  assert.equal((await server.call("POST", `${path}/restore`)).status, 404);
  assert.ok(!(await server.call("GET", path)).text.includes("Gone"));
});
