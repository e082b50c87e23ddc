import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readEvents, Server, textBlock, ulid } from "./server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

const create = async () => (await server.call("POST", "/api/conversations", { id: ulid() })).body;
const start = (conversation, body) =>
  fetch(`${server.base}/api/conversations/${conversation.id}/generations`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ models: ["builtin"], ...body }),
  });
const ask = (conversation, text, fields = {}) => start(conversation, { message: { id: ulid(), content: textBlock(text) }, ...fields });
const page = async (conversation) => (await server.call("GET", `/api/conversations/${conversation.id}/messages`)).body;
const rowsOf = (events) => events.filter(({ event }) => event === "message").map(({ data }) => data.message);
const textOf = (message) => message.content.filter(({ type }) => type === "text").map(({ text }) => text).join("");

// What a client shows after these events.
function replayed(events, id) {
  let blocks = [];
  for (const { event, data } of events) {
    if (event === "message" && data.message.id === id) blocks = data.message.content.map((block) => ({ ...block }));
    if (data.messageId !== id) continue;
    if (event === "delta" && data.type === "text") {
      blocks[data.index] ??= { type: "text", text: "" };
      blocks[data.index].text += data.text;
    }
    if (event === "block") blocks[data.index] = data.block;
  }
  return textOf({ content: blocks });
}

test("a question is answered, streamed, stored, and titled", async () => {
  const conversation = await create();
  const response = await ask(conversation, "Hello, who are you?");
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^text\/event-stream/);
  const events = await readEvents(response);
  const [question, answer] = rowsOf(events);
  assert.equal(question.role, "user");
  assert.equal(answer.status, "reserved");
  assert.equal(answer.parentId, question.id);
  assert.equal(events.at(-1).event, "end");
  const title = events.find(({ event }) => event === "title");
  assert.deepEqual(title.data, { conversationId: conversation.id, title: "Hello, who are you?" });
  const { messages } = await page(conversation);
  assert.equal(messages[1].status, "complete");
  assert.ok(textOf(messages[1]).length > 20);
  assert.equal(replayed(events, answer.id), textOf(messages[1]));
  assert.ok(events.every(({ id }) => id));
});

test("the same question sent again joins the same answer", async () => {
  const conversation = await create();
  const message = { id: ulid(), content: textBlock("Count to three") };
  const [first, second] = await Promise.all([start(conversation, { message }), start(conversation, { message })]);
  const [one, two] = await Promise.all([readEvents(first), readEvents(second)]);
  const later = await readEvents(await start(conversation, { message }));
  const { messages } = await page(conversation);
  assert.equal(messages.length, 2);
  assert.equal(messages[1].siblingCount, 1);
  for (const events of [one, two, later]) assert.equal(replayed(events, messages[1].id), textOf(messages[1]));
});

test("a client that leaves stops nothing, and can come back after any event", async () => {
  const conversation = await create();
  const response = await ask(conversation, "Tell me a long story");
  const begun = await readEvents(response, ({ event }) => event === "delta");
  await response.body.cancel().catch(() => {});
  const id = rowsOf(begun)[1].id;
  const rest = await fetch(`${server.base}/api/generations/${id}/events`, { headers: { "Last-Event-ID": begun.at(-1).id } });
  const more = await readEvents(rest, ({ event }) => event === "delta");
  await rest.body.cancel().catch(() => {});
  const third = await fetch(`${server.base}/api/generations/${id}/events`, { headers: { "Last-Event-ID": more.at(-1).id } });
  setTimeout(() => server.call("POST", `/api/generations/${id}/cancel`), 600);
  const last = await readEvents(third);
  const whole = [...begun, ...more, ...last];
  assert.equal(new Set(whole.map((event) => event.id)).size, whole.length, "no event twice");
  const { messages } = await page(conversation);
  assert.equal(replayed(whole, id), textOf(messages[1]));
  assert.ok(textOf(messages[1]).length > 40);
});

test("a hundred reloads, each at another place of a running answer, end with the same text", async () => {
  const conversation = await create();
  const seen = [];
  const reloads = [];
  // Goes on reading from there, and leaves again after a few events.
  const reload = async (events, until) => {
    const rest = await fetch(`${server.base}/api/generations/${rowsOf(events)[1].id}/events`, { headers: { "Last-Event-ID": events.at(-1).id } });
    const more = await readEvents(rest, until);
    await rest.body.cancel().catch(() => {});
    return [...events, ...more];
  };
  await readEvents(await ask(conversation, "Tell me a long story"), (event) => {
    seen.push(event);
    const begin = seen.findIndex((each, i) => rowsOf(seen.slice(0, i + 1)).length === 2) + 1;
    if (begin === 0 || reloads.length === 100) return false;
    const from = seen.slice(0, begin + Math.floor(Math.random() * (seen.length - begin + 1)));
    let few = Math.floor(Math.random() * 4);
    reloads.push(reload(from, () => few-- === 0));
    if (reloads.length === 100) setTimeout(() => server.call("POST", `/api/generations/${rowsOf(seen)[1].id}/cancel`), 300); // it tells stories for half a minute
    return false;
  });
  const [, answer] = (await page(conversation)).messages;
  const text = textOf(answer);
  assert.equal(replayed(seen, answer.id), text);
  assert.equal(reloads.length, 100);
  for (const events of await Promise.all(reloads)) {
    const whole = events.at(-1).event === "end" ? events : await reload(events);
    assert.equal(whole.at(-1).event, "end");
    assert.equal(replayed(whole, answer.id), text);
  }
});

test("who comes back after the end gets the end, and no message again", async () => {
  const conversation = await create();
  const events = await readEvents(await ask(conversation, "Hello"));
  const id = rowsOf(events)[1].id;
  for (const [left, seen] of events.slice(-3).reverse().entries()) {
    const response = await fetch(`${server.base}/api/generations/${id}/events`, { headers: { "Last-Event-ID": seen.id } });
    assert.equal(response.status, 200);
    const text = await response.text(); // to the proper end of the body
    const ids = [...text.matchAll(/^id: (.*)$/gm)].map((found) => found[1]);
    assert.deepEqual(ids, events.slice(left === 0 ? -1 : -left).map((event) => event.id));
    assert.match(text, /event: end\n/);
  }
});

test("stop keeps the text, answers after it is stored, and is harmless again", async () => {
  const conversation = await create();
  const response = await ask(conversation, "Tell me a long story");
  const begun = await readEvents(response, ({ event }) => event === "delta");
  const id = rowsOf(begun)[1].id;
  const stopped = await server.call("POST", `/api/generations/${id}/cancel`);
  assert.equal(stopped.status, 200);
  assert.equal(stopped.body.message.status, "cancelled");
  assert.ok(textOf(stopped.body.message).length > 0);
  const again = await server.call("POST", `/api/generations/${id}/cancel`);
  assert.deepEqual(again.body, stopped.body);
  const many = await Promise.all(Array.from({ length: 20 }, () => server.call("POST", `/api/generations/${id}/cancel`)));
  assert.ok(many.every(({ body }) => body.message.seq === stopped.body.message.seq));
});

test("asking again makes a sibling; two models give two", async () => {
  const conversation = await create();
  await readEvents(await ask(conversation, "Hello"));
  const question = (await page(conversation)).messages[0];
  const answerIds = [ulid()];
  await readEvents(await start(conversation, { parentId: question.id, answerIds }));
  await readEvents(await start(conversation, { parentId: question.id, answerIds }));
  const now = await page(conversation);
  assert.equal(now.headId, answerIds[0]);
  assert.equal(now.messages[1].siblingCount, 2, "a retry with the same answerIds adds nothing");
  const both = await create();
  const events = await readEvents(await ask(both, "Hello twice", { models: ["builtin", "builtin"] }));
  assert.equal(rowsOf(events).length, 3);
  assert.equal((await page(both)).messages[1].siblingCount, 2);
});

test("a cut answer is continued as its child", async () => {
  const conversation = await create();
  const response = await ask(conversation, "Tell me a long story");
  const begun = await readEvents(response, ({ event }) => event === "delta");
  const id = rowsOf(begun)[1].id;
  const stopped = (await server.call("POST", `/api/generations/${id}/cancel`)).body.message;
  const continued = await start(conversation, { parentId: id });
  const more = await readEvents(continued, ({ event }) => event === "delta");
  const child = rowsOf(more)[0];
  assert.equal(child.parentId, id);
  const end = (await server.call("POST", `/api/generations/${child.id}/cancel`)).body.message;
  assert.ok(textOf(end).length > 0);
  assert.ok(!textOf(end).startsWith(textOf(stopped).slice(0, 30)), "it does not begin again");
});

test("asked to find something, the built-in model searches the history with its tool", async () => {
  const old = await create();
  await server.call("POST", `/api/conversations/${old.id}/messages`, { role: "user", content: textBlock("My sister's recipe needs marmalade and saffron.") });
  await server.call("PATCH", `/api/conversations/${old.id}`, { title: "Kitchen notes" });
  const conversation = await create();
  await readEvents(await ask(conversation, "Find marmalade in my conversations", { tools: ["search_conversations"] }));
  const answer = (await page(conversation)).messages[1];
  const use = answer.content.find(({ type }) => type === "tool_use");
  const result = answer.content.find(({ type }) => type === "tool_result");
  assert.equal(use.name, "search_conversations");
  assert.equal(result.toolUseId, use.id);
  assert.ok(JSON.stringify(result.content).includes("Kitchen notes"));
  assert.ok(textOf(answer).includes("Kitchen notes"));
});

test("without being allowed to, no model reads other conversations", async () => {
  const conversation = await create();
  await readEvents(await ask(conversation, "Find marmalade in my conversations"));
  const answer = (await page(conversation)).messages[1];
  assert.ok(answer.content.every(({ type }) => type === "text"), JSON.stringify(answer.content));
  assert.ok(!textOf(answer).includes("Kitchen notes"));
});

test("what cannot be started is a problem, not a stream", async () => {
  const conversation = await create();
  const status = async (body) => (await start(conversation, body)).status;
  assert.equal(await status({ models: ["nobody/knows"], message: { content: textBlock("x") } }), 422);
  assert.equal(await status({ models: [], message: { content: textBlock("x") } }), 422);
  assert.equal(await status({}), 422);
  assert.equal(await status({ tools: ["read_minds"], message: { content: textBlock("x") } }), 422);
  assert.equal(await status({ parentId: ulid() }), 409);
  assert.equal((await start({ id: ulid() }, { message: { content: textBlock("x") } })).status, 404);
  assert.equal((await server.call("GET", `/api/generations/${ulid()}/events`)).status, 404);
  assert.equal((await server.call("POST", `/api/generations/${ulid()}/cancel`)).status, 404);
});

test("the models that answer are listed, the built-in one first", async () => {
  const { body } = await server.call("GET", "/api/models");
  assert.equal(body.models[0].id, "builtin");
  assert.ok(body.models.some(({ id }) => id === body.default));
});
