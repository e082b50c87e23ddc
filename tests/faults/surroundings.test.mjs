// What others do to the server: stop it for a while, take its descriptors, remove or replace its files, start a second one.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { Server, textBlock, ulid } from "../blackbox/server.mjs";
import { wholeTree } from "./clients.mjs";

afterEach(() => Server.endAll());

async function inFolder(body) {
  const folder = mkdtempSync(join(tmpdir(), "threadkeep-test-"));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function newConversation(server) {
  const id = ulid();
  assert.equal((await server.call("POST", "/api/conversations", { id })).status, 201);
  return id;
}
const append = (server, conversation, id, text = "text") =>
  server.call("POST", `/api/conversations/${conversation}/messages`, { id, role: "user", content: textBlock(text) });
const idsIn = async (server, conversation) => (await wholeTree(server, conversation)).map(({ id }) => id);

test("a server that is stopped for ten seconds goes on where it was", async () => {
  const server = await Server.start();
  const conversation = await newConversation(server);
  const ids = Array.from({ length: 40 }, () => ulid());
  const early = ids.slice(0, 20).map((id) => append(server, conversation, id));
  await early[0];
  server.process.kill("SIGSTOP");
  const late = ids.slice(20).map((id) => append(server, conversation, id));
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  server.process.kill("SIGCONT");
  for (const { status } of await Promise.all([...early, ...late])) assert.equal(status, 201);
  assert.deepEqual(new Set(await idsIn(server, conversation)), new Set(ids));
  await server.stop();
});

test("with 64 descriptors, and 200 connections that say nothing: who asks is served, and writes are stored", async () => {
  const server = await Server.start({ through: ["prlimit", "--nofile=64"] });
  const conversation = await newConversation(server);
  const crowd = Array.from({ length: 200 }, () => connect(server.port, "127.0.0.1").on("error", () => {}));
  const ids = Array.from({ length: 20 }, () => ulid());
  for (const id of ids) assert.equal((await append(server, conversation, id)).status, 201);
  for (const socket of crowd) socket.destroy();
  assert.deepEqual(await idsIn(server, conversation), ids);
  assert.equal((await server.call("GET", "/readyz")).status, 200);
  await server.stop();
});

// Sends until the server has noticed; answers what is certainly stored.
async function sendUntilItEnds(server, conversation, known) {
  let isAcknowledged = true;
  for (let i = 0; i < 100 && isAcknowledged; i += 1) {
    const id = ulid();
    const answer = await append(server, conversation, id).catch(() => undefined);
    isAcknowledged = answer?.status === 201;
    if (isAcknowledged) known.push(id);
  }
  assert.ok(!isAcknowledged, "100 writes into files without a name were acknowledged");
  const { signal } = await server.exited;
  assert.equal(signal, "SIGABRT");
  assert.match(server.errors, /^threadkeep: the database .+ can no longer be written: the file or its log was removed or replaced.+\n$/);
}

for (const [what, remove] of [
  ["log", (folder) => rmSync(join(folder, "t.db-wal"))],
  ["shared memory file", (folder) => rmSync(join(folder, "t.db-shm"))],
]) {
  test(`the ${what} is removed: nothing that was acknowledged is lost`, () =>
    inFolder(async (folder) => {
      const server = await Server.start({ folder });
      const conversation = await newConversation(server);
      const known = [ulid(), ulid(), ulid()];
      for (const id of known) assert.equal((await append(server, conversation, id)).status, 201);
      assert.ok(existsSync(join(folder, "t.db-wal")));
      remove(folder);
      if (what === "log") await sendUntilItEnds(server, conversation, known);
      else await server.kill();
      const next = await Server.start({ folder });
      const found = await idsIn(next, conversation);
      assert.deepEqual(found.slice(0, known.length), known);
      assert.ok(found.length <= known.length + 1);
      await next.stop();
    }));
}

test("the database is replaced by an older copy: noticed at the next write, and the copy stays whole", () =>
  inFolder(async (folder) => {
    const first = await Server.start({ folder });
    const conversation = await newConversation(first);
    const old = [ulid(), ulid()];
    for (const id of old) await append(first, conversation, id);
    await first.stop();
    cpSync(join(folder, "t.db"), join(folder, "copy.db"));
    const server = await Server.start({ folder });
    const known = [];
    for (let i = 0; i < 5; i += 1) await append(server, conversation, ulid());
    renameSync(join(folder, "copy.db"), join(folder, "t.db"));
    await sendUntilItEnds(server, conversation, known);
    assert.deepEqual(known, [], "a write into a file without a name was acknowledged");
    const next = await Server.start({ folder });
    assert.deepEqual(await idsIn(next, conversation), old);
    await next.stop();
  }));

test("a second server on the same file refuses with one line and 78; the first one is not harmed", async () => {
  const server = await Server.start();
  const conversation = await newConversation(server);
  const ids = [];
  let isOver = false;
  const writing = (async () => {
    while (!isOver) {
      const id = ulid();
      assert.equal((await append(server, conversation, id)).status, 201);
      ids.push(id);
    }
  })();
  for (let i = 0; i < 5; i += 1) {
    await assert.rejects(Server.start({ folder: server.folder }), (error) => {
      assert.match(error.message, /^the server ended with 78: threadkeep: the database .+ cannot be used: another process is using it\n$/);
      return true;
    });
  }
  isOver = true;
  await writing;
  assert.deepEqual(await idsIn(server, conversation), ids);
  await server.stop();
});
