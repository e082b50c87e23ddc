// Conversations are named by their model after the first answer, and never over a name that a person gave them.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Server, textBlock, ulid } from "./server.mjs";

const naming = /^You name conversations/;
const requests = [];
let titles = [];
let hold = Promise.resolve();
const vendor = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const asked = JSON.parse(body);
  requests.push(asked);
  const isNaming = naming.test(asked.messages[0].content);
  const title = isNaming ? (titles.shift() ?? "A title nobody asked for") : "It draws for three minutes.";
  if (isNaming) await hold;
  if (title.status) {
    response.writeHead(title.status, { "Content-Type": "application/json" });
    return response.end(JSON.stringify({ error: { message: "No" } }));
  }
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.end(`data: ${JSON.stringify({ choices: [{ delta: { content: title }, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`);
});

const servers = [];
async function start(env = {}) {
  const server = await Server.start({ env: { OPENAI_BASE_URL: `http://127.0.0.1:${vendor.address().port}/v1`, THREADKEEP_TITLES: "model", ...env } });
  servers.push(server);
  return server;
}
let server;
before(async () => {
  vendor.listen(0, "127.0.0.1");
  await once(vendor, "listening");
  server = await start();
});
after(async () => {
  for (const one of servers) await one.stop();
  vendor.closeAllConnections();
  vendor.close();
});

async function ask(text, { on = server, id = ulid(), model = "openai/m", title } = {}) {
  await on.call("POST", "/api/conversations", { id, title });
  await on.call("POST", `/api/conversations/${id}/generations`, { message: { id: ulid(), content: textBlock(text) }, models: [model] });
  return id;
}
const row = async (id, on = server) => (await on.call("GET", `/api/conversations/${id}`)).body;
async function becomes(id, titleSource) {
  for (let i = 0; i < 200; i += 1) {
    const conversation = await row(id);
    if (conversation.titleSource === titleSource) return conversation;
    await sleep(20);
  }
  return assert.fail(`the title is still ${JSON.stringify(await row(id))}`);
}
const namings = () => requests.filter(({ messages }) => naming.test(messages[0].content));

test("the excerpt at once, then what the model calls it, on all devices", async () => {
  const { nextCursor } = (await server.call("GET", "/api/conversations/changes")).body;
  titles = ["\"Wie lange der Tee zieht\""];
  let release;
  hold = new Promise((resolve) => (release = resolve));
  const id = await ask("Wie lange muss der Tee ziehen?");
  assert.equal((await row(id)).titleSource, "excerpt", "the answer does not wait for it");
  release();
  const named = await becomes(id, "model");
  assert.equal(named.title, "Wie lange der Tee zieht");
  const asked = namings().at(-1);
  assert.equal(asked.tools, undefined);
  assert.match(asked.messages.at(-1).content, /Wie lange muss der Tee ziehen\?[^]*three minutes/);
  const changes = (await server.call("GET", `/api/conversations/changes?since=${encodeURIComponent(nextCursor)}`)).body;
  assert.equal(changes.conversations.find((one) => one.id === id).title, "Wie lange der Tee zieht");
  // The next answer names nothing.
  const before = namings().length;
  await server.call("POST", `/api/conversations/${id}/generations`, { message: { id: ulid(), parentId: named.headId, content: textBlock("Danke") }, models: ["openai/m"] });
  await sleep(150);
  assert.equal(namings().length, before);
});

test("devices that listen are told", async () => {
  const abort = new AbortController();
  const stream = await fetch(`${server.base}/api/events`, { signal: abort.signal });
  let heard = "";
  const reading = (async () => {
    for await (const piece of stream.body) heard += Buffer.from(piece).toString();
  })().catch(() => {});
  titles = ["Making tea on a train"];
  const id = await ask("Tea on a train?");
  await becomes(id, "model");
  for (let i = 0; i < 100 && !heard.includes("Making tea on a train"); i += 1) await sleep(20);
  abort.abort();
  await reading;
  assert.match(heard, /event: title\r?\ndata: .*Making tea on a train/);
});

test("a name that a person gave stays, whenever it was given", async () => {
  const before = namings().length;
  const own = await ask("Tea?", { title: "Mine" });
  await sleep(100);
  assert.equal((await row(own)).title, "Mine");
  assert.equal(namings().length, before, "nobody is asked");

  let release;
  hold = new Promise((resolve) => (release = resolve));
  titles = ["Too late by a second"];
  const late = await ask("Tea?");
  for (let i = 0; i < 100 && namings().length === before; i += 1) await sleep(20);
  await server.call("PATCH", `/api/conversations/${late}`, { title: "Named meanwhile" });
  release();
  await sleep(200);
  assert.equal((await row(late)).title, "Named meanwhile");
  assert.equal((await row(late)).titleSource, "user");
  const refused = await server.call("POST", `/api/conversations/${late}/title`);
  assert.equal(refused.status, 409);
  assert.equal(refused.body.type.split("/").at(-1), "title-by-person");
});

test("a title is made again when it is asked for", async () => {
  titles = ["The first one", "The second one"];
  const id = await ask("Tea?");
  await becomes(id, "model");
  const again = await server.call("POST", `/api/conversations/${id}/title`);
  assert.equal(again.status, 200, again.text);
  assert.equal(again.body.title, "The second one");
  assert.equal(again.headers.get("etag"), `"${again.body.rev}"`);

  titles = ["I am sorry, but I can really not think of any title for this at all today"];
  const none = await server.call("POST", `/api/conversations/${id}/title`);
  assert.equal(none.status, 409);
  assert.equal((await row(id)).title, "The second one");
  titles = [{ status: 401 }];
  const failed = await server.call("POST", `/api/conversations/${id}/title`);
  assert.equal(failed.status, 502, failed.text);
  assert.match(failed.body.detail, /API key/);
  // Named by a person and given back.
  await server.call("PATCH", `/api/conversations/${id}`, { title: "Mine" });
  await server.call("PATCH", `/api/conversations/${id}`, { title: "" });
  titles = ["The third one"];
  assert.equal((await server.call("POST", `/api/conversations/${id}/title`)).body.title, "The third one");
});

test("what cannot be named says so", async () => {
  const at = (id) => server.call("POST", `/api/conversations/${id}/title`);
  assert.equal((await at(ulid())).status, 404);
  const empty = ulid();
  await server.call("POST", "/api/conversations", { id: empty, model: "openai/m" });
  assert.match((await at(empty)).text, /nothing-to-name/);
  const builtin = await ask("Tea?", { model: "builtin" });
  assert.match((await at(builtin)).text, /no-model/);
  await server.call("DELETE", `/api/conversations/${builtin}`);
  assert.equal((await at(builtin)).status, 410);
});

test("a vendor that fails leaves the excerpt, and a server may be told to ask for none", async () => {
  titles = [{ status: 500 }];
  const id = await ask("Does this fail?");
  await sleep(200);
  assert.equal((await row(id)).title, "Does this fail?");
  const quiet = await start({ THREADKEEP_TITLES: "excerpt" });
  const before = namings().length;
  const kept = await ask("Tea?", { on: quiet });
  await sleep(150);
  assert.equal((await row(kept, quiet)).titleSource, "excerpt");
  assert.equal(namings().length, before);
});

test("a reader that leaves takes no title along", async () => {
  titles = ["What nobody waited for"];
  const id = ulid();
  await server.call("POST", "/api/conversations", { id });
  const abort = new AbortController();
  await fetch(`${server.base}/api/conversations/${id}/generations`, {
    method: "POST", headers: { "Content-Type": "application/json" }, signal: abort.signal,
    body: JSON.stringify({ message: { id: ulid(), content: textBlock("Anyone?") }, models: ["openai/m"] }),
  }).catch(() => {});
  abort.abort();
  assert.equal((await becomes(id, "model")).title, "What nobody waited for");
});
