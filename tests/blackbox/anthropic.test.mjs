// A model behind Anthropic's protocol: it thinks, uses a tool, and answers; what it gets back of its own words is what it said.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { McpServer } from "./mcp_server.mjs";
import { Server, textBlock, ulid } from "./server.mjs";

const requests = [];
let answers = [];
const vendor = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  requests.push({ method: request.method, url: request.url, headers: request.headers, body: body && JSON.parse(body) });
  if (request.url.startsWith("/v1/models")) {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ data: [{ type: "model", id: "claude-sonnet-4-5", display_name: "Claude Sonnet 4.5" }], has_more: false }));
    return;
  }
  const { status = 200, headers = {}, events } = answers.shift();
  response.writeHead(status, { "Content-Type": "text/event-stream", ...headers });
  for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  response.end();
});

const begin = { type: "message_start", message: { usage: { input_tokens: 12, cache_read_input_tokens: 100, output_tokens: 1 } } };
const block = (content_block, ...deltas) => [
  { type: "content_block_start", index: 0, content_block },
  ...deltas.map((delta) => ({ type: "content_block_delta", index: 0, delta })),
  { type: "content_block_stop", index: 0 },
];
const said = (text) => block({ type: "text", text: "" }, { type: "text_delta", text });
const end = (stop_reason) => [{ type: "message_delta", delta: { stop_reason }, usage: { output_tokens: 7 } }, { type: "message_stop" }];

let server;
before(async () => {
  vendor.listen(0, "127.0.0.1");
  await once(vendor, "listening");
  server = await Server.start({ env: { ANTHROPIC_BASE_URL: `http://127.0.0.1:${vendor.address().port}`, ANTHROPIC_API_KEY: "sk-ant-one" } });
});
after(async () => {
  await server.stop();
  vendor.closeAllConnections();
  vendor.close();
});

async function ask(conversation, text, tools) {
  const path = `/api/conversations/${conversation}/generations`;
  await server.call("POST", path, { message: { id: ulid(), content: textBlock(text) }, models: ["anthropic/claude-sonnet-4-5"], ...(tools && { tools }) });
  const { messages } = (await server.call("GET", `/api/conversations/${conversation}/messages`)).body;
  return messages.at(-1);
}

test("its models are listed by their names", async () => {
  const { models } = (await server.call("GET", "/api/models")).body;
  const { id, name } = models.find((row) => row.id.startsWith("anthropic/"));
  assert.deepEqual({ id, name }, { id: "anthropic/claude-sonnet-4-5", name: "Claude Sonnet 4.5" });
  assert.equal(requests.at(-1).headers["x-api-key"], "sk-ant-one");
});

test("thinking, a tool and its result, and the answer are stored, and go back as they were said", async () => {
  const conversation = (await server.call("POST", "/api/conversations", { id: ulid() })).body.id;
  const thinking = block({ type: "thinking", thinking: "" }, { type: "thinking_delta", thinking: "I look." }, { type: "signature_delta", signature: "sig+/=" });
  const call = block({ type: "tool_use", id: "toolu_1", name: "search_conversations", input: {} }, { type: "input_json_delta", partial_json: '{"query":"tea"}' });
  answers = [
    { events: [begin, ...thinking, ...call, ...end("tool_use")] },
    { events: [begin, ...said("Nothing about tea."), ...end("end_turn")] },
    { events: [begin, ...said("Again nothing."), ...end("max_tokens")] },
  ];
  const before = requests.length;
  const answer = await ask(conversation, "tea?", ["search_conversations"]);
  assert.equal(answer.status, "complete");
  assert.deepEqual(answer.content.map(({ type }) => type), ["reasoning", "tool_use", "tool_result", "text"]);
  assert.equal(answer.content[0].text, "I look.");
  assert.equal(answer.usage.inputTokens, 224, JSON.stringify(answer.usage));
  const [first, second] = requests.slice(before);
  assert.equal(first.url, "/v1/messages");
  assert.equal(first.headers["anthropic-version"], "2023-06-01");
  assert.equal(first.body.stream, true);
  assert.deepEqual(first.body.messages, [{ role: "user", content: [{ type: "text", text: "tea?" }] }]);
  assert.deepEqual(first.body.tools.map(({ name }) => name), ["search_conversations"]);
  // Thinking was not asked for, so that it does not go back.
  assert.deepEqual(second.body.messages[1], { role: "assistant", content: [{ type: "tool_use", id: "call00001", name: "search_conversations", input: { query: "tea" } }] });
  assert.equal(second.body.messages[2].content[0].tool_use_id, "call00001");

  const cut = await ask(conversation, "and now?");
  assert.equal(cut.content[0].text, "Again nothing.");
  assert.match(JSON.stringify(cut), /length/, "that it was cut by its length is kept");
});

test("a refusal and an error in the middle say what they are", async () => {
  const conversation = (await server.call("POST", "/api/conversations", { id: ulid() })).body.id;
  const error = (type, message) => ({ type: "error", error: { type, message } });
  answers = [
    { status: 401, headers: { "Content-Type": "application/json" }, events: [] },
    { status: 429, headers: { "Retry-After": "17" }, events: [] },
    { events: [begin, ...said("Half an").slice(0, 2), error("overloaded_error", "Overloaded")] },
  ];
  const refused = await ask(conversation, "one");
  assert.equal(refused.status, "error");
  assert.equal(refused.error.type, "auth", JSON.stringify(refused.error));
  const limited = await ask(conversation, "two");
  assert.equal(limited.error.type, "rate-limited", JSON.stringify(limited.error));
  const half = await ask(conversation, "three");
  assert.equal(half.content[0].text, "Half an");
  assert.equal(half.status, "error");
  assert.ok(!JSON.stringify([refused, limited, half]).includes("sk-ant"));
});

test("a picture that a tool gives is given to the model in the result, at once and later", async () => {
  const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const mcp = await McpServer.start();
  mcp.addTool("look", () => ({ content: [{ type: "text", text: "Here:" }, { type: "image", mimeType: "image/png", data: png }] }));
  const other = await Server.start({ env: { ANTHROPIC_BASE_URL: `http://127.0.0.1:${vendor.address().port}`, ANTHROPIC_API_KEY: "sk-ant-one", THREADKEEP_MCP: `eyes=${mcp.url}` } });
  try {
    for (let tries = 0; (await other.call("GET", "/api/tools")).body.servers[0].state !== "ready"; tries += 1) {
      assert.ok(tries < 200, "the tools are known");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const conversation = ulid();
    await other.call("POST", "/api/conversations", { id: conversation, settings: { allowedTools: ["eyes__look"] } });
    answers = [
      { events: [begin, ...block({ type: "tool_use", id: "toolu_1", name: "eyes__look", input: {} }), ...end("tool_use")] },
      { events: [begin, ...said("A dot."), ...end("end_turn")] },
      { events: [begin, ...said("Still a dot."), ...end("end_turn")] },
    ];
    const before = requests.length;
    for (const text of ["Look", "And now?"]) {
      const path = `/api/conversations/${conversation}/generations`;
      const { status } = await other.call("POST", path, { message: { id: ulid(), content: textBlock(text) }, models: ["anthropic/claude-sonnet-4-5"] });
      assert.equal(status, 200);
    }
    const [, second, third] = requests.slice(before).filter(({ url }) => url === "/v1/messages");
    for (const { body } of [second, third]) {
      const [result] = body.messages[2].content;
      assert.deepEqual(result.content, [
        { type: "text", text: "Here:" },
        { type: "image", source: { type: "base64", media_type: "image/png", data: png } },
      ]);
    }
  } finally {
    await other.stop();
    await mcp.stop();
  }
});
