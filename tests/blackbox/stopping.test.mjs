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

// A vendor that asks for as many searches as a round may run, and never says anything else.
async function vendorThatAsksForTools(calls) {
  const asked = { times: 0 };
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      asked.times += 1;
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(data({ content: `round ${asked.times}. ` }));
      const words = Array.from({ length: 40 }, (_, i) => `nowhere${i}`).join(" ");
      const call = (index) => ({ index, id: `call${asked.times}-${index}`, function: { name: "search_conversations", arguments: JSON.stringify({ query: words }) } });
      response.write(data({ tool_calls: Array.from({ length: calls }, (_, index) => call(index)) }));
      response.end(`data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] })}\n\ndata: [DONE]\n\n`);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { asked, url: `http://127.0.0.1:${server.address().port}/v1`, close: () => server.closeAllConnections() || server.close() };
}

test("a round of slow tools does not hold up the stop, and what the model said is kept", async () => {
  const vendor = await vendorThatAsksForTools(32);
  try {
    const server = await Server.start({ env: { OPENAI_BASE_URL: vendor.url, OPENAI_API_KEY: "none" } });
    // Much to look through, so that the searches of a round take long.
    const { body: history } = await server.call("POST", "/api/conversations", {});
    const long = textBlock("one word and another, and nothing that is looked for. ".repeat(15_000));
    for (let i = 0; i < 40; i += 1) await server.call("POST", `/api/conversations/${history.id}/messages`, { role: "user", content: long });
    const { body: conversation } = await server.call("POST", "/api/conversations", {});
    const path = `/api/conversations/${conversation.id}`;
    const answers = Array.from({ length: 4 }, () => ulid());
    const asked = await fetch(`${server.base}${path}/generations`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ models: answers.map(() => "openai/m"), answerIds: answers, tools: ["search_conversations"], message: { id: ulid(), content: textBlock("look for it") } }),
    });
    assert.equal(asked.status, 200);
    const called = new Set();
    await readEvents(asked, ({ event, data: { messageId, block } }) => event === "block" && block.type === "tool_use" && called.add(messageId).size === answers.length);
    // The searches run: an answer to a read is not among what waits for them.
    assert.equal((await server.call("GET", path)).status, 200);
    await endsInTime(server);
    const again = await Server.start({ folder: server.folder, store: server.store });
    const { messages } = (await again.call("GET", `${path}/messages?all=true`)).body;
    for (const id of answers) {
      const { status, content } = messages.find((message) => message.id === id);
      assert.equal(status, "interrupted");
      assert.match(content[0].text, /^round \d/);
      assert.ok(content.some(({ type }) => type === "tool_use"), "what the model asked for is kept");
    }
    // The next server tells the models of the history as before: nothing of the round keeps it from going on.
    const next = await again.call("POST", `${path}/messages`, { role: "user", content: textBlock("and now") });
    assert.equal(next.status, 201);
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
