// A model behind OpenAI's Responses: its reasoning goes back, encrypted, with the call that it ended in.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { Server, textBlock, ulid } from "./server.mjs";

const requests = [];
let answers = [];
const vendor = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  requests.push({ url: request.url, headers: request.headers, body: body && JSON.parse(body) });
  if (request.method === "GET") {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ data: [{ id: "gpt-5" }, { id: "text-embedding-3-large" }] }));
    return;
  }
  const answer = answers.shift();
  response.writeHead(answer.status ?? 200, { "Content-Type": answer.status ? "application/json" : "text/event-stream", ...answer.headers });
  if (answer.status) return response.end(JSON.stringify(answer.body));
  let number = 0;
  const events = [{ type: "response.created", response: { status: "in_progress" } }, ...answer.events];
  for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: number++ })}\n\n`);
  response.end();
});
const completed = { type: "response.completed", response: { status: "completed", output: [], usage: { input_tokens: 12, input_tokens_details: { cached_tokens: 8 }, output_tokens: 7, output_tokens_details: { reasoning_tokens: 4 } } } };
const words = (index, text) => [
  { type: "response.output_item.added", output_index: index, item: { type: "message", id: "msg_1", content: [] } },
  ...text.split(/(?<= )/u).map((delta) => ({ type: "response.output_text.delta", output_index: index, content_index: 0, delta })),
  { type: "response.output_item.done", output_index: index, item: { type: "message", id: "msg_1", content: [{ type: "output_text", text }] } },
];

let server;
before(async () => {
  vendor.listen(0, "127.0.0.1");
  await once(vendor, "listening");
  server = await Server.start({ env: { OPENAI_BASE_URL: `http://127.0.0.1:${vendor.address().port}`, OPENAI_API_KEY: "a-secret-key", OPENAI_PROTOCOL: "responses" } });
});
after(async () => {
  await server.stop();
  vendor.closeAllConnections();
  vendor.close();
});

async function ask(question, tools = []) {
  const conversation = (await server.call("POST", "/api/conversations", { id: ulid() })).body.id;
  const before = requests.length;
  await server.call("POST", `/api/conversations/${conversation}/generations`, { message: { id: ulid(), content: textBlock(question) }, models: ["openai/gpt-5"], tools });
  const { messages } = (await server.call("GET", `/api/conversations/${conversation}/messages`)).body;
  return { conversation, answer: messages.at(-1), sent: requests.slice(before) };
}

test("reasoning, a call in pieces, its result and the answer are stored", async () => {
  const { models } = (await server.call("GET", "/api/models")).body;
  assert.deepEqual(models.map(({ id }) => id), ["builtin", "openai/gpt-5"]);
  const reasoning = { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "I look." }], encrypted_content: "gAAA+/=" };
  const call = { type: "function_call", id: "fc_1", call_id: "call_abc", name: "search_conversations", arguments: "" };
  answers = [
    {
      events: [
        { type: "response.output_item.added", output_index: 0, item: { ...reasoning, summary: [] } },
        { type: "response.reasoning_summary_text.delta", output_index: 0, summary_index: 0, delta: "I look." },
        { type: "response.output_item.done", output_index: 0, item: reasoning },
        { type: "response.output_item.added", output_index: 1, item: call },
        { type: "response.function_call_arguments.delta", output_index: 1, delta: '{"query"' },
        { type: "response.function_call_arguments.delta", output_index: 1, delta: ':"tea"}' },
        { type: "response.output_item.done", output_index: 1, item: { ...call, arguments: '{"query":"tea"}' } },
        completed,
      ],
    },
    { events: [...words(0, "Nothing about tea."), completed] },
  ];
  const { answer, sent } = await ask("tea?", ["search_conversations"]);
  assert.equal(answer.status, "complete", JSON.stringify(answer));
  assert.deepEqual(answer.content.map(({ type }) => type), ["reasoning", "tool_use", "tool_result", "text"]);
  assert.equal(answer.content.at(-1).text, "Nothing about tea.");
  assert.equal(answer.usage.inputTokens, 24);
  const [first, second] = sent;
  assert.equal(first.url, "/v1/responses");
  assert.equal(first.headers.authorization, "Bearer a-secret-key");
  assert.equal(first.body.store, false);
  assert.deepEqual(first.body.input, [{ role: "user", content: "tea?" }]);
  assert.equal(first.body.tools[0].strict, false);
  // At an address of nobody that is known no reasoning is asked for, so none goes back.
  assert.deepEqual(second.body.input.map(({ type, role }) => type ?? role), ["user", "function_call", "function_call_output"]);
});

test("an answer that is cut by its length is kept and told as such", async () => {
  answers = [{ events: [...words(0, "One two").slice(0, -1), { type: "response.incomplete", response: { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } } }] }];
  const { answer } = await ask("Count");
  assert.equal(answer.content.at(-1).text, "One two");
  assert.match(JSON.stringify(answer), /length/, "that it was cut by its length is kept");
});

test("a limit, a failure within the answer and a stream that breaks off keep the words", async () => {
  answers = [{ status: 429, headers: { "Retry-After": "7" }, body: { error: { message: "Slow down", code: "rate_limit_exceeded" } } }];
  const limited = (await ask("A")).answer;
  assert.equal(limited.error.type, "rate-limited");
  answers = [{ events: [...words(0, "Half a").slice(0, -1), { type: "response.failed", response: { status: "failed", error: { code: "server_error", message: "It broke." } } }] }];
  const failed = (await ask("B")).answer;
  assert.equal(failed.status, "error");
  assert.equal(failed.content[0].text, "Half a");
  answers = [{ events: words(0, "Cut here").slice(0, -1) }];
  const cut = (await ask("C")).answer;
  assert.equal(cut.content[0].text, "Cut here");
  assert.notEqual(cut.status, "complete");
});
