import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readEvents, Server, textBlock, ulid } from "./server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

/** A conversation of these texts, one under the other: its id, and the ids of the messages. */
async function chat(...texts) {
  const id = ulid();
  await server.call("POST", "/api/conversations", { id });
  const messages = [];
  for (const text of texts) {
    const { body } = await server.call("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "user", content: textBlock(text) });
    messages.push(body.id);
  }
  return { id, messages };
}
const at = ({ id }, message) => `/api/conversations/${id}/messages/${message}`;
const page = async ({ id }, query = "") => (await server.call("GET", `/api/conversations/${id}/messages?${query}`)).body;
const texts = (messages) => messages.map(({ content }) => content[0]?.text);

test("a deleted message is left out, listed without its words, and kept with them in the trash", async () => {
  const tea = await chat("one", "two", "three");
  const deleted = await server.call("DELETE", at(tea, tea.messages[1]));
  assert.equal(deleted.status, 204);
  assert.equal(deleted.text, "");
  assert.equal((await server.call("DELETE", at(tea, tea.messages[1]))).status, 204);
  assert.deepEqual(texts((await page(tea)).messages), ["one", "three"]);
  assert.deepEqual(texts((await page(tea, "all=true")).messages), ["one", "three"]);
  const listed = (await page(tea, "deleted=true")).messages;
  assert.equal(listed.length, 3);
  assert.deepEqual(listed[1].content, []);
  assert.equal(typeof listed[1].deletedAt, "number");
  assert.equal(listed[1].siblingCount, 0);
  assert.equal(listed[2].parentId, tea.messages[1]);
  assert.deepEqual(texts((await page(tea, "trash=true")).messages), ["two"]);
  const { body } = await server.call("GET", `/api/conversations/${tea.id}`);
  assert.equal(body.messageCount, 2);
  const restored = await server.call("POST", `${at(tea, tea.messages[1])}/restore`);
  assert.equal(restored.status, 200);
  assert.equal(restored.body.messageCount, 3);
  assert.deepEqual(texts((await page(tea)).messages), ["one", "two", "three"]);
});

test("no page, feed or snapshot has the words of a deleted message", async () => {
  const tea = await chat("harmless", "unsayable", "last");
  await server.call("DELETE", at(tea, tea.messages[1]));
  for (const path of [`/api/conversations/${tea.id}/messages?deleted=true`, `/api/conversations/${tea.id}/messages?all=true&deleted=true`, "/api/conversations/changes", "/api/snapshot"]) {
    const { status, text } = await server.call("GET", path);
    assert.equal(status, 200);
    assert.ok(text.includes(tea.messages[1]), path);
    assert.ok(!text.includes("unsayable"), path);
  }
  const again = await server.call("POST", `/api/conversations/${tea.id}/messages`, { id: tea.messages[1], role: "user", content: textBlock("unsayable") });
  assert.equal(again.status, 200);
  assert.ok(!again.text.includes("unsayable"));
});

test("a branch goes and comes back as a whole", async () => {
  const tea = await chat("one", "two", "three", "four");
  assert.equal((await server.call("DELETE", `${at(tea, tea.messages[1])}?branch=true`)).status, 204);
  const shown = await page(tea);
  assert.deepEqual(texts(shown.messages), ["one"]);
  assert.equal(shown.headId, tea.messages[0]);
  await server.call("POST", `${at(tea, tea.messages[1])}/restore?branch=true`);
  assert.deepEqual(texts((await page(tea)).messages), ["one", "two", "three", "four"]);
});

test("for ever is for ever, also after the same message again", async () => {
  const tea = await chat("one", "two");
  assert.equal((await server.call("DELETE", `${at(tea, tea.messages[1])}?forever=true`)).status, 204);
  const again = await server.call("POST", `/api/conversations/${tea.id}/messages`, { id: tea.messages[1], role: "user", content: textBlock("two") });
  assert.equal(again.status, 200);
  assert.equal(again.body.isErased, true);
  await server.call("POST", `${at(tea, tea.messages[1])}/restore`);
  assert.deepEqual(texts((await page(tea)).messages), ["one"]);
  assert.deepEqual((await page(tea, "trash=true")).messages, []);
});

test("another conversation's message, a missing one and a deleted conversation are told as such", async () => {
  const tea = await chat("one");
  const bread = await chat("other");
  for (const method of ["DELETE", "POST"]) {
    const path = (message) => at(tea, message) + (method === "POST" ? "/restore" : "");
    assert.equal((await server.call(method, path(bread.messages[0]))).status, 404);
    assert.equal((await server.call(method, path(ulid()))).status, 404);
    assert.equal((await server.call(method, path("no-id"))).status, 400);
    assert.equal((await server.call(method, `${path(tea.messages[0])}?branch=maybe`)).status, 400);
  }
  await server.call("DELETE", `/api/conversations/${tea.id}`);
  assert.equal((await server.call("DELETE", at(tea, tea.messages[0]))).status, 410);
});

test("a push deletes what it names, and the later wish wins", async () => {
  const tea = await chat("one", "two", "three");
  const { epoch } = (await server.call("GET", "/api/snapshot")).body;
  const run = async (type, messageIds, editedAt, more = {}) => {
    const operation = { id: ulid(), type, conversationId: tea.id, messageIds, editedAt, ...more };
    return (await server.call("POST", "/api/push", { epoch, operations: [operation] })).body.results[0];
  };
  const now = Date.now();
  const deleted = await run("delete-messages", tea.messages.slice(1), now - 50);
  assert.equal(deleted.status, 204);
  assert.equal(deleted.conversation.headId, tea.messages[0]);
  assert.deepEqual(deleted.messages.map(({ id, content, deletedAt }) => [id, content, typeof deletedAt]), tea.messages.slice(1).map((id) => [id, [], "number"]));
  assert.equal((await run("restore-messages", [tea.messages[1]], now - 60)).status, 200);
  assert.deepEqual(texts((await page(tea)).messages), ["one"]);
  await run("restore-messages", [tea.messages[1]], now - 40);
  assert.deepEqual(texts((await page(tea)).messages), ["one", "two"]);
  await run("delete-messages", [tea.messages[1]], now - 45, { forever: true });
  assert.deepEqual(texts((await page(tea)).messages), ["one", "two"]);
  assert.equal((await run("delete-messages", [ulid()], now)).status, 404);
  assert.equal((await run("delete-messages", [], now)).status, 422);
  assert.equal((await run("delete-messages", Array.from({ length: 1001 }, () => ulid()), now)).status, 422);
});

test("deleting an answer that is being written ends it with what it has", async () => {
  const tea = await chat();
  const response = await fetch(`${server.base}/api/conversations/${tea.id}/generations`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ models: ["builtin"], message: { id: ulid(), content: textBlock("Tell me a long story") } }),
  });
  const rest = readEvents(response);
  let answer;
  for (let tries = 0; answer?.status !== "streaming" && tries < 500; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    answer = (await page(tea)).messages[1];
  }
  assert.equal(answer.status, "streaming");
  assert.equal((await server.call("DELETE", at(tea, answer.id))).status, 204);
  // The model is stopped: the stream ends long before the story would.
  assert.equal((await rest).at(-1).event, "end");
  const [kept] = (await page(tea, "trash=true")).messages;
  assert.equal(kept.status, "cancelled");
  assert.ok(kept.content[0].text.length > 0);
  assert.equal((await page(tea)).messages.length, 1);
});
