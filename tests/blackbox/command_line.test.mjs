// What an operator sees of the command line when something is not as it should be.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const binary = process.env.SERVER_BINARY ?? "build/dev/threadkeep";

// Runs a command to its end; `onStart` gets the process.
function run(args, onStart = () => {}) {
  return new Promise((resolve) => {
    const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"], timeout: 60_000 });
    let out = "";
    let err = "";
    child.stdout.on("data", (bytes) => (out += bytes));
    child.stderr.on("data", (bytes) => (err += bytes));
    child.on("close", (code, signal) => resolve({ code, signal, out, err }));
    onStart(child);
  });
}

async function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), "threadkeep-test-"));
  try {
    await work((name) => join(folder, name), folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const node = (id, parent, children, role, text) => ({
  id,
  parent,
  children,
  message: { author: { role }, create_time: 1.7e9, content: { content_type: "text", parts: [text] } },
});
const conversation = (name, title) => ({ title, conversation_id: name, mapping: { a: node("a", null, ["b"], "user", "hello"), b: node("b", "a", [], "assistant", "hello to you") } });

test("a port that is in use is a matter of configuration: one line and 78", async () => {
  const other = createServer();
  await new Promise((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address();
  try {
    const { code, err } = await run(["serve", "--store", "memory:", "--listen", `127.0.0.1:${port}`]);
    assert.equal(code, 78);
    assert.match(err, /^threadkeep: [^\n]*in use[^\n]*\n$/i);
  } finally {
    other.close();
  }
});

test("a folder is no configuration", () =>
  inFolder(async (_, folder) => {
    const { code, err } = await run(["serve", "--store", "memory:", "--config", folder]);
    assert.equal(code, 78);
    assert.match(err, /^threadkeep: [^\n]*folder[^\n]*\n$/);
  }));

test("a window that is none is refused with one line, wherever it is written", () =>
  inFolder(async (path) => {
    writeFileSync(path("t.toml"), 'context_tokens = "ollama/llama3.2=8k"');
    for (const args of [["--context-tokens", "ollama/llama3.2=8k"], ["--context-tokens", "ollama/llama3.2"], ["--config", path("t.toml")]]) {
      const { code, err } = await run(["serve", "--store", "memory:", "--listen", "127.0.0.1:0", ...args]);
      assert.equal(code, 78, err);
      assert.match(err, /^threadkeep: context_tokens: [^\n]*ollama\/llama3\.2[^\n]*\n$/);
    }
  }));

test("no piece of a password is printed, however it is written", () =>
  inFolder(async (path) => {
    for (const address of ["postgres://ann:se@cret@127.0.0.1:1/chat", "postgres://ann:cret/x@127.0.0.1:1/chat", "postgres://ann:se%40cret@127.0.0.1:1/chat", "postgres://ann:cret"]) {
      for (const args of [["serve", "--store", address], ["check", "--store", address], ["copy", "--from", address, "--to", `sqlite:${path("t.db")}`]]) {
        const { code, out, err } = await run(args);
        assert.notEqual(code, 0);
        assert.doesNotMatch(out + err, /cret/, args.join(" "));
        assert.match(err, /^threadkeep: [^\n]+\n$/);
      }
    }
  }));

test("titles from elsewhere do not drive the terminal", () =>
  inFolder(async (path) => {
    const nasty = "\u001b]0;owned\u0007\u001b[2J\u009b31m\u202Eevil\r\n  conversations  9 found";
    writeFileSync(path("c.json"), JSON.stringify([conversation("good", "fine"), { title: nasty, conversation_id: "c\u001b[2J", mapping: 3 }]));
    const { code, out } = await run(["import", "--store", `sqlite:${path("t.db")}`, path("c.json")]);
    assert.equal(code, 0);
    assert.match(out, /problem .*owned.*evil/);
    assert.doesNotMatch(out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/u);
    assert.equal(out.split("\n").filter((line) => /conversations .* found/.test(line) && !/problem/.test(line)).length, 1);
  }));

test("an import that is stopped says what came in, and the rest comes with the next", () =>
  inFolder(async (path) => {
    const count = 5_000;
    writeFileSync(path("c.json"), JSON.stringify(Array.from({ length: count }, (_, i) => conversation(`c${i}`, `conversation ${i}`))));
    const store = `sqlite:${path("t.db")}`;
    // Once the log holds more than tables without rows, conversations have come in.
    const written = () => (existsSync(path("t.db-wal")) ? statSync(path("t.db-wal")).size : 0);
    const stopOnceRowsAreThere = async (child) => {
      while (written() < 3 << 20 && child.exitCode === null) await pause(5);
      child.kill("SIGINT");
    };
    const stopped = await run(["import", "--store", store, path("c.json")], stopOnceRowsAreThere);
    assert.equal(stopped.code, 1, stopped.err);
    const said = stopped.err.match(/Of the (\d+) conversations that it had read, (\d+) came in/);
    assert.ok(said, stopped.err);
    const cameIn = Number(said[2]);
    assert.ok(cameIn > 0 && cameIn < count, said[0]);
    const rest = await run(["import", "--store", store, path("c.json")]);
    assert.equal(rest.code, 0);
    assert.match(rest.out, new RegExp(`${count} found, ${count - cameIn} imported, ${cameIn} already here`));
  }));
