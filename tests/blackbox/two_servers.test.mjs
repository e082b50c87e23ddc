// Two server processes on one PostgreSQL database.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readEvents, Server, textBlock, ulid } from "./server.mjs";

// The folder of PostgreSQL's socket; "" where there is none.
function findPostgres() {
  let state = process.env.TEST_POSTGRES;
  if (!state) {
    state = join(mkdtempSync(join(tmpdir(), "threadkeep-test-")), "where");
    execFileSync("tests/store/postgres_cluster", ["start", state, String(process.pid)]);
  }
  return existsSync(state) ? readFileSync(state, "utf8") : "";
}

const postgres = findPostgres();
if (!postgres && process.env.CI === "true") throw new Error("PostgreSQL 15 is not installed");
const needs = postgres ? {} : { skip: "PostgreSQL 15 is not installed: scripts/setup test" };

let one;
let other;
before(async () => {
  if (!postgres) return;
  const name = `two${process.pid}`;
  execFileSync("psql", ["-q", "-h", postgres, "-U", "postgres", "-c", `CREATE DATABASE ${name}`]);
  const store = `postgres:///${name}?user=postgres&host=${postgres}`;
  // At once: one of them makes the tables.
  const env = { THREADKEEP_SECRET_FILE: join(mkdtempSync(join(tmpdir(), "threadkeep-test-")), "secret") };
  writeFileSync(env.THREADKEEP_SECRET_FILE, `${"5e".repeat(32)}\n`, { mode: 0o600 });
  [one, other] = await Promise.all([Server.start({ store, env }), Server.start({ store, env })]);
});
after(() => Promise.all([one?.stop(), other?.stop()]));

const create = async (server) => (await server.call("POST", "/api/conversations", { id: ulid() })).body;
const append = (server, conversation, id = ulid()) =>
  server.call("POST", `/api/conversations/${conversation.id}/messages`, { id, role: "user", content: textBlock("hello") });
const ask = (server, conversation) =>
  fetch(`${server.base}/api/conversations/${conversation.id}/generations`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ models: ["builtin"], message: { id: ulid(), content: textBlock("Tell me a long story") } }),
  });

test("what is written at one is read at the other, and a retry there is the same message", needs, async () => {
  const conversation = await create(one);
  const id = ulid();
  assert.equal((await append(one, conversation, id)).status, 201);
  const { messages } = (await other.call("GET", `/api/conversations/${conversation.id}/messages`)).body;
  assert.deepEqual(messages.map((message) => message.id), [id]);
  assert.equal((await append(other, conversation, id)).status, 200);
});

test("a write at one is told to the devices of the other", needs, async () => {
  const conversation = await create(one);
  const leaving = new AbortController();
  const response = await fetch(`${other.base}/api/events`, { signal: leaving.signal });
  const { seq } = (await append(one, conversation)).body;
  const told = await readEvents(response, ({ event, data }) => event === "poke" && data.seq >= seq);
  assert.equal(told[0].event, "hello");
  leaving.abort();
  const { conversations } = (await other.call("GET", "/api/conversations?limit=1")).body;
  assert.ok(conversations[0].seq >= seq);
});

test("an answer is followed, and stopped, through the other process", needs, async () => {
  const conversation = await create(one);
  const response = await ask(one, conversation);
  const [, { data }] = await readEvents(response, ({ event, data: { message } = {} }) => event === "message" && message?.role === "assistant");
  const answer = data.message;
  const followed = readEvents(await fetch(`${other.base}/api/generations/${answer.id}/events`));
  const stopped = await other.call("POST", `/api/generations/${answer.id}/cancel`);
  assert.equal(stopped.body.message.status, "cancelled");
  assert.equal((await followed).at(-1).event, "end");
  // The process that wrote it has let go of it.
  const events = await readEvents(await fetch(`${one.base}/api/generations/${answer.id}/events`));
  assert.equal(events.findLast(({ event }) => event === "status").data.status, "cancelled");
  assert.equal(events.at(-1).event, "end");
  await response.body.cancel().catch(() => {});
});

test("the start of a third process leaves the answers of the others alone", needs, async () => {
  const conversation = await create(one);
  const response = await ask(one, conversation);
  const events = await readEvents(response, ({ event }) => event === "delta");
  const answer = events.filter(({ event }) => event === "message")[1].data.message;
  const third = await Server.start({ store: one.store });
  await third.stop();
  const { messages } = (await other.call("GET", `/api/conversations/${conversation.id}/messages`)).body;
  assert.match(messages[1].status, /reserved|streaming/);
  assert.equal((await one.call("POST", `/api/generations/${answer.id}/cancel`)).body.message.status, "cancelled");
  await response.body.cancel().catch(() => {});
});

test("a vendor that is entered at one is asked at the other at once, with its key", needs, async () => {
  const put = (server, key) => server.call("PUT", "/api/vendors/mine", { address: "http://127.0.0.1:1/v1", key });
  const at = async (server) => (await server.call("GET", "/api/vendors")).body.vendors.find(({ name }) => name === "mine");
  const isAway = async (server) => (await server.call("GET", "/api/models")).body.away.some(({ name }) => name === "mine");
  assert.equal((await put(one, "a-key-that-is-long-1234")).status, 201);
  assert.deepEqual([(await at(other)).key, (await at(other)).keyEnding, await isAway(other)], ["set", "1234", true]);
  assert.equal((await put(other, "a-key-that-is-long-5678")).status, 200);
  assert.equal((await at(one)).keyEnding, "5678");
  assert.equal((await other.call("DELETE", "/api/vendors/mine")).status, 204);
  assert.equal(await isAway(one), false);
});

test("a server without the secret keeps no key, and one whose secret is missing does not start", needs, async () => {
  const without = await Server.start({ store: one.store });
  try {
    assert.equal((await without.call("GET", "/api/vendors")).body.keepsKeys, false);
    const refused = await without.call("PUT", "/api/vendors/mine", { address: "https://vendor.invalid/v1", key: "a-key" });
    assert.deepEqual([refused.status, refused.body.detail], [404, "This server has no secret that a key could be sealed with."]);
  } finally {
    await without.stop();
  }
  await assert.rejects(Server.start({ store: one.store, env: { THREADKEEP_SECRET_FILE: "/nowhere/secret" } }), /78.*\/nowhere\/secret is not there/);
});
