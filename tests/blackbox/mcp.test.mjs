// Tools of servers that the operator has named: how they are listed, offered and run, and what bad servers cannot do.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { McpServer, ToolVendor, until } from "./mcp_server.mjs";
import { readEvents, Server, textBlock, ulid } from "./server.mjs";

const vendor = await ToolVendor.start();
const folder = mkdtempSync(join(tmpdir(), "threadkeep-mcp-"));
const running = [];
after(async () => {
  for (const one of running) await one.stop();
  vendor.stop();
  rmSync(folder, { recursive: true });
});

// The environment of a server whose file of configuration has these tables.
function configured(tables) {
  const home = mkdtempSync(join(folder, "home-"));
  mkdirSync(join(home, "threadkeep"));
  writeFileSync(join(home, "threadkeep", "threadkeep.toml"), tables);
  return { ...vendor.env, XDG_CONFIG_HOME: home };
}
async function withServer(mcp, settings = 'confirm = "off"') {
  running.push(mcp);
  const server = await Server.start({ env: configured(`[mcp.test]\nurl = "${mcp.url}"\n${settings}\n`) });
  running.push(server);
  return server;
}
const listed = async (server) => (await server.call("GET", "/api/tools")).body;
const isReady = (server) => until(async () => (await listed(server)).servers[0]?.state === "ready", "the list of tools");
const namesOf = async (server) => (await listed(server)).tools.filter((tool) => tool.server).map(({ name }) => name);

async function ask(server, rounds, conversation = ulid()) {
  await server.call("POST", "/api/conversations", { id: conversation });
  vendor.rounds = rounds;
  const response = await fetch(`${server.base}/api/conversations/${conversation}/generations`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ message: { id: ulid(), content: textBlock("Use it.") }, models: ["openai/m"] }),
  });
  const events = await readEvents(response);
  return { blocks: events.filter(({ event }) => event === "block").map(({ data }) => data.block), status: events.findLast(({ event }) => event === "status").data };
}
async function resultOf(server, name, input = {}) {
  const { blocks } = await ask(server, [[[name, input]]]);
  return blocks.find(({ type }) => type === "tool_result");
}

test("a tool of a server is listed by page, offered and run; the session is introduced and ended", async () => {
  const mcp = await McpServer.start({ pageSize: 1 });
  mcp.addTool("other", () => ({ content: [] }));
  const server = await withServer(mcp, 'confirm = "off"\nheaders = { X-Team = "blue" }');
  await isReady(server);
  assert.deepEqual(await namesOf(server), ["test__echo", "test__other"]);
  assert.deepEqual(mcp.methods().slice(0, 2), ["initialize", "notifications/initialized"]);
  const result = await resultOf(server, "test__echo", { say: "tea" });
  assert.equal(result.content, "You said tea");
  assert.equal(result.isError, undefined);
  const [call] = mcp.callsOf("echo");
  assert.equal(call.headers["x-team"], "blue");
  assert.equal(call.headers["mcp-protocol-version"], "2025-11-25");
  assert.ok(mcp.sessions.has(call.headers["mcp-session-id"]));
  assert.deepEqual(vendor.offered(), ["test__echo", "test__other"]);
  assert.deepEqual(vendor.told(), ["You said tea"]);
  const refused = await resultOf(server, "test__echo", { say: 7 });
  assert.match(refused.content, /does not fit/);
  assert.equal(mcp.callsOf("echo").length, 1);
  await server.terminate();
  await until(() => mcp.sessions.size === 0, "the end of the session");
});

test("a stream of events with requests and notifications of the server among them", async () => {
  const mcp = await McpServer.start({ usesStreams: true });
  mcp.addTool("slow", async (_, { send }) => {
    send({ jsonrpc: "2.0", method: "notifications/progress", params: { progressToken: 1, progress: 0.5 } });
    send({ jsonrpc: "2.0", id: "p", method: "ping" });
    send({ jsonrpc: "2.0", id: 9, method: "sampling/createMessage", params: {} });
    await until(() => mcp.answers.length === 2, "both answers");
    return { content: [{ type: "text", text: "after all" }], structuredContent: { count: 3 } };
  });
  const server = await withServer(mcp);
  await isReady(server);
  const result = await resultOf(server, "test__slow");
  assert.deepEqual(result.content, [{ type: "text", text: "after all" }, { type: "text", text: '{"count":3}' }]);
  assert.deepEqual(mcp.answers.find(({ id }) => id === "p").result, {});
  assert.equal(mcp.answers.find(({ id }) => id === 9).error.code, -32601);
});

test("results: what has a form, pictures as files of the user, and what is left out is said", async () => {
  const mcp = await McpServer.start();
  const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  mcp.addTool("form", () => ({ content: [{ type: "text", text: '{"count": 3}' }], structuredContent: { count: 3 } }));
  mcp.addTool("picture", () => ({ content: [{ type: "text", text: "Here:" }, { type: "image", mimeType: "image/png", data: png }, { type: "audio", mimeType: "audio/wav", data: "AAAA" }] }));
  mcp.addTool("fails", () => ({ content: [{ type: "text", text: "No such city." }], isError: true }));
  mcp.addTool("long", () => ({ content: [{ type: "text", text: "a".repeat(300_000) }] }));
  mcp.addTool("refuses", () => { throw new Error("not\ntoday"); });
  const server = await withServer(mcp);
  await isReady(server);
  assert.deepEqual((await resultOf(server, "test__form")).content, { count: 3 });
  const { content } = await resultOf(server, "test__picture");
  assert.match(content[0].text, /^Here:\n\[A sound, audio\/wav: left out here\]$/);
  assert.equal(content[1].type, "image");
  const file = await fetch(`${server.base}/api/attachments/${content[1].attachmentId}`);
  assert.equal(Buffer.from(await file.arrayBuffer()).toString("base64"), png);
  const failed = await resultOf(server, "test__fails");
  assert.deepEqual([failed.content, failed.isError], ["No such city.", true]);
  assert.match((await resultOf(server, "test__long")).content, /a\n\[Cut here: 200000 more bytes are left out\]$/);
  const refused = await resultOf(server, "test__refuses");
  assert.deepEqual([refused.content, refused.isError], ["The tool's server refused: not today", true]);
});

test("a session that the server has forgotten is begun anew, once, and the call is sent again", async () => {
  const mcp = await McpServer.start();
  const server = await withServer(mcp);
  await isReady(server);
  mcp.sessions.clear();
  assert.equal((await resultOf(server, "test__echo", { say: "again" })).content, "You said again");
  assert.equal(mcp.methods().filter((method) => method === "initialize").length, 2);
  mcp.before = (message, _, response) => message.method === "tools/call" && (response.writeHead(404).end(), true);
  const lost = await resultOf(server, "test__echo", {});
  assert.equal(lost.isError, true);
  assert.match(lost.content, /forgotten the session/);
});

test("a list that changes is listed again; a tool that cannot be offered is left out and said", async () => {
  const mcp = await McpServer.start();
  const server = await withServer(mcp);
  await isReady(server);
  await until(() => mcp.listeners.size === 1, "somebody who listens");
  mcp.tools = [McpServer.tool("new"), McpServer.tool("bad", { inputSchema: { type: "object", properties: 7 } }), McpServer.tool("none", { inputSchema: undefined }), McpServer.tool("new"), McpServer.tool("über files/read"), McpServer.tool("x".repeat(90))];
  mcp.notify("notifications/tools/list_changed");
  await until(async () => (await namesOf(server)).includes("test__new"), "the new list");
  const names = await namesOf(server);
  assert.equal(names.length, 3);
  for (const name of names) assert.match(name, /^test__[A-Za-z0-9_-]{1,58}$/);
  const { leftOut } = (await listed(server)).servers[0];
  assert.deepEqual(leftOut.map(({ tool }) => tool), ["bad", "none", "new"]);
  assert.match(leftOut[1].reason, /schema/);
});

test("a server that is away is said, holds up nothing, and is found when it comes", async () => {
  const mcp = await McpServer.start();
  const { port } = mcp;
  await mcp.stop();
  const server = await withServer(mcp);
  await until(async () => (await listed(server)).servers[0].state === "away", "the reason");
  assert.ok((await listed(server)).servers[0].reason.length > 10);
  const { status } = await ask(server, []);
  assert.equal(status.status, "complete");
  assert.deepEqual(vendor.offered(), []);
  running.push(await McpServer.start({ port }));
  await isReady(server);
});

test("bad servers: nonsense, streams without end, answers without size, redirects, versions of nobody", async () => {
  const mcp = await McpServer.start();
  mcp.addTool("endless", (_, { response }) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    const timer = setInterval(() => response.write(": still\n\n"), 20);
    response.on("close", () => clearInterval(timer));
    return new Promise(() => {});
  });
  mcp.addTool("huge", (_, { response }) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    const more = () => !response.destroyed && response.write(`data: ${"x".repeat(100_000)}\n`, more);
    more();
    return new Promise(() => {});
  });
  mcp.addTool("nonsense", (_, { response }) => (response.writeHead(200, { "Content-Type": "application/json" }), response.end("{"), new Promise(() => {})));
  mcp.addTool("elsewhere", (_, { response }) => (response.writeHead(302, { Location: "http://127.0.0.1:9/" }), response.end(), new Promise(() => {})));
  const server = await withServer(mcp, 'confirm = "off"\ntimeout_s = "1"');
  await isReady(server);
  // Side by side, with a tool of ours among them that is not held up.
  const slow = resultOf(server, "test__endless");
  await until(() => mcp.callsOf("endless").length === 1, "the call");
  assert.match((await resultOf(server, "test__nonsense")).content, /cannot be read/);
  assert.match((await resultOf(server, "test__elsewhere")).content, /status 302/);
  assert.equal((await resultOf(server, "test__huge")).isError, true);
  assert.match((await slow).content, /too long/);
  await until(() => mcp.received.some(({ method }) => method === "notifications/cancelled"), "the word that nobody waits");
  const old = await McpServer.start({ version: () => "1999-01-01" });
  const stranger = await withServer(old);
  await until(async () => (await listed(stranger)).servers[0].state === "away", "the reason");
  assert.match((await listed(stranger)).servers[0].reason, /no version/);
});

test("what is configured wrongly stops the start with one line", async () => {
  for (const [table, said] of [
    ['[mcp.Test]\nurl = "http://127.0.0.1:1/"', /78.*toml:1: a name has/s],
    ['[mcp.test]\nurl = "ftp://127.0.0.1:1/"', /78.*mcp\.test: url: /s],
    ['[mcp.test]\nurl = "http://127.0.0.1:1/"\nconfirm = "maybe"', /78.*confirm: must be on or off/s],
    ['[mcp.test]\nurl = "http://127.0.0.1:1/"\ntoken_env = "NOT_SET"', /78.*NOT_SET is not set/s],
    ['[mcp.test]\nurl = "http://127.0.0.1:1/"\ntimeout = "1"', /78.*unknown key/s],
  ]) {
    await assert.rejects(Server.start({ env: configured(table) }), said);
  }
  await assert.rejects(Server.start({ env: { THREADKEEP_MCP: "test" } }), /78.*mcp: needs names/s);
  await assert.rejects(Server.start({ env: { THREADKEEP_MCP_TOKEN_TEST: "x" } }), /78.*no such server/s);
});

test("one variable names servers, and others their tokens", async () => {
  const mcp = await McpServer.start();
  running.push(mcp);
  const server = await Server.start({ env: { ...vendor.env, THREADKEEP_MCP: `my-files=${mcp.url}`, THREADKEEP_MCP_TOKEN_MY_FILES: "secret" } });
  running.push(server);
  await isReady(server);
  assert.equal(mcp.received[0].headers.authorization, "Bearer secret");
  const { tools } = await listed(server);
  assert.deepEqual(tools.map(({ name, access }) => [name, access]), [["search_conversations", "named"], ["read_conversation", "named"], ["current_time", "allowed"], ["my-files__echo", "confirmed"]]);
});
