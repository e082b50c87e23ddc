// What is there after the server was killed or stopped.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readEvents, Server, textBlock, ulid } from "./server.mjs";

async function begun(server) {
  const { body } = await server.call("POST", "/api/conversations", { id: ulid() });
  const response = await fetch(`${server.base}/api/conversations/${body.id}/generations`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ models: ["builtin"], message: { id: ulid(), content: textBlock("Tell me a long story") } }),
  });
  let deltas = 0;
  const events = await readEvents(response, ({ event }) => event === "delta" && (deltas += 1) === 40);
  return { conversation: body, response, events, answer: events.filter(({ event }) => event === "message")[1].data.message };
}

for (const [how, end, status] of [
  ["killed", (server) => server.kill(), "interrupted"],
  ["stopped", (server) => server.terminate(), "interrupted"],
]) {
  test(`a server ${how} in mid-answer keeps the question and the partial answer, marked, and goes on`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "threadkeep-test-"));
    try {
      const server = await Server.start({ folder });
      const { conversation, response, answer } = await begun(server);
      await new Promise((resolve) => setTimeout(resolve, 400));
      await end(server);
      await response.body.cancel().catch(() => {});
      const next = await Server.start({ folder });
      const { messages } = (await next.call("GET", `/api/conversations/${conversation.id}/messages`)).body;
      assert.equal(messages[0].content[0].text, "Tell me a long story");
      assert.equal(messages[1].id, answer.id);
      assert.equal(messages[1].status, status);
      assert.ok(messages[1].content[0].text.length > 100);
      const more = await fetch(`${next.base}/api/conversations/${conversation.id}/generations`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ models: ["builtin"], parentId: answer.id }),
      });
      const events = await readEvents(more, ({ event }) => event === "delta");
      assert.equal(events[0].data.message.parentId, answer.id);
      await more.body.cancel().catch(() => {});
      await next.stop();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

test("every acknowledged message is there after a kill", async () => {
  const folder = mkdtempSync(join(tmpdir(), "threadkeep-test-"));
  try {
    const acknowledged = new Map();
    let conversation;
    for (let round = 0; round < 8; round += 1) {
      const server = await Server.start({ folder });
      conversation ??= (await server.call("POST", "/api/conversations", { id: ulid() })).body;
      const path = `/api/conversations/${conversation.id}/messages`;
      const writers = Array.from({ length: 8 }, async () => {
        for (;;) {
          const message = { id: ulid(), role: "user", content: textBlock(`text ${Math.random()}`) };
          try {
            const answer = await server.call("POST", path, message);
            if (answer.status === 201) acknowledged.set(message.id, message.content[0].text);
          } catch {
            return;
          }
        }
      });
      await new Promise((resolve) => setTimeout(resolve, 150 + Math.random() * 200));
      await server.kill();
      await Promise.all(writers);
    }
    const server = await Server.start({ folder });
    const found = new Map();
    for (let cursor = ""; cursor !== null; ) {
      const page = (await server.call("GET", `/api/conversations/${conversation.id}/messages?all=true&limit=200${cursor && `&cursor=${cursor}`}`)).body;
      for (const message of page.messages) {
        assert.ok(!found.has(message.id), "twice");
        found.set(message.id, message.content[0].text);
      }
      cursor = page.nextCursor;
    }
    assert.ok(acknowledged.size > 100, `only ${acknowledged.size} were acknowledged`);
    for (const [id, text] of acknowledged) assert.equal(found.get(id), text);
    assert.equal((await server.call("GET", `/api/conversations/${conversation.id}`)).body.messageCount, found.size);
    await server.stop();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("a second server on the same file refuses to start with one line", async () => {
  const server = await Server.start();
  await assert.rejects(Server.start({ folder: server.folder, store: server.store }), /threadkeep: .+/);
  await server.stop();
});
