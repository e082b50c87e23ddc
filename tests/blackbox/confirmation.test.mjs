// Calls of tools that wait for the person's word: shown, decided once, carried out once, whatever happens meanwhile.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { McpServer, ToolVendor, until } from "./mcp_server.mjs";
import { readEvents, Server, textBlock, ulid } from "./server.mjs";

const folder = mkdtempSync(join(tmpdir(), "threadkeep-confirmation-"));
let vendor, mcp, server, release;

const isReady = () => until(async () => (await server.call("GET", "/api/tools")).body.servers[0]?.state === "ready", "the list of tools");
async function startServer() {
  server = await Server.start({ folder, env: { ...vendor.env, THREADKEEP_MCP: `test=${mcp.url}` } });
  await isReady();
}
before(async () => {
  vendor = await ToolVendor.start();
  mcp = await McpServer.start();
  mcp.addTool("hold", async () => (await new Promise((resolve) => (release = resolve)), { content: [{ type: "text", text: "held" }] }));
  await startServer();
});
beforeEach(() => ((vendor.rounds = []), (vendor.asked = []), (mcp.received = [])));
after(async () => {
  release?.();
  await server?.stop();
  await mcp?.stop();
  vendor?.stop();
  rmSync(folder, { recursive: true });
});

const asked = [["test__echo", { say: "tea" }]];
async function start(rounds, { conversation = ulid(), path = "generations", body = {} } = {}) {
  await server.call("POST", "/api/conversations", { id: conversation });
  vendor.rounds = rounds;
  const answer = ulid();
  const whole = { message: { id: ulid(), content: textBlock("Use it.") }, models: ["openai/m"], answerIds: [answer], ...body };
  const response = await fetch(`${server.base}/api/conversations/${conversation}/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(whole) });
  assert.equal(response.status, 200);
  const events = await readEvents(response);
  return { conversation, answer, events };
}
const rowOf = async ({ conversation }, id) => (await server.call("GET", `/api/conversations/${conversation}/messages?all=true`)).body.messages.find((row) => row.id === id);
const usesOf = (row) => row.content.filter(({ type }) => type === "tool_use");
const resultsOf = (row) => row.content.filter(({ type }) => type === "tool_result");
const textOf = (row) => row.content.filter(({ type }) => type === "text").map(({ text }) => text).join("");

// Decides alike about every call that waits.
async function decide(chat, decision, more = {}) {
  const row = await rowOf(chat, chat.answer);
  const done = new Set(resultsOf(row).map(({ toolUseId }) => toolUseId));
  const decisions = usesOf(row).filter(({ id }) => !done.has(id)).map(({ id }) => ({ toolUseId: id, decision }));
  return server.call("POST", `/api/generations/${chat.answer}/decisions`, { decisions, ...more });
}
const ended = (chat, id) => until(async () => {
  const row = await rowOf(chat, id);
  return row && !["reserved", "streaming"].includes(row.status) && row;
}, "the end of the answer");

test("a call waits, is allowed once, and the answer under it has the result and goes on", async () => {
  const chat = await start([asked]);
  const row = await rowOf(chat, chat.answer);
  assert.deepEqual([row.status, row.metadata.finishReason], ["complete", "confirmation"]);
  assert.deepEqual(usesOf(row).map(({ name, input }) => [name, input]), [["test__echo", { say: "tea" }]]);
  assert.equal(mcp.callsOf("echo").length, 0);
  const decided = await decide(chat, "allow");
  assert.equal(decided.status, 201);
  assert.equal(decided.body.message.parentId, chat.answer);
  assert.deepEqual(decided.body.message.metadata.decisions, ["allow"]);
  const child = await ended(chat, decided.body.message.id);
  assert.deepEqual([child.status, resultsOf(child)[0].content, textOf(child)], ["complete", "You said tea", "Done."]);
  assert.equal(mcp.callsOf("echo").length, 1);
  // To the vendor it is one turn.
  assert.deepEqual(vendor.asked.at(-1).messages.map(({ role }) => role), ["user", "assistant", "tool"]);
  assert.deepEqual(vendor.told(), ["You said tea"]);
  // And so it is in what is asked later.
  await start([], { conversation: chat.conversation });
  assert.deepEqual(vendor.asked.at(-1).messages.map(({ role }) => role), ["user", "assistant", "tool", "assistant", "user"]);
  const head = (await server.call("GET", `/api/conversations/${chat.conversation}/messages`)).body.messages.map(({ id }) => id);
  assert.ok(head.includes(child.id));
});

test("a denied call is not run, and the model is told", async () => {
  const chat = await start([asked]);
  const { body } = await decide(chat, "deny");
  const child = await ended(chat, body.message.id);
  assert.equal(resultsOf(child)[0].isError, true);
  assert.match(vendor.told()[0], /did not allow/);
  assert.equal(mcp.callsOf("echo").length, 0);
});

test("calls that need no word run at once, in one round with those that wait", async () => {
  const chat = await start([[["current_time", {}], ...asked]], { body: { tools: ["current_time"] } });
  const row = await rowOf(chat, chat.answer);
  assert.equal(row.metadata.finishReason, "confirmation");
  assert.equal(resultsOf(row).length, 1);
  assert.ok(resultsOf(row)[0].content.unixMs);
  const child = await ended(chat, (await decide(chat, "allow")).body.message.id);
  assert.equal(textOf(child), "Done.");
  assert.deepEqual(vendor.asked.at(-1).messages.map(({ role }) => role), ["user", "assistant", "tool", "tool"]);
});

test("what is allowed in the conversation runs at once from then on, until it is taken back", async () => {
  const chat = await start([asked]);
  vendor.rounds = [asked];
  const child = await ended(chat, (await decide(chat, "allow-conversation")).body.message.id);
  // It asked once more, and was not asked about.
  assert.equal(resultsOf(child).length, 2);
  const path = `/api/conversations/${chat.conversation}`;
  assert.deepEqual((await server.call("GET", path)).body.settings.allowedTools, ["test__echo"]);
  const next = await start([asked], { conversation: chat.conversation });
  assert.equal((await rowOf(next, next.answer)).metadata.finishReason, undefined);
  assert.equal(mcp.callsOf("echo").length, 3);
  assert.equal((await server.call("PATCH", path, { settings: { allowedTools: null } })).status, 200);
  const last = await start([asked], { conversation: chat.conversation });
  assert.equal((await rowOf(last, last.answer)).metadata.finishReason, "confirmation");
  // A file gives no leave.
  assert.equal((await server.call("PATCH", path, { settings: { allowedTools: ["test__echo"] } })).status, 200);
});

test("the first decision stays: a retry and another device join it", async () => {
  const chat = await start([asked]);
  const all = await Promise.all(["allow", "deny", "allow", "deny"].map((decision) => decide(chat, decision)));
  assert.deepEqual(all.map(({ status }) => status).sort(), [200, 200, 200, 201]);
  assert.equal(new Set(all.map(({ body }) => body.message.id)).size, 1);
  const child = await ended(chat, all[0].body.message.id);
  assert.equal(mcp.callsOf("echo").length, child.metadata.decisions[0] === "allow" ? 1 : 0);
  assert.equal((await decide(chat, "allow")).body.message.id, child.id);
  assert.equal(vendor.asked.length, 2);
});

test("a decision that cannot be taken", async () => {
  const chat = await start([[...asked, ...asked]]);
  const [first] = usesOf(await rowOf(chat, chat.answer));
  const send = (body, id = chat.answer) => server.call("POST", `/api/generations/${id}/decisions`, body);
  assert.equal((await send({ decisions: [{ toolUseId: first.id, decision: "allow" }] })).status, 422);
  assert.equal((await send({ decisions: [{ toolUseId: "nobody", decision: "allow" }] })).status, 422);
  assert.equal((await send({ decisions: [{ toolUseId: first.id, decision: "perhaps" }] })).status, 422);
  assert.equal((await send({ decisions: "all" })).status, 422);
  assert.equal((await decide(chat, "allow", { more: 1 })).status, 422);
  assert.equal((await send({ decisions: [] })).status, 422);
  assert.equal((await send({ decisions: [{ toolUseId: first.id, decision: "allow" }] }, ulid())).status, 404);
  const done = await ended(chat, (await decide(chat, "allow")).body.message.id);
  assert.equal(mcp.callsOf("echo").length, 2);
  const nothing = await send({ decisions: [{ toolUseId: first.id, decision: "allow" }] }, done.id);
  assert.equal(nothing.status, 409);
  assert.match(nothing.body.type, /nothing-to-decide/);
});

test("a call that the person passes over: the vendor gets a result for it, and it can still be decided", async () => {
  const chat = await start([asked]);
  await start([], { conversation: chat.conversation });
  assert.deepEqual(vendor.asked.at(-1).messages.map(({ role }) => role), ["user", "assistant", "tool", "user"]);
  assert.match(vendor.told()[0], /did not say whether this may run/);
  const child = await ended(chat, (await decide(chat, "allow")).body.message.id);
  assert.equal(textOf(child), "Done.");
  assert.equal(mcp.callsOf("echo").length, 1);
});

test("the wait survives kill -9; so does what was decided, and nothing is run twice", async () => {
  const chat = await start([asked]);
  const held = await start([[["test__hold", {}]]]);
  await server.kill();
  await startServer();
  assert.equal((await rowOf(chat, chat.answer)).metadata.finishReason, "confirmation");
  assert.equal(textOf(await ended(chat, (await decide(chat, "allow")).body.message.id)), "Done.");
  // Killed while a tool runs: it was started, and nobody knows.
  const { body } = await decide(held, "allow");
  await until(() => mcp.callsOf("hold").length === 1, "the call");
  await server.kill();
  release();
  await startServer();
  const cut = await rowOf(held, body.message.id);
  assert.deepEqual([cut.status, resultsOf(cut), cut.metadata.decisions], ["interrupted", [], ["allow"]]);
  const again = await decide(held, "allow");
  assert.deepEqual([again.status, again.body.message.id], [200, cut.id]);
  await start([], { conversation: held.conversation, body: { message: undefined, parentId: cut.id } });
  assert.match(vendor.told()[0], /outcome is not known/);
  // Asked again from the call on, it is told the same, and the call stays as it was.
  await start([], { conversation: held.conversation, body: { message: undefined, parentId: held.answer } });
  assert.match(vendor.told()[0], /outcome is not known/);
  assert.equal(mcp.callsOf("hold").length, 1);
});

test("an answer that is asked for again takes over what the calls gave", async () => {
  const chat = await start([asked]);
  await ended(chat, (await decide(chat, "allow")).body.message.id);
  const again = await start([], { conversation: chat.conversation, body: { message: undefined, parentId: chat.answer, models: ["openai/n"] } });
  const row = await rowOf(again, again.answer);
  assert.deepEqual([resultsOf(row)[0].content, textOf(row)], ["You said tea", "Done."]);
  assert.deepEqual(vendor.told(), ["You said tea"]);
  assert.equal(mcp.callsOf("echo").length, 1);
});

test("several models: each answer waits for itself; a duet is not asked about", async () => {
  const other = ulid();
  const chat = await start([asked, asked], { body: { models: ["openai/m", "openai/n"], answerIds: [ulid(), other] } });
  const rows = (await server.call("GET", `/api/conversations/${chat.conversation}/messages?all=true`)).body.messages.filter(({ role }) => role === "assistant");
  assert.deepEqual(rows.map(({ metadata }) => metadata.finishReason), ["confirmation", "confirmation"]);
  const picked = { ...chat, answer: other };
  const child = await ended(picked, (await decide(picked, "allow")).body.message.id);
  assert.deepEqual([child.parentId, child.model, textOf(child)], [other, "openai/n", "Done."]);
  assert.equal(mcp.callsOf("echo").length, 1);
  const duet = ulid();
  await server.call("POST", "/api/conversations", { id: duet });
  vendor.rounds = [asked];
  await readEvents(await fetch(`${server.base}/api/conversations/${duet}/duet`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ models: ["openai/m", "openai/n"], turns: 2, prompt: "Talk." }) }));
  const spoken = (await server.call("GET", `/api/conversations/${duet}/messages`)).body.messages.filter(({ role }) => role === "assistant");
  assert.equal(spoken.length, 2);
  assert.match(resultsOf(spoken[0])[0].content, /In a duet/);
  assert.ok(!vendor.offered().includes("test__echo"));
});
