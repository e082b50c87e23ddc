// The commands that look after a store, as a person runs them beside a server.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Server, textBlock, ulid } from "./server.mjs";

// A database with our application id whose schema_version says 4711, and nothing else.
const newerDatabase = gunzipSync(Buffer.from("H4sIAAAAAAACAwsO9MksSVVIyy/KTSxRMGZgYmBkZHBQUGBgYGAGYiYGBGAEYhY0PhiEZGQXMGAHzAx6yYy8IMWMCxmAaBSQCmIZ2cQ1NRnLSxKTclKLkzNScxPjy1KLijPz81B5TM5Bro4hrgohjk4+rgqocgoaMIaTp7unX4iCnz8Qh/r4aELi5hcDEI2CEQVYGJmYhNIBTOMDUAAEAAA=", "base64"));

const binary = process.env.SERVER_BINARY ?? "build/dev/threadkeep";

// Runs a command to its end; `onStart` gets the process.
function run(args, onStart = () => {}) {
  return new Promise((resolve) => {
    const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let err = "";
    child.stdout.on("data", (bytes) => (out += bytes));
    child.stderr.on("data", (bytes) => (err += bytes));
    child.on("exit", (code, signal) => resolve({ code, signal, out, err }));
    onStart(child);
  });
}

async function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), "threadkeep-test-"));
  try {
    await work(folder, (name) => `sqlite:${join(folder, name)}`, (name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// Eight writers, until stopped; answers the ids that were acknowledged by then, in their order.
function writeSteadily(server, conversation) {
  const acknowledged = [];
  let isEnding = false;
  const writers = Array.from({ length: 8 }, async () => {
    while (!isEnding) {
      const id = ulid();
      const answer = await server.call("POST", `/api/conversations/${conversation}/messages`, { id, role: "user", content: textBlock(id.repeat(20)) });
      assert.equal(answer.status, 201);
      acknowledged.push(id);
    }
  });
  return {
    acknowledged,
    async stop() {
      isEnding = true;
      await Promise.all(writers);
    },
  };
}

async function allIds(server, conversation) {
  const ids = new Set();
  for (let cursor = ""; cursor !== null; ) {
    const { body } = await server.call("GET", `/api/conversations/${conversation}/messages?all=true&limit=200${cursor && `&cursor=${cursor}`}`);
    for (const message of body.messages) ids.add(message.id);
    cursor = body.nextCursor;
  }
  return ids;
}

test("the drill: a backup under load, restored elsewhere, served, and checked", async () => {
  await inFolder(async (folder, store, file) => {
    const server = await Server.start({ folder });
    const conversation = (await server.call("POST", "/api/conversations", { id: ulid() })).body.id;
    const load = writeSteadily(server, conversation);
    while (load.acknowledged.length < 100) await new Promise((resolve) => setTimeout(resolve, 10));
    const before = [...load.acknowledged];
    const backup = await run(["backup", "--store", store("t.db"), file("backup.db")]);
    assert.equal(backup.code, 0, backup.err);
    assert.match(backup.out, /rows of schema \d+, read back, digest [0-9a-f]{64}\n$/);
    const checked = await run(["check", "--store", store("t.db")]);
    assert.deepEqual([checked.code, checked.err], [0, ""], checked.out);
    assert.match(checked.out, /^1 conversation, \d+ messages?, 0 findings\n$/);
    await load.stop();

    for (const command of [["restore", "--replace", file("backup.db")], ["check", "--repair"], ["migrate"]]) {
      const refused = await run([...command, "--store", store("t.db")]);
      assert.equal(refused.code, 1);
      assert.match(refused.err, /^threadkeep: [^\n]*another process is using it\n$/);
    }
    await server.stop();

    const restored = await run(["restore", "--store", store("elsewhere.db"), file("backup.db")]);
    assert.equal(restored.code, 0, restored.err);
    assert.match(restored.out, /epoch \d+ begins/);
    const again = await Server.start({ store: store("elsewhere.db") });
    const ids = await allIds(again, conversation);
    for (const id of before) assert.ok(ids.has(id), "acknowledged before the backup, and not in it");
    await again.stop();
    assert.equal((await run(["check", "--store", store("elsewhere.db")])).code, 0);

    const refused = await run(["restore", "--store", store("t.db"), file("backup.db")]);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /holds conversations; nothing was changed/);
    const replaced = await run(["restore", "--replace", "--store", store("t.db"), file("backup.db")]);
    assert.equal(replaced.code, 0, replaced.err);
    assert.match(replaced.out, /what was there is kept in .*t\.db\.before-restore-/);
  });
});

test("a backup goes over nothing that somebody needs, while messages are acknowledged", async () => {
  await inFolder(async (folder, store, file) => {
    const server = await Server.start({ folder });
    const conversation = ulid();
    await server.call("POST", "/api/conversations", { id: conversation });
    const load = writeSteadily(server, conversation);
    while (load.acknowledged.length < 50) await new Promise((resolve) => setTimeout(resolve, 5));
    symlinkSync(file("t.db"), file("link.db"));
    writeFileSync(file("diary.txt"), "dear diary");
    const refusals = [];
    for (const name of ["t.db", "t.db-wal", "t.db-shm", "t.db.lock", "t.db.blobs/b.db", "link.db", "diary.txt", "/dev/full"]) {
      const target = name.startsWith("/") ? name : file(name);
      for (const flags of [[], ["--replace"]]) refusals.push(["backup", ...flags, "--store", server.store, target]);
    }
    for (const name of ["t.db", "link.db"]) refusals.push(["restore", "--replace", "--store", server.store, file(name)]);
    for (const name of ["link.db", "t.db-wal", "t.db.lock"]) refusals.push(["copy", "--from", server.store, "--to", store(name)]);
    refusals.push(["restore", "--replace", "--store", "sqlite:/dev/full", file("whole.db")], ["copy", "--from", server.store, "--to", "sqlite:/dev/full"]);
    assert.equal((await run(["backup", "--store", server.store, file("whole.db")])).code, 0);
    for (const args of refusals) {
      const { code, err } = await run(args);
      assert.equal(code, 1, `${args.join(" ")}: ${err}`);
      assert.match(err, /^threadkeep: [^\n]+\n$/);
    }
    assert.match((await run(["backup", "--store", server.store, file("whole.db")])).err, /--replace/);
    assert.equal((await run(["backup", "--replace", "--store", server.store, file("whole.db")])).code, 0);
    await load.stop();
    await server.terminate();
    assert.equal(readFileSync(file("diary.txt"), "utf8"), "dear diary");
    assert.ok(statSync("/dev/full").isCharacterDevice());
    const again = await Server.start({ folder });
    const ids = await allIds(again, conversation);
    for (const id of load.acknowledged) assert.ok(ids.has(id), "an acknowledged message is lost");
    await again.stop();
  });
});

test("a backup with one flipped bit in a message is not restored", async () => {
  await inFolder(async (folder, store, file) => {
    const server = await Server.start({ folder });
    const { body } = await server.call("POST", "/api/conversations", { id: ulid() });
    await server.call("POST", `/api/conversations/${body.id}/messages`, { id: ulid(), role: "user", content: textBlock("a word to be found") });
    assert.equal((await run(["backup", "--store", server.store, file("backup.db")])).code, 0);
    await server.stop();
    const bytes = readFileSync(file("backup.db"));
    bytes[bytes.indexOf("a word to be found") + 2] ^= 1;
    writeFileSync(file("backup.db"), bytes);
    const refused = await run(["restore", "--store", store("new.db"), file("backup.db")]);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /^threadkeep: [^\n]*is damaged[^\n]*\n$/);
    assert.ok(!readdirSync(folder).includes("new.db"));
  });
});

test("what a restore brings back is checked, and a flaw in it is said by line and exit code", async () => {
  await inFolder(async (folder, store, file) => {
    const server = await Server.start({ folder });
    const title = "a title on one line";
    assert.equal((await server.call("POST", "/api/conversations", { id: ulid(), title })).status, 201);
    await server.stop();
    // As an earlier version might have stored it.
    const bytes = readFileSync(file("t.db"));
    bytes[bytes.indexOf(title) + 1] = 10;
    writeFileSync(file("t.db"), bytes);
    assert.equal((await run(["check", "--store", server.store])).code, 1);
    assert.equal((await run(["backup", "--store", server.store, file("backup.db")])).code, 0);
    const restored = await run(["restore", "--store", store("new.db"), file("backup.db")]);
    assert.equal(restored.code, 3, restored.err);
    assert.match(restored.out, /epoch \d+ begins/);
    assert.match(restored.err, /^threadkeep: it is in place, and 1 thing in it is not as it must be: `threadkeep check`[^\n]*\n$/);
    assert.equal((await run(["check", "--repair", "--store", store("new.db")])).code, 0);
  });
});

test("a copy that is interrupted is no store, goes on, and is equal in the end", async () => {
  await inFolder(async (folder, store) => {
    const server = await Server.start({ folder });
    const conversation = (await server.call("POST", "/api/conversations", { id: ulid() })).body.id;
    const load = writeSteadily(server, conversation);
    while (load.acknowledged.length < 800) await new Promise((resolve) => setTimeout(resolve, 20));
    await load.stop();
    const copy = ["copy", "--from", store("t.db"), "--to", store("copy.db")];
    const live = await run(copy);
    assert.equal(live.code, 0, live.err);
    assert.match(live.out, /equal, row by row\na server is using the source/);
    await server.call("POST", `/api/conversations/${conversation}/messages`, { id: ulid(), role: "user", content: textBlock("later") });
    const differs = await run([...copy, "--compare"]);
    assert.equal(differs.code, 1);
    assert.match(differs.err, /is missing in the target/);
    await server.stop();

    const stopped = await run(copy, (child) => {
      // Its lock file is there once it has begun with the target.
      setTimeout(() => child.kill("SIGINT"), 5);
    });
    if (stopped.code !== 0 && stopped.signal === null) assert.match(stopped.err, /goes on from here|stopped/);
    const done = await run(copy);
    assert.equal(done.code, 0, done.err);
    const digests = [...done.out.matchAll(/digest ([0-9a-f]{64})/g)].map(([, digest]) => digest);
    assert.equal(digests.length, 2);
    assert.equal(digests[0], digests[1]);

    const target = await Server.start({ store: store("copy.db") });
    assert.equal((await allIds(target, conversation)).size, load.acknowledged.length + 1);
    await target.stop();
    const refused = await run(copy);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /holds conversations of its own/);
  });
});

test("what cannot be done is one line and an exit code", async () => {
  await inFolder(async (folder, store, file) => {
    const none = store("none.db");
    for (const [args, code, line] of [
      [["backup", "--store", none, file("b.db")], 1, /is not there/],
      [["check", "--store", none], 1, /is not there/],
      [["restore", "--store", none, file("b.db")], 1, /is not there/],
      [["copy", "--from", none, "--to", store("x.db")], 1, /is not there/],
      [["copy", "--from", none, "--to", none], 1, /name the same store/],
      [["copy", "--from", "elsewhere", "--to", none], 78, /--from: store: must be/],
      [["copy", "--to", none], 78, /--from is required/],
      [["backup", "--store", "memory:", file("b.db")], 1, /store in memory/],
      [["backup"], 78, /FILE is required/],
    ]) {
      const ended = await run(args);
      assert.equal(ended.code, code, `${args}: ${ended.err}`);
      assert.match(ended.err, /^threadkeep: [^\n]+\n$/, args.join(" "));
      assert.match(ended.err, line);
    }
    assert.ok(!readdirSync(folder).includes("none.db"), "nothing was made by asking");
  });
});

test("a copy that has not come to its end is neither checked nor backed up: one line says why", async () => {
  await inFolder(async (folder, store, file) => {
    const server = await Server.start({ folder });
    await server.call("POST", "/api/conversations", { id: ulid() });
    await server.stop();
    assert.equal((await run(["copy", "--from", store("t.db"), "--to", store("half.db")])).code, 0);
    // Its mark, as it was until the last moment.
    const bytes = readFileSync(file("half.db"));
    const mark = bytes.indexOf("copyF");
    assert.ok(mark > 0);
    bytes.write("copyU", mark);
    writeFileSync(file("half.db"), bytes);
    for (const args of [["check"], ["check", "--repair"], ["backup", file("half.backup")]]) {
      const ended = await run([...args, "--store", store("half.db")]);
      assert.equal(ended.code, 1, `${args}: ${ended.out}`);
      assert.match(ended.err, /^threadkeep: [^\n]*has not come to its end[^\n]*\n$/);
      assert.equal(ended.out, "");
    }
    assert.ok(!readdirSync(folder).includes("half.backup"));
  });
});

test("a store of a newer version is refused by every command with one line and 78", async () => {
  await inFolder(async (folder, store, file) => {
    writeFileSync(file("t.db"), newerDatabase);
    for (const args of [["serve", "--listen", "127.0.0.1:0"], ["check"], ["check", "--repair"], ["migrate"]]) {
      const ended = await run([...args, "--store", store("t.db")]);
      assert.equal(ended.code, 78, `${args}: ${ended.err}`);
      assert.match(ended.err, /^threadkeep: [^\n]*newer version of Threadkeep[^\n]*\n$/);
    }
  });
});
