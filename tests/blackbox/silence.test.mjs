// A model that thinks for longer than proxies leave a silent connection open.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect } from "node:net";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { Server, textBlock, ulid } from "./server.mjs";

// Speaks OpenAI's chat completions: says one word, and the rest when the test lets it.
let say;
let finish;
const vendor = createServer(async (request, response) => {
  if (request.url.endsWith("/models")) {
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ data: [{ id: "thinker", object: "model" }] }));
    return;
  }
  for await (const chunk of request) void chunk;
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  say = (delta, finish_reason = null) => response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
  finish = () => response.end("data: [DONE]\n\n");
  say({ content: "begin " });
});

let server;
before(async () => {
  vendor.listen(0, "127.0.0.1");
  await once(vendor, "listening");
  server = await Server.start({ env: { OPENAI_BASE_URL: `http://127.0.0.1:${vendor.address().port}/v1`, OPENAI_API_KEY: "key" } });
});
after(async () => {
  await server.stop();
  vendor.closeAllConnections();
  vendor.close();
});

// A client that keeps the bytes it gets and the time at which they came.
class Line {
  constructor(request) {
    this.text = "";
    this.times = [];
    this.socket = connect(server.port, "127.0.0.1");
    this.closed = once(this.socket, "close");
    this.begun = Date.now();
    this.socket.on("data", (bytes) => {
      this.text += bytes;
      this.times.push(Date.now() - this.begun);
    });
    this.socket.write(request);
  }
  async until(pattern) {
    while (!pattern.test(this.text)) await once(this.socket, "data");
  }
}

test("the head comes at once, and something every fifteen seconds", { timeout: 60_000 }, async () => {
  const model = (await server.call("GET", "/api/models")).body.models.find(({ id }) => id !== "builtin").id;
  const conversation = (await server.call("POST", "/api/conversations", { id: ulid() })).body.id;
  const answer = ulid();
  const body = JSON.stringify({ message: { id: ulid(), content: textBlock("think") }, models: [model], answerIds: [answer] });
  const host = `Host: 127.0.0.1:${server.port}\r\nConnection: close\r\n`;
  const asked = new Line(
    `POST /api/conversations/${conversation}/generations HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  await asked.until(/event: delta\nid: ([^\n]+)/);
  const seen = asked.text.match(/event: delta\nid: ([^\n]+)/)[1];
  const resumed = new Line(`GET /api/generations/${answer}/events HTTP/1.1\r\n${host}Last-Event-ID: ${seen}\r\n\r\n`);
  await resumed.until(/\r\n\r\n/);
  assert.match(resumed.text, /^HTTP\/1.1 200 /);
  assert.ok(resumed.times[0] < 2_000, `the head came after ${resumed.times[0]} ms`);
  const listening = new Line(`GET /api/events HTTP/1.1\r\n${host}\r\n`);
  await Promise.all([asked, resumed, listening].map((line) => line.until(/\r\n:\n\n\r\n/)));
  for (const line of [asked, resumed, listening]) {
    const silence = Math.max(...line.times.map((time, i) => time - (line.times[i - 1] ?? 0)));
    assert.ok(silence < 18_000, `silent for ${silence} ms`);
  }
  listening.socket.destroy();
  say({ content: "end" });
  say({}, "stop");
  finish();
  await Promise.all([asked.closed, resumed.closed]);
  for (const line of [asked, resumed]) assert.match(line.text, /event: end\n/);
});
