// Vendors that a person enters: what happens at once, after another start and after a restore, and that their keys are nowhere to be read.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Server, readEvents, textBlock, ulid } from "./server.mjs";

const canary = "sk-canary-of-the-tests-0123456789";
let keysSeen = [];
const vendor = createServer((request, response) => {
  keysSeen.push(request.headers.authorization ?? "");
  const say = (status, body) => response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  request.resume();
  if (request.headers.authorization !== `Bearer ${canary}`) return say(401, { error: { message: `no such key: ${canary}` } });
  if (request.url === "/v1/models") return say(200, { data: [{ id: "m" }] });
  if (request.url.startsWith("/moves")) return response.writeHead(307, { Location: "http://127.0.0.1:1/" }).end();
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  return response.end(`data: ${JSON.stringify({ choices: [{ delta: { content: "Yes" }, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`);
});
const address = () => `http://127.0.0.1:${vendor.address().port}/v1`;

const folder = mkdtempSync(join(tmpdir(), "threadkeep-vendors-"));
before(async () => {
  vendor.listen(0, "127.0.0.1");
  await once(vendor, "listening");
});
after(async () => {
  await Server.endAll();
  vendor.closeAllConnections();
  vendor.close();
  rmSync(folder, { recursive: true, force: true });
});

const cli = (...args) => spawnSync(Server.binary, args, { encoding: "utf8", env: { PATH: process.env.PATH, HOME: folder } });
const modelsOf = async (server) => (await server.call("GET", "/api/models?anew=true")).body;
const vendorOf = async (server, name) => (await server.call("GET", "/api/vendors")).body.vendors.find((one) => one.name === name);

async function ask(server, model) {
  const id = ulid();
  assert.equal((await server.call("POST", "/api/conversations", { id })).status, 201);
  const response = await fetch(`${server.base}/api/conversations/${id}/generations`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ models: [model], message: { id: ulid(), content: textBlock("Are you there?") } }),
  });
  if (response.status !== 200) return { status: response.status, ...(await response.json()) };
  const events = await readEvents(response);
  return events.findLast(({ event }) => event === "status").data;
}

test("a vendor that is entered is asked at once, until it is removed", async () => {
  const server = await Server.start({ folder });
  try {
    assert.match((await ask(server, "mine/m")).detail, /names a model that this server cannot ask/);
    const entered = await server.call("PUT", "/api/vendors/mine", { label: "Mine", address: address(), key: ` ${canary}\n` }, { "If-None-Match": "*" });
    assert.equal(entered.status, 201);
    assert.deepEqual(entered.body, {
      name: "mine", label: "Mine", protocol: "chat", address: address(), source: "entered", key: "set", keyEnding: "6789", rev: 1, isSetAside: false,
    });
    assert.equal(entered.headers.get("etag"), '"1"');
    assert.ok((await modelsOf(server)).models.some(({ id, vendor: label }) => id === "mine/m" && label === "Mine"));
    assert.equal((await ask(server, "mine/m")).status, "complete");
    assert.equal(statSync(join(folder, "t.db.secret")).mode & 0o7777, 0o600);

    assert.equal((await server.call("PUT", "/api/vendors/mine", { address: address() }, { "If-None-Match": "*" })).status, 412);
    assert.equal((await server.call("PUT", "/api/vendors/mine", { address: address() }, { "If-Match": '"7"' })).status, 412);
    const nothing = await server.call("PUT", "/api/vendors/mine", { address: address() }, { "If-Match": "*" });
    assert.deepEqual([nothing.status, nothing.body.detail], [412, "If-Match names no revision of this vendor."]);
    const renamed = await server.call("PUT", "/api/vendors/mine", { label: "Yours", address: address() }, { "If-Match": '"1"' });
    assert.deepEqual([renamed.status, renamed.body.label, renamed.body.key], [200, "Yours", "set"]);
    assert.equal((await ask(server, "mine/m")).status, "complete");

    const moved = await server.call("PUT", "/api/vendors/mine", { address: `http://127.0.0.1:${vendor.address().port + 1}/v1` });
    assert.equal(moved.body.key, "none", "a key goes nowhere but to where it was entered for");
    assert.equal((await server.call("PUT", "/api/vendors/mine", { address: address() })).body.key, "none");
    keysSeen = [];
    const refused = await ask(server, "mine/m");
    assert.deepEqual([refused.status, refused.error.type], ["error", "auth"]);
    assert.ok(keysSeen.every((key) => key === ""));

    assert.equal((await server.call("DELETE", "/api/vendors/mine")).status, 204);
    assert.equal((await server.call("DELETE", "/api/vendors/mine")).status, 404);
    assert.match((await ask(server, "mine/m")).detail, /names a model that this server cannot ask/);
    assert.ok(!(await modelsOf(server)).away.some(({ name }) => name === "mine"));
  } finally {
    await server.stop();
  }
});

test("what comes from the environment is shown and stays", async () => {
  const server = await Server.start({ env: { GROQ_BASE_URL: address(), GROQ_API_KEY: canary } });
  try {
    const groq = await vendorOf(server, "groq");
    assert.deepEqual([groq.source, groq.key, groq.keyEnding, groq.rev], ["environment", "set", undefined, undefined]);
    assert.equal((await server.call("PUT", "/api/vendors/groq", { key: "another-key" })).status, 409);
    assert.equal((await server.call("DELETE", "/api/vendors/groq")).status, 404);
    assert.equal((await ask(server, "groq/m")).status, "complete");
  } finally {
    await server.stop();
  }
});

test("a key is in no answer, log, file or backup", async () => {
  const server = await Server.start({ folder });
  const seen = [];
  const call = async (...args) => {
    const answer = await server.call(...args);
    seen.push(answer.text, JSON.stringify([...answer.headers]));
    return answer;
  };
  try {
    await call("PUT", "/api/vendors/mine", { address: address(), key: canary });
    for (const body of [{ key: canary, keys: 1 }, { key: `${canary} x` }, { key: [canary] }, { key: canary, address: "nowhere" }, { key: canary, protocol: canary }])
      assert.equal((await call("PUT", "/api/vendors/mine", body)).status, 422);
    assert.equal((await call("PUT", "/api/vendors/mine", `{"key": "${canary}", }`)).status, 400);
    assert.equal((await call("PUT", `/api/vendors/${canary.toUpperCase()}`, { key: canary })).status, 422);
    await call("PUT", "/api/vendors/moves", { address: address().replace("/v1", "/moves/v1"), key: canary });
    await call("PUT", "/api/vendors/wrong", { address: address(), key: `${canary}-` });
    seen.push(JSON.stringify(await ask(server, "mine/m")), JSON.stringify(await ask(server, "moves/m")), JSON.stringify(await ask(server, "wrong/m")));
    for (const path of ["/api/vendors", "/api/models?anew=true", "/api/snapshot", "/api/conversations/changes", "/metrics", "/healthz", "/readyz"]) await call("GET", path);
    for (let i = 0; i < 20; i += 1) await call("PUT", "/api/vendors/mine", { address: address(), key: canary });
    const backup = join(folder, "backup.db");
    assert.equal(cli("backup", "--store", server.store, backup).status, 0);
    for (const name of readdirSync(folder, { recursive: true })) {
      const path = join(folder, name);
      if (statSync(path).isFile()) assert.ok(!readFileSync(path, "latin1").includes(canary), name);
    }
    assert.ok(!readFileSync(backup, "latin1").includes(readFileSync(join(folder, "t.db.secret"), "latin1").trim()), "nor the secret in a backup");
    assert.ok(!seen.concat(server.errors).join("\n").includes(canary));
  } finally {
    await server.stop();
  }
  assert.ok(!server.errors.includes(canary));
});

test("after another start, a restore, and a restore without the secret", async () => {
  const started = async (store, run, env = {}) => {
    const server = await Server.start({ folder, store: `sqlite:${store}`, env });
    try {
      return await run(server);
    } finally {
      await server.stop();
    }
  };
  const original = join(folder, "t.db");
  assert.equal((await started(original, (server) => ask(server, "mine/m"))).status, "complete");
  const elsewhere = join(folder, "elsewhere.db");
  assert.equal(cli("restore", "--store", `sqlite:${elsewhere}`, join(folder, "backup.db")).status, 0);
  assert.equal(cli("check", "--store", `sqlite:${elsewhere}`).status, 0);
  keysSeen = [];
  await started(elsewhere, async (server) => {
    const { key, problem } = await vendorOf(server, "mine");
    assert.equal(key, "lost");
    assert.match(problem, /no longer has the secret.*again/);
    assert.match((await modelsOf(server)).away.find(({ name }) => name === "mine").reason, /again/);
    const refused = await ask(server, "mine/m");
    assert.deepEqual([refused.status, refused.error.type], ["error", "auth"]);
    assert.match(refused.error.detail, /again/);
    assert.deepEqual(keysSeen, [], "nobody is asked without the key");
    const label = (await server.call("PUT", "/api/vendors/mine", { label: "Mine", address: address() })).body;
    assert.equal(label.key, "lost", "a change of the name brings back no key");
    assert.equal((await server.call("PUT", "/api/vendors/mine", { address: address(), key: canary })).body.key, "set");
    assert.equal((await ask(server, "mine/m")).status, "complete");
  });
  rmSync(join(folder, "elsewhere.db.secret"));
  const secret = join(folder, "t.db.secret");
  assert.equal((await started(elsewhere, (server) => vendorOf(server, "mine"), { THREADKEEP_SECRET_FILE: secret })).key, "lost", "that one sealed another");
});

test("a secret that is none, or that others may read, ends the start", () => {
  const secret = join(folder, "another.secret");
  const start = (...more) => cli("serve", "--listen", "127.0.0.1:0", "--store", `sqlite:${join(folder, "t.db")}`, "--secret-file", secret, ...more);
  writeFileSync(secret, "not a secret", { mode: 0o600 });
  const none = start();
  assert.equal(none.status, 78);
  assert.match(none.stderr, /^threadkeep: the secret .* must hold 64 hexadecimal digits\n$/);
  writeFileSync(secret, `${"a".repeat(64)}\n`);
  chmodSync(secret, 0o644);
  assert.match(start().stderr, /chmod 600/);
  assert.equal(cli("serve", "--secret-file", "").status, 78);
});
