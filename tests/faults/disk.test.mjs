// The disk of the shipped server is full, read-only, or fails: what is told, what still works, and what is there afterwards.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { readEvents, Server, textBlock, ulid } from "../blackbox/server.mjs";
import { wholeTree } from "./clients.mjs";

afterEach(() => Server.endAll());

const shim = process.env.FAILING_DISK_LIBRARY;

// Runs `body` with a folder that is gone afterwards.
async function inFolder(body) {
  const folder = mkdtempSync(join(tmpdir(), "threadkeep-test-"));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// A conversation on a server, and what of it was acknowledged.
class Talk {
  id = ulid();
  texts = new Map();

  constructor(server) {
    this.server = server;
  }
  static async begin(server) {
    const talk = new Talk(server);
    assert.equal((await server.call("POST", "/api/conversations", { id: talk.id })).status, 201);
    await talk.say("before anything happened");
    return talk;
  }
  append(id, text) {
    return this.server.call("POST", `/api/conversations/${this.id}/messages`, { id, role: "user", content: textBlock(text) });
  }
  async say(text, id = ulid()) {
    const answer = await this.append(id, text);
    assert.equal(answer.status, 201, answer.text);
    this.texts.set(id, text);
  }
  // What was not acknowledged may be there or not, but then once.
  async expectAllThere(unsure = []) {
    const messages = (await wholeTree(this.server, this.id)).filter(({ id }) => !unsure.includes(id));
    assert.deepEqual(messages.map(({ id, content }) => [id, content[0].text]), [...this.texts]);
  }
}

// Writing is refused as `status` while reading works, and works again after `mend`.
async function expectRefusal(talk, { status, type, mend, bytes = 100 }) {
  const id = ulid();
  const text = "x".repeat(bytes);
  for (let i = 0; i < 3; i += 1) {
    const refused = await talk.append(id, text);
    assert.equal(refused.status, status);
    assert.equal(refused.headers.get("content-type"), "application/problem+json");
    assert.equal(refused.body.type, `/problems/${type}`);
    await talk.expectAllThere();
    assert.equal((await talk.server.call("GET", "/api/conversations")).status, 200);
    assert.equal((await talk.server.call("GET", "/healthz")).status, 200);
  }
  await mend();
  await talk.say(text, id);
  assert.equal((await talk.server.call("GET", "/readyz")).status, 200);
  await talk.expectAllThere();
}

// Fills a file system; answers what gives the room back.
function fill(folder) {
  const path = join(folder, "filler");
  const file = openSync(path, "w");
  for (let bytes = 1 << 20; bytes >= 512; ) {
    try {
      writeSync(file, Buffer.alloc(bytes, 1));
    } catch {
      bytes /= 2;
    }
  }
  closeSync(file);
  return () => rmSync(path);
}

test("a full disk: 507, reads go on, and so does writing when there is room", (t) =>
  inFolder(async (folder) => {
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], { stdio: "ignore" });
    } catch {
      t.skip("no file system can be mounted here; the next test fills a file instead");
      return;
    }
    try {
      let server = await Server.start({ folder });
      const talk = await Talk.begin(server);
      const full = { status: 507, type: "storage-full", bytes: 200_000 };
      await expectRefusal(talk, { ...full, mend: fill(folder) });
      // Killed on a full disk and started again on it.
      const makeRoom = fill(folder);
      assert.equal((await talk.append(ulid(), "y".repeat(200_000))).status, 507);
      await server.kill();
      server = talk.server = await Server.start({ folder });
      await expectRefusal(talk, { ...full, mend: makeRoom });
      await server.stop();
      talk.server = await Server.start({ folder });
      await talk.expectAllThere();
      await talk.server.stop();
    } finally {
      execFileSync("umount", [folder]);
    }
  }));

// Fills it by what the store itself writes, so that nothing that it holds can be written anew.
async function fillByWriting(talk) {
  for (const bytes of [20_000, 1]) {
    for (let refused = 0; refused < 20; ) {
      const id = ulid();
      const { status } = await talk.append(id, "x".repeat(bytes));
      if (status === 507) refused += 1;
      else talk.texts.set(id, "x".repeat(bytes));
    }
  }
}

// What the last life left unfinished cannot be ended without room: that keeps nobody from reading.
test("a start on a full disk that holds an unfinished answer: it reads, and ends the answer when there is room", (t) =>
  inFolder(async (folder) => {
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=12m", "tmpfs", folder], { stdio: "ignore" });
    } catch {
      t.skip("no file system can be mounted here");
      return;
    }
    try {
      const server = await Server.start({ folder });
      const talk = await Talk.begin(server);
      const { body: other } = await server.call("POST", "/api/conversations", {});
      const path = `/api/conversations/${other.id}`;
      const ask = (answer) => ({ models: ["builtin"], answerIds: [answer], message: { id: ulid(), content: textBlock("Tell me a long story") } });
      const answer = ulid();
      const stream = await fetch(`${server.base}${path}/generations`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(ask(answer)) });
      await readEvents(stream, ({ event }) => event === "delta");
      await fillByWriting(talk);
      await server.kill();
      const makeRoom = fill(folder);
      const again = (talk.server = await Server.start({ folder }));
      assert.match(again.errors, /cannot be ended yet: There is no room/);
      const stateOf = async (id) => (await again.call("GET", `${path}/messages?all=true`)).body.messages.find((message) => message.id === id)?.status;
      assert.ok(["reserved", "streaming"].includes(await stateOf(answer)));
      assert.equal((await again.call("POST", `${path}/generations`, ask(ulid()))).status, 507);
      await talk.expectAllThere();
      makeRoom();
      execFileSync("mount", ["-o", "remount,size=40m", folder]);
      // Without waiting for anything: the new answer is not taken for the old one's.
      const next = ulid();
      const asked = await again.call("POST", `${path}/generations`, ask(next));
      assert.equal(asked.status, 200);
      assert.equal(await stateOf(next), "complete");
      assert.equal(await stateOf(answer), "interrupted");
      await again.stop();
    } finally {
      execFileSync("umount", [folder]);
    }
  }));

test("a file that may not grow is a full disk", () =>
  inFolder(async (folder) => {
    const server = await Server.start({ folder, through: ["prlimit", "--fsize=700000:unlimited"] });
    const talk = await Talk.begin(server);
    const mend = () => execFileSync("prlimit", ["--pid", `${server.process.pid}`, "--fsize=unlimited"]);
    await expectRefusal(talk, { status: 507, type: "storage-full", bytes: 800_000, mend });
    await server.stop();
  }));

// A server on a disk that `failWith` makes fail.
async function onFailingDisk(body) {
  await inFolder(async (folder) => {
    const control = join(folder, "control");
    writeFileSync(control, "-");
    const file = openSync(control, "r+");
    const failWith = (mode) => writeSync(file, mode, 0);
    const env = { LD_PRELOAD: shim, FAILING_DISK: control };
    const start = () => Server.start({ folder, env });
    try {
      await body({ start, failWith });
    } finally {
      closeSync(file);
    }
  });
}

for (const [mode, what, status, type] of [
  ["F", "full", 507, "storage-full"],
  ["R", "read-only", 503, "storage-unavailable"],
]) {
  test(`a disk that becomes ${what} and is so no more: ${status}, and reads go on`, () =>
    onFailingDisk(async ({ start, failWith }) => {
      const server = await start();
      const talk = await Talk.begin(server);
      failWith(mode);
      assert.equal((await server.call("GET", "/readyz")).status, 503);
      await expectRefusal(talk, { status, type, mend: () => failWith("-") });
      await server.stop();
    }));
}

for (const [mode, what] of [
  ["W", "a write"],
  ["S", "a sync"],
]) {
  test(`when ${what} fails the server says so in one line and ends; the next one has everything`, () =>
    onFailingDisk(async ({ start, failWith }) => {
      const server = await start();
      const talk = await Talk.begin(server);
      failWith(mode);
      const unsure = ulid();
      // 503, or no answer at all: the process is going.
      const refused = await talk.append(unsure, "lost?").catch(() => undefined);
      if (refused) assert.equal(refused.status, 503);
      const { signal } = await server.exited;
      assert.equal(signal, "SIGABRT");
      assert.match(server.errors, /^threadkeep: the database .+ can no longer be written: .+\n$/);
      failWith("-");
      talk.server = await start();
      await talk.expectAllThere([unsure]);
      assert.ok([200, 201].includes((await talk.append(unsure, "lost?")).status));
      talk.texts.set(unsure, "lost?");
      await talk.expectAllThere();
      await talk.server.stop();
    }));
}
