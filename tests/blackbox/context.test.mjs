// What does not fit into a model's window is given to it in short, also by a server that was killed in between.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Server, textBlock, ulid } from "./server.mjs";

const asked = [];
const isForSummary = ({ messages }) => /^You keep a conversation short/.test(messages[0].content);
const vendor = createServer(async (request, response) => {
  if (request.url.endsWith("/models")) return response.end(JSON.stringify({ data: [{ id: "m" }] }));
  let body = "";
  for await (const chunk of request) body += chunk;
  const question = JSON.parse(body);
  asked.push(question);
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  const content = isForSummary(question) ? "They counted." : "Yes.";
  response.end(`data: ${JSON.stringify({ choices: [{ delta: { content }, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`);
});

let folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "threadkeep-test-"));
  vendor.listen(0, "127.0.0.1");
  await once(vendor, "listening");
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
  vendor.closeAllConnections();
  vendor.close();
});

const start = (env = {}) =>
  Server.start({ folder, env: { OPENAI_BASE_URL: `http://127.0.0.1:${vendor.address().port}/v1`, THREADKEEP_CONTEXT_TOKENS: "openai/*=6000", ...env } });

async function filled(server) {
  const id = ulid();
  await server.call("POST", "/api/conversations", { id });
  for (let turn = 1; turn <= 5; turn += 1) {
    for (const role of ["user", "assistant"]) await server.call("POST", `/api/conversations/${id}/messages`, { id: ulid(), role, content: textBlock(`${role} ${turn}. ${"a".repeat(900)}`) });
  }
  return id;
}
async function ask(server, id, text) {
  await server.call("POST", `/api/conversations/${id}/generations`, { message: { id: ulid(), content: textBlock(text) }, models: ["openai/m"] });
  const { messages } = (await server.call("GET", `/api/conversations/${id}/messages?limit=1`)).body;
  return { answer: messages[0], request: asked.findLast((one) => !isForSummary(one)) };
}
/** Until nobody is asked in the background any more. */
async function still(countMin) {
  for (let i = 0, count = -1; i < 100 && (count !== asked.length || count < countMin); i += 1) {
    count = asked.length;
    await sleep(250);
  }
}

test("a summary stands in the place of what does not fit; a server that is killed before it is used makes it again", async () => {
  let server = await start();
  const id = await filled(server);
  const first = await ask(server, id, "One?");
  assert.ok(first.answer.metadata.contextFrom, "the oldest are left out");
  await still(2);
  assert.ok(asked.some(isForSummary));
  await server.kill();

  server = await start();
  const second = await ask(server, id, "Two?");
  assert.equal(second.answer.content[0].type, "text", "what was in memory is gone");
  await still(asked.length + 1);
  const third = await ask(server, id, "Three?");
  const [summary, words] = third.answer.content;
  assert.deepEqual([summary.type, summary.text, summary.model, words.text], ["context_summary", "They counted.", "openai/m", "Yes."]);
  assert.equal(third.answer.metadata.contextInShort, true);
  const said = JSON.stringify(third.request.messages);
  assert.equal(said.split("They counted.").length - 1, 1);
  assert.ok(!said.includes("user 1."));
  await server.kill();

  server = await start();
  const fourth = await ask(server, id, "Four?");
  assert.equal(fourth.answer.content[0].type, "text", "it is kept once");
  assert.equal(JSON.stringify(fourth.request.messages).split("They counted.").length - 1, 1);
  await server.stop();
});

test("summaries can be turned off", async () => {
  const server = await start({ THREADKEEP_SUMMARIES: "off" });
  const id = await filled(server);
  const before = asked.filter(isForSummary).length;
  const { answer } = await ask(server, id, "One?");
  assert.ok(answer.metadata.contextFrom);
  await still(0);
  assert.equal(asked.filter(isForSummary).length, before);
  await server.stop();
});

test("a summary without its fields is refused", async () => {
  const server = await start();
  const id = await filled(server);
  const refused = await server.call("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "assistant", content: [{ type: "context_summary", text: "a" }] });
  assert.equal(refused.status, 422);
  assert.match(JSON.stringify(refused.body), /content\[0\]\.from/);
  await server.stop();
});
