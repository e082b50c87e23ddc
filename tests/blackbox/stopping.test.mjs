// SIGTERM ends the server within 10 s, whatever goes on, and what came in until then is there.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { readEvents, Server, textBlock, ulid } from "./server.mjs";

after(() => Server.endAll());

const data = (delta) => `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`;

// A vendor that says these words and then nothing more, without closing.
async function vendorThatStalls(words) {
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const word of words) response.write(data({ content: word }));
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/v1`, close: () => server.closeAllConnections() || server.close() };
}

async function endsInTime(server) {
  const began = Date.now();
  server.process.kill("SIGTERM");
  const { code } = await server.exited;
  assert.equal(code, 0, server.errors);
  assert.ok(Date.now() - began < 10_000, `it took ${Date.now() - began} ms`);
}

test("a model that has fallen silent does not hold up the stop, and what it said is kept", async () => {
  const vendor = await vendorThatStalls(["first ", "words"]);
  try {
    const server = await Server.start({ env: { OPENAI_BASE_URL: vendor.url, OPENAI_API_KEY: "none" } });
    const { body: conversation } = await server.call("POST", "/api/conversations", {});
    const path = `/api/conversations/${conversation.id}`;
    const answers = Array.from({ length: 8 }, () => ulid());
    const asked = await fetch(`${server.base}${path}/generations`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ models: answers.map(() => "openai/m"), answerIds: answers, message: { id: ulid(), content: textBlock("go on") } }),
    });
    assert.equal(asked.status, 200);
    const begun = new Set();
    await readEvents(asked, ({ event, data: { messageId, text } }) => event === "delta" && text.includes("words") && begun.add(messageId).size === answers.length);
    await endsInTime(server);
    const again = await Server.start({ folder: server.folder, store: server.store });
    const { messages } = (await again.call("GET", `${path}/messages?all=true`)).body;
    for (const id of answers) {
      const { status, content } = messages.find((message) => message.id === id);
      assert.deepEqual([status, content[0].text], ["interrupted", "first words"]);
    }
    await again.stop();
    await server.stop();
  } finally {
    vendor.close();
  }
});

test("an import of one long conversation stops in the middle of it, and goes on the next time", async () => {
  const server = await Server.start();
  const count = 60_000;
  const node = (i) => `"${i}":{"message":{"author":{"role":"user"},"content":"message ${i}"}${i > 0 ? `,"parent":"${i - 1}"` : ""}}`;
  const file = `[{"id":"c","title":"long","create_time":1700000000,"mapping":{${Array.from({ length: count }, (_, i) => node(i)).join(",")}}}]`;
  const importing = server.call("POST", "/api/import?name=long.json", file).catch(() => null);
  const list = async (at) => (await at.call("GET", "/api/conversations")).body.conversations;
  while ((await list(server)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await endsInTime(server);
  const reply = await importing;
  if (reply) {
    assert.equal(reply.status, 503);
    assert.match(reply.body.detail, /stopped\. Of the 1 conversations that it had read, 1 came in .*; \d+ messages were added/);
  }
  const again = await Server.start({ folder: server.folder, store: server.store });
  const [{ messageCount }] = await list(again);
  assert.ok(messageCount > 0 && messageCount < count, `${messageCount}`);
  const rest = await again.call("POST", "/api/import?name=long.json", file);
  assert.equal(rest.status, 200);
  assert.deepEqual([rest.body.messages.alreadyHere, rest.body.messages.imported], [messageCount, count - messageCount]);
  await again.stop();
  await server.stop();
});
