// The tools that the server runs for a model, as a vendor's model asks for them.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { readEvents, Server, textBlock, ulid } from "./server.mjs";

// A model that asks once for the tool it is told to, and then says that it is done.
class Vendor {
  asked = [];
  use = null;
  static async start() {
    const vendor = new Vendor();
    vendor.server = createServer(async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      if (request.url.endsWith("/models")) return response.end(JSON.stringify({ data: [{ id: "m", object: "model" }] }));
      const body = JSON.parse(text);
      vendor.asked.push(body);
      const isAnswered = body.messages.at(-1).role === "tool";
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      const send = (data) => response.write(`data: ${JSON.stringify(data)}\n\n`);
      if (isAnswered || !vendor.use) send({ choices: [{ index: 0, delta: { content: "Done." }, finish_reason: "stop" }] });
      else {
        const [name, input] = vendor.use;
        send({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: "call-1", type: "function", function: { name, arguments: JSON.stringify(input) } }] } }] });
        send({ choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] });
      }
      response.end("data: [DONE]\n\n");
    });
    vendor.server.listen(0, "127.0.0.1");
    await once(vendor.server, "listening");
    vendor.env = { OPENAI_BASE_URL: `http://127.0.0.1:${vendor.server.address().port}/v1`, OPENAI_API_KEY: "a-key" };
    return vendor;
  }
}

let vendor, plain, fetching;
before(async () => {
  vendor = await Vendor.start();
  plain = await Server.start({ env: vendor.env });
  fetching = await Server.start({ env: { ...vendor.env, THREADKEEP_FETCH: "on" } });
});
after(async () => {
  await plain?.stop();
  await fetching?.stop();
  vendor?.server.closeAllConnections();
  vendor?.server.close();
});

async function start(server, tools, settings) {
  const id = ulid();
  await server.call("POST", "/api/conversations", { id, ...(settings && { settings }) });
  return fetch(`${server.base}/api/conversations/${id}/generations`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ message: { id: ulid(), content: textBlock("Use it.") }, models: ["openai/m"], tools }),
  });
}
async function resultOf(server, use, tools = [use[0]]) {
  vendor.use = use;
  const events = await readEvents(await start(server, tools));
  const blocks = events.filter(({ event }) => event === "block").map(({ data }) => data.block);
  return blocks.find(({ type }) => type === "tool_result");
}

test("nothing is offered that the request does not name", async () => {
  vendor.use = null;
  vendor.asked = [];
  await readEvents(await start(fetching, []));
  assert.equal(vendor.asked.at(-1).tools, undefined);
  await readEvents(await start(fetching, ["current_time", "read_conversation", "fetch_url"]));
  assert.deepEqual(vendor.asked.at(-1).tools.map((tool) => tool.function.name).sort(), ["current_time", "fetch_url", "read_conversation"]);
});

test("what the settings of the conversation allow is offered without being named, but never what reads others", async () => {
  vendor.use = null;
  vendor.asked = [];
  const allowedTools = ["current_time", "fetch_url", "read_conversation", "search_conversations", "never_there"];
  const offered = () => vendor.asked.at(-1).tools?.map((tool) => tool.function.name).sort();
  await readEvents(await start(fetching, [], { allowedTools }));
  assert.deepEqual(offered(), ["current_time", "fetch_url"]);
  await readEvents(await start(plain, [], { allowedTools }));
  assert.deepEqual(offered(), ["current_time"], "there are no pages of the web here");
  await readEvents(await start(fetching, [], { allowedTools, tools: ["fetch_url"] }));
  assert.deepEqual(offered(), ["fetch_url"], "what may be used at all stays the person's choice");
});

test("the time is told, and an input that does not fit is refused before the tool runs", async () => {
  const told = await resultOf(plain, ["current_time", {}]);
  assert.equal(told.isError, undefined);
  assert.ok(Math.abs(told.content.unixMs - Date.now()) < 60_000);
  const refused = await resultOf(plain, ["current_time", { zone: "Mars" }]);
  assert.equal(refused.isError, true);
  assert.match(refused.content, /does not fit.*zone/);
});

test("a conversation is read where it is allowed, and not otherwise", async () => {
  const id = ulid();
  await plain.call("POST", "/api/conversations", { id, title: "Recipes" });
  await plain.call("POST", `/api/conversations/${id}/messages`, { id: ulid(), role: "user", content: textBlock("Three eggs and a lemon.") });
  const read = await resultOf(plain, ["read_conversation", { conversationId: id }]);
  assert.equal(read.content.title, "Recipes");
  assert.deepEqual(read.content.messages.map(({ text }) => text), ["Three eggs and a lemon."]);
  const refused = await resultOf(plain, ["read_conversation", { conversationId: id }], []);
  assert.equal(refused.isError, true);
  assert.match(refused.content, /not allowed/);
});

test("pages are not fetched unless the operator and the person allow it", async () => {
  assert.equal((await start(plain, ["fetch_url"])).status, 422);
  const refused = await resultOf(fetching, ["fetch_url", { url: "https://example.com/" }], []);
  assert.match(refused.content, /not allowed/);
});

test("no machine of ours is asked for a model", async () => {
  let hits = 0;
  const secret = createServer((_, response) => ((hits += 1), response.end("secret")));
  secret.listen(0, "127.0.0.1");
  await once(secret, "listening");
  const { port } = secret.address();
  const urls = [`http://127.0.0.1:${port}/`, `http://localhost:${port}/`, "http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/", "http://[::ffff:127.0.0.1]/", "http://2130706433/", "http://10.0.0.1/", "file:///etc/passwd", "http://0.0.0.0/", fetching.base];
  for (const url of urls) {
    const result = await resultOf(fetching, ["fetch_url", { url }]);
    assert.equal(result.isError, true, url);
    assert.match(result.content, /No connection is made to this kind of address|usual ports|Only http/, url);
  }
  assert.equal(hits, 0);
  secret.close();
});

test("a value of the setting that means nothing stops the start", async () => {
  await assert.rejects(Server.start({ env: { THREADKEEP_FETCH: "maybe" } }), /78.*fetch: must be on or off/s);
});
