import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEvents, Server, textBlock, ulid } from "./server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

const create = async (on = server) => (await on.call("POST", "/api/conversations", { id: ulid() })).body.id;
const begin = (id, body, on = server) =>
  fetch(`${on.base}/api/conversations/${id}/duet`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ models: ["builtin", "builtin"], turns: 3, ...body }),
  });
const rows = async (id, on = server) => (await on.call("GET", `/api/conversations/${id}/messages`)).body.messages;
const textOf = (message) => message.content.filter(({ type }) => type === "text").map(({ text }) => text).join("");
const namesOf = (events, name) => events.filter(({ event }) => event === name).map(({ data }) => data);
const isDone = ({ status }) => !["reserved", "streaming"].includes(status);

test("two models talk for as many turns as were wished, in one stream", async () => {
  const id = await create();
  const response = await begin(id, { prompt: "Hello, who are you?" });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^text\/event-stream/);
  const events = await readEvents(response);
  assert.equal(events.at(-1).event, "end");
  const messages = await rows(id);
  assert.deepEqual(messages.map(({ role }) => role), ["user", "assistant", "assistant", "assistant"]);
  assert.equal(textOf(messages[0]), "Hello, who are you?");
  for (const [at, message] of messages.entries()) {
    assert.equal(message.parentId, at === 0 ? null : messages[at - 1].id);
    assert.equal(message.status, "complete");
    if (at === 0) continue;
    assert.equal(message.model, "builtin");
    assert.deepEqual(message.metadata.duet, { turn: at, turns: 3, models: ["builtin", "builtin"] });
    assert.ok(textOf(message).length > 0);
  }
  assert.deepEqual(namesOf(events, "message").map(({ message }) => message.id), messages.map((message) => message.id));
  assert.deepEqual(namesOf(events, "status").map(({ status }) => status), ["complete", "complete", "complete"]);
});

test("the same request joins, also at the same moment and after the end", async () => {
  const id = await create();
  const body = { prompt: "Hello", id: ulid(), answerId: ulid() };
  const responses = await Promise.all([begin(id, body), begin(id, body), begin(id, body)]);
  for (const response of responses) assert.equal((await readEvents(response)).at(-1).event, "end");
  await readEvents(await begin(id, body));
  assert.equal((await rows(id)).length, 4);
  const conflict = await begin(id, { ...body, prompt: "Other words" });
  assert.equal(conflict.status, 409);
});

test("a reader that leaves stops nothing, and comes back without gap or repeat", async () => {
  const id = await create();
  const response = await begin(id, { prompt: "Hello" });
  const begun = await readEvents(response, ({ event }) => event === "delta");
  await response.body.cancel().catch(() => {});
  const answer = namesOf(begun, "message")[1].message.id;
  const rest = await readEvents(await fetch(`${server.base}/api/generations/${answer}/events`, { headers: { "Last-Event-ID": begun.at(-1).id } }));
  const all = [...begun, ...rest];
  assert.equal(new Set(all.map(({ id: number }) => number)).size, all.length);
  assert.equal(namesOf(all, "message").length, 4);
  // Who knows the last answer alone is told of it.
  const last = (await rows(id)).at(-1);
  const late = await readEvents(await fetch(`${server.base}/api/generations/${last.id}/events`));
  assert.deepEqual(namesOf(late, "message").map(({ message }) => message.id), [last.id]);
});

test("stopping an answer stops the duet, and it can go on", async () => {
  const id = await create();
  const response = await begin(id, { prompt: "Tell me a long story", turns: 50 });
  const begun = await readEvents(response, ({ event }) => event === "delta");
  const first = namesOf(begun, "message")[1].message.id;
  const stopped = await server.call("POST", `/api/generations/${first}/cancel`);
  assert.equal(stopped.body.message.status, "cancelled");
  assert.equal((await rows(id)).length, 2);
  await response.body.cancel().catch(() => {});
  const more = await readEvents(await begin(id, { parentId: first, turns: 2, answerId: ulid() }));
  assert.equal(more.at(-1).event, "end");
  const messages = await rows(id);
  assert.deepEqual(messages.slice(1).map(({ metadata, status }) => [metadata.duet.turn, metadata.duet.turns, status]), [[1, 50, "cancelled"], [2, 3, "complete"], [3, 3, "complete"]]);
});

test("what cannot be a duet is refused", async () => {
  const id = await create();
  const prompt = "Hello";
  const refused = async (body) => (await server.call("POST", `/api/conversations/${id}/duet`, body)).status;
  const models = ["builtin", "builtin"];
  assert.equal(await refused({ models, turns: 2 }), 422);
  assert.equal(await refused({ models, prompt }), 422);
  assert.equal(await refused({ models, turns: 0, prompt }), 422);
  assert.equal(await refused({ models, turns: 51, prompt }), 422);
  assert.equal(await refused({ models, turns: 2, prompt: "" }), 422);
  assert.equal(await refused({ models: ["builtin"], turns: 2, prompt }), 422);
  assert.equal(await refused({ models: ["builtin", "nobody/x"], turns: 2, prompt }), 422);
  assert.equal(await refused({ models, turns: 2, prompt, more: 1 }), 422);
  assert.equal(await refused({ models, turns: 2, parentId: ulid() }), 409);
  assert.equal((await rows(id)).length, 0);
  assert.equal((await server.call("POST", `/api/conversations/${ulid()}/duet`, { models, turns: 2, prompt })).status, 404);
});

for (const how of ["kill", "terminate"]) {
  test(`a server that ends by ${how} in the middle leaves what was said, and the duet can go on`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "threadkeep-duet-"));
    let one = await Server.start({ folder });
    try {
      const id = await create(one);
      const response = await begin(id, { prompt: "Write 60 words", turns: 40 }, one);
      let turns = 0;
      await readEvents(response, ({ event, data }) => event === "message" && data.message.role === "assistant" && ++turns === 3);
      await one[how]();
      await response.body?.cancel().catch(() => {});
      one = await Server.start({ folder });
      const messages = await rows(id, one);
      assert.ok(messages.length >= 4);
      assert.equal(messages.at(-1).status, "interrupted");
      for (const message of messages.slice(1, -1)) assert.equal(message.status, "complete");
      const { duet } = messages.at(-1).metadata;
      const spoke = textOf(messages.at(-1)) ? messages.at(-1) : messages.at(-2);
      await readEvents(await begin(id, { parentId: spoke.id, turns: 1 }, one));
      const after = await rows(id, one);
      assert.equal(after.at(-1).status, "complete");
      assert.equal(after.at(-1).metadata.duet.turn, spoke.metadata.duet.turn + 1);
      assert.ok(duet.turn >= 3);
      assert.ok(after.every(isDone));
    } finally {
      await one.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
