// A model behind Google's protocol: its signatures go back on the calls that they were made for.
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
    response.end(JSON.stringify({ models: [{ name: "models/gemini-3-flash", displayName: "Gemini 3 Flash", supportedGenerationMethods: ["generateContent"] }] }));
    return;
  }
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  for (const parts of answers.shift()) response.write(`data: ${JSON.stringify({ candidates: [{ content: { role: "model", parts } }] })}\r\n\r\n`);
  const usageMetadata = { promptTokenCount: 12, candidatesTokenCount: 3, thoughtsTokenCount: 4 };
  response.end(`data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text: "" }] }, finishReason: "STOP" }], usageMetadata })}\r\n\r\n`);
});

let server;
before(async () => {
  vendor.listen(0, "127.0.0.1");
  await once(vendor, "listening");
  server = await Server.start({ env: { GEMINI_BASE_URL: `http://127.0.0.1:${vendor.address().port}`, GEMINI_API_KEY: "a-secret-key" } });
});
after(async () => {
  await server.stop();
  vendor.closeAllConnections();
  vendor.close();
});

test("a thought, a call with its signature, its result and the answer are stored, and the signature goes back", async () => {
  const { models } = (await server.call("GET", "/api/models")).body;
  assert.equal(models.find(({ id }) => id === "gemini/gemini-3-flash").name, "Gemini 3 Flash");
  const conversation = (await server.call("POST", "/api/conversations", { id: ulid() })).body.id;
  const call = { functionCall: { name: "search_conversations", args: { query: "tea" } }, thoughtSignature: "sig+/=" };
  answers = [[[{ text: "I look.", thought: true }], [call]], [[{ text: "Nothing " }], [{ text: "about tea." }]]];
  const before = requests.length;
  await server.call("POST", `/api/conversations/${conversation}/generations`, {
    message: { id: ulid(), content: textBlock("tea?") }, models: ["gemini/gemini-3-flash"], tools: ["search_conversations"],
  });
  const { messages } = (await server.call("GET", `/api/conversations/${conversation}/messages`)).body;
  const answer = messages.at(-1);
  assert.equal(answer.status, "complete", JSON.stringify(answer));
  assert.deepEqual(answer.content.map(({ type }) => type), ["reasoning", "tool_use", "tool_result", "text"]);
  assert.equal(answer.content.at(-1).text, "Nothing about tea.");
  const [first, second] = requests.slice(before);
  assert.equal(first.url, "/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse");
  assert.equal(first.headers["x-goog-api-key"], "a-secret-key");
  assert.deepEqual(second.body.contents[1], { role: "model", parts: [call] });
  assert.deepEqual(Object.keys(second.body.contents[2].parts[0].functionResponse.response), ["output"]);
});
