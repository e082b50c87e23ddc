// One client cannot take the memory, the threads or the connections of the others.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, get } from "node:http";
import { connect } from "node:net";
import { after, afterEach, test } from "node:test";
import { Server, textBlock, ulid } from "./server.mjs";

const mebibyte = 1 << 20;
const isSanitized = Boolean(process.env.ASAN_OPTIONS ?? process.env.TSAN_OPTIONS);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

after(() => Server.endAll());

const sockets = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

// A connection that sends these bytes and, unless told otherwise, reads nothing.
async function open(server, bytes, { isRead = false } = {}) {
  const socket = connect(server.port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => {});
  if (!isRead) socket.pause();
  await new Promise((resolve) => socket.on("connect", resolve));
  for (const piece of [bytes].flat()) {
    if (!socket.write(piece)) await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), new Promise((resolve) => socket.once("close", resolve)), pause(2_000)]);
  }
  return socket;
}

// Memory that is no file, in MiB.
const resident = (server) => Number(readFileSync(`/proc/${server.process.pid}/status`, "utf8").match(/RssAnon:\s+(\d+)/)[1]) >> 10;

async function watchMemory(server, work) {
  let most = 0;
  const look = setInterval(() => (most = Math.max(most, resident(server))), 50);
  await work();
  clearInterval(look);
  return most;
}

// Asks again and again while `work` runs; returns what each request took, in ms.
async function timesDuring(server, path, work) {
  const times = [];
  let isOver = false;
  const asking = (async () => {
    while (!isOver) {
      const began = performance.now();
      const { status } = await server.call("GET", path);
      assert.equal(status, 200, path);
      times.push(performance.now() - began);
      await pause(20);
    }
  })();
  try {
    await work();
  } finally {
    isOver = true;
    await asking;
  }
  return times.sort((a, b) => a - b);
}

test("bodies that lack their last byte hold no more than the budget, and others are served", async () => {
  const server = await Server.start();
  const before = resident(server);
  const piece = Buffer.alloc(mebibyte, " ");
  const body = [...Array.from({ length: 7 }, () => piece), piece.subarray(1)];
  const most = await watchMemory(server, async () => {
    for (let i = 0; i < 60; i += 1) {
      await open(server, [`POST /api/conversations HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Type: application/json\r\nContent-Length: ${8 * mebibyte}\r\n\r\n`, ...body], { isRead: true });
      if (i % 10 === 9) assert.equal((await server.call("GET", "/healthz")).status, 200);
    }
    await pause(2_000);
    assert.equal((await server.call("POST", "/api/conversations", { id: ulid() })).status, 201);
    assert.equal((await server.call("GET", "/api/conversations")).status, 200);
  });
  if (!isSanitized) assert.ok(most < before + 160, `${before} MiB before, ${most} MiB at the most`);
  for (const socket of sockets.splice(0)) socket.destroy();
  await pause(8_000);
  if (!isSanitized) assert.ok(resident(server) < before + 70, `${resident(server)} MiB stay`);
  await server.stop();
});

test("pages that nobody reads are not made, and others are served", async () => {
  const server = await Server.start();
  const conversation = ulid();
  await server.call("POST", "/api/conversations", { id: conversation });
  const message = { id: ulid(), role: "user", content: textBlock("a".repeat(4 * mebibyte - 100)) };
  assert.equal((await server.call("POST", `/api/conversations/${conversation}/messages`, message)).status, 201);
  const before = resident(server);
  const page = `GET /api/conversations/${conversation}/messages?limit=200 HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`;
  const most = await watchMemory(server, async () => {
    for (let i = 0; i < 60; i += 1) await open(server, page.repeat(16));
    await pause(3_000);
    for (let i = 0; i < 20; i += 1) {
      assert.equal((await server.call("GET", "/healthz")).status, 200);
      assert.equal((await server.call("GET", "/api/conversations")).status, 200);
    }
  });
  if (!isSanitized) assert.ok(most < before + 220, `${before} MiB before, ${most} MiB at the most`);
  await server.stop();
});

const node = (id, parent, children, role, text) => ({ id, parent, children, message: { author: { role }, create_time: 1.7e9, content: { content_type: "text", parts: [text] } } });
const exported = (from, count) =>
  JSON.stringify(Array.from({ length: count }, (_, i) => ({ title: `c${from + i}`, conversation_id: `c${from + i}`, mapping: { a: node("a", null, ["b"], "user", "hello ".repeat(40)), b: node("b", "a", [], "assistant", "answer ".repeat(80)) } })));

test("imports hold up nobody, the next ones wait, and more are told to come back", async () => {
  const server = await Server.start();
  assert.equal((await server.call("POST", "/api/conversations", { id: ulid() })).status, 201);
  const imports = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => server.call("POST", "/api/import?name=x.json", exported(n * 10_000, n < 6 ? 1_000 : 10)));
  const work = async () => {
    const replies = await Promise.all(imports);
    assert.ok(replies.every(({ status }) => status === 200 || status === 503));
    assert.ok(replies.filter(({ status }) => status === 200).length >= 6);
    for (const { status, headers, body } of replies) {
      if (status === 503) assert.deepEqual([body.type, headers.get("retry-after")], ["/problems/unavailable", "1"]);
    }
  };
  const [health, ready, list] = await Promise.all(["/healthz", "/readyz", "/api/conversations"].map((path) => timesDuring(server, path, work)));
  // Bounds for a busy machine: when handlers shared threads with imports these took as long as the imports.
  const p99 = (times) => times[Math.floor((times.length - 1) * 0.99)];
  assert.ok(p99(health) < 500, `health took ${p99(health)} ms`);
  assert.ok(p99(ready) < 2_000, `ready took ${p99(ready)} ms`);
  assert.ok(p99(list) < 2_000, `the list took ${p99(list)} ms`);
  assert.ok(health.length > 20);
  await server.stop();
});

test("a stop ends an import at the next conversation, and says what came in", async () => {
  const server = await Server.start();
  const imports = [0, 1, 2].map((n) => server.call("POST", "/api/import?name=x.json", exported(n * 100_000, 12_000)));
  while ((await server.call("GET", "/api/conversations")).body.conversations.length < 5) await pause(100);
  const began = Date.now();
  server.process.kill("SIGTERM");
  const settled = await Promise.allSettled(imports);
  const { code } = await server.exited;
  assert.equal(code, 0);
  assert.ok(Date.now() - began < 10_000, `the stop took ${Date.now() - began} ms`);
  const cameIn = [];
  for (const { status, value } of settled) {
    if (status === "rejected") continue; // it was still on its way
    const { body } = value;
    assert.equal(value.status, 503);
    cameIn.push(Number(body.detail.match(/Of the \d+ conversations that it had read, (\d+) came in/)?.[1] ?? 0));
  }
  assert.ok(Math.max(...cameIn) > 0, `${cameIn}`);
  const again = await Server.start({ folder: server.folder, store: server.store });
  let found = 0;
  for (let cursor = ""; cursor !== null; ) {
    const { body } = await again.call("GET", `/api/conversations?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    found += body.conversations.length;
    cursor = body.nextCursor ?? null;
  }
  assert.equal(found, cameIn.reduce((a, b) => a + b));
  await again.stop();
  await server.stop();
});

test("half-open heads keep nobody out where there are few descriptors", async () => {
  const server = await Server.start({ through: ["sh", "-c", 'ulimit -n 256; exec "$@"', "sh"] });
  for (let i = 0; i < 400; i += 1) await open(server, `GET /api/me HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n`);
  for (let i = 0; i < 10; i += 1) {
    const began = Date.now();
    assert.equal((await server.call("GET", "/healthz")).status, 200);
    assert.equal((await server.call("POST", "/api/conversations", { id: ulid() })).status, 201);
    assert.ok(Date.now() - began < 2_000);
  }
  await server.stop();
});

test("the number of open files is raised to what is allowed", async () => {
  const server = await Server.start({ through: ["sh", "-c", 'ulimit -Sn 256; exec "$@"', "sh"] });
  const [, soft, hard] = readFileSync(`/proc/${server.process.pid}/limits`, "utf8").match(/Max open files\s+(\d+)\s+(\d+)/);
  assert.equal(Number(soft), Math.min(Number(hard), 65_536));
  await server.stop();
});

// Resolves to the status when the head of the answer is there. Who reads nothing costs the test nothing either.
const watch = (server, answer) =>
  new Promise((resolve, reject) => {
    const request = get(`${server.base}/api/generations/${answer}/events`, { agent: false }, (response) => {
      response.pause();
      resolve({ status: response.statusCode, leave: () => request.destroy() });
    }).on("error", reject);
  });

test("a user has 1,024 streams of answers; one that is closed frees its place", async () => {
  const silent = createServer((request, response) => {
    if (request.method === "GET") response.end(JSON.stringify({ data: [{ id: "silent", object: "model" }] }));
    else response.writeHead(200, { "Content-Type": "text/event-stream" }).flushHeaders();
  });
  await once(silent.listen(0, "127.0.0.1"), "listening");
  const server = await Server.start({ env: { OPENAI_BASE_URL: `http://127.0.0.1:${silent.address().port}/v1`, OPENAI_API_KEY: "a-key" } });
  const { body: conversation } = await server.call("POST", "/api/conversations", { id: ulid() });
  const answer = ulid();
  const asked = await fetch(`${server.base}/api/conversations/${conversation.id}/generations`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ models: ["openai/silent"], answerIds: [answer], message: { id: ulid(), content: textBlock("Are you there?") } }),
  });
  assert.equal(asked.status, 200);
  const watchers = [];
  while (watchers.length < 1023) watchers.push(...(await Promise.all(Array.from({ length: 33 }, () => watch(server, answer)))));
  assert.ok(watchers.every(({ status }) => status === 200));
  const refused = await server.call("GET", `/api/generations/${answer}/events`);
  assert.equal(`${refused.status} ${refused.body.type}`, "429 /problems/too-many-streams");
  watchers.pop().leave();
  for (let status = 429; status === 429; ) {
    const next = await watch(server, answer);
    status = next.status;
    next.leave();
  }
  for (const { leave } of watchers) leave();
  await asked.body.cancel();
  await server.stop();
  silent.closeAllConnections();
  silent.close();
});
