// A server of tools for tests, over the Model Context Protocol, which behaves as it is told to: also badly.
import { createServer } from "node:http";
import { once } from "node:events";
import { randomUUID } from "node:crypto";

const plainTool = (name, more = {}) => ({ name, description: `Does ${name}.`, inputSchema: { type: "object", properties: { say: { type: "string" } } }, ...more });

export class McpServer {
  // name -> (input, { send, response }) => result of tools/call; what throws is an error of the protocol.
  calls = new Map([["echo", ({ say = "" }) => ({ content: [{ type: "text", text: `You said ${say}` }] })]]);
  tools = [plainTool("echo")];
  pageSize = 100;
  version = (wanted) => wanted;
  usesStreams = false;
  hasSessions = true;
  // What was received: method, params, headers; and answers to what the server asked.
  received = [];
  answers = [];
  sessions = new Set();
  listeners = new Set();
  // Handles a request in place of everything else when it returns true.
  before = () => false;

  static async start(options = {}) {
    const server = Object.assign(new McpServer(), options);
    server.http = createServer((request, response) => server.#handle(request, response).catch(() => response.destroy()));
    server.http.listen(options.port ?? 0, "127.0.0.1");
    await once(server.http, "listening");
    server.port = server.http.address().port;
    server.url = `http://127.0.0.1:${server.port}/mcp`;
    return server;
  }
  static tool = plainTool;

  addTool(name, call, more) {
    this.tools.push(plainTool(name, more));
    this.calls.set(name, call);
  }
  methods() {
    return this.received.map(({ method }) => method);
  }
  callsOf(name) {
    return this.received.filter(({ method, params }) => method === "tools/call" && params.name === name);
  }
  // Tells all who listen.
  notify(method) {
    for (const response of this.listeners) response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", method })}\n\n`);
  }
  async stop() {
    this.http.closeAllConnections();
    this.http.close();
  }

  async #handle(request, response) {
    let text = "";
    for await (const chunk of request) text += chunk;
    const message = text ? JSON.parse(text) : {};
    this.received.push({ http: request.method, method: message.method, params: message.params, headers: request.headers });
    if (message.method === undefined && (message.result || message.error)) this.answers.push(message);
    if (await this.before(message, request, response)) return;
    const session = request.headers["mcp-session-id"];
    if (request.method === "DELETE") return this.sessions.delete(session), response.writeHead(200).end();
    if (message.method !== "initialize" && this.hasSessions && !this.sessions.has(session)) return response.writeHead(404).end();
    if (request.method === "GET") {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write(": here\n\n");
      this.listeners.add(response);
      return void response.on("close", () => this.listeners.delete(response));
    }
    if (message.id === undefined || message.method === undefined) return response.writeHead(202).end();
    const headers = {};
    if (message.method === "initialize" && this.hasSessions) this.sessions.add((headers["Mcp-Session-Id"] = randomUUID()));
    const send = (data) => response.write(`data: ${JSON.stringify(data)}\n\n`);
    if (this.usesStreams) response.writeHead(200, { "Content-Type": "text/event-stream", ...headers });
    const answer = { jsonrpc: "2.0", id: message.id };
    try {
      answer.result = await this.#resultOf(message, { send, response, request });
    } catch (error) {
      answer.error = { code: -32000, message: error.message };
    }
    if (response.writableEnded || response.destroyed) return;
    if (this.usesStreams) return send(answer), response.end();
    response.writeHead(200, { "Content-Type": "application/json", ...headers });
    response.end(JSON.stringify(answer));
  }

  async #resultOf({ method, params = {} }, around) {
    if (method === "initialize") return { protocolVersion: this.version(params.protocolVersion), capabilities: { tools: { listChanged: true } }, serverInfo: { name: "test", version: "1" } };
    if (method === "tools/list") {
      const from = Number(params.cursor ?? 0);
      const tools = this.tools.slice(from, from + this.pageSize);
      return { tools, ...(from + this.pageSize < this.tools.length && { nextCursor: String(from + this.pageSize) }) };
    }
    if (method !== "tools/call") throw new Error("unknown method");
    const call = this.calls.get(params.name);
    if (!call) throw new Error(`There is no ${params.name}`);
    return call(params.arguments ?? {}, around);
  }
}

// A vendor of a model that uses the tools it is told to, and then says what came back.
export class ToolVendor {
  asked = [];
  // What it asks for, in one round each: [[name, input], ...].
  rounds = [];

  static async start() {
    const vendor = new ToolVendor();
    vendor.http = createServer(async (request, response) => {
      let text = "";
      for await (const chunk of request) text += chunk;
      if (request.url.endsWith("/models")) return response.end(JSON.stringify({ data: [{ id: "m", object: "model" }, { id: "n", object: "model" }] }));
      const body = JSON.parse(text);
      vendor.asked.push(body);
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      const send = (data) => response.write(`data: ${JSON.stringify(data)}\n\n`);
      const round = vendor.rounds.shift();
      if (round) {
        const calls = round.map(([name, input], index) => ({ index, id: `call-${vendor.asked.length}-${index}`, type: "function", function: { name, arguments: JSON.stringify(input) } }));
        send({ choices: [{ index: 0, delta: { content: "Let me see.", tool_calls: calls } }] });
        send({ choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] });
      } else send({ choices: [{ index: 0, delta: { content: "Done." }, finish_reason: "stop" }] });
      response.end("data: [DONE]\n\n");
    });
    vendor.http.listen(0, "127.0.0.1");
    await once(vendor.http, "listening");
    vendor.env = { OPENAI_BASE_URL: `http://127.0.0.1:${vendor.http.address().port}/v1`, OPENAI_API_KEY: "a-key" };
    return vendor;
  }
  // The names that the newest request offers.
  offered() {
    return (this.asked.at(-1)?.tools ?? []).map((tool) => tool.function.name).sort();
  }
  // What the newest request says that tools gave.
  told() {
    return this.asked.at(-1).messages.filter(({ role }) => role === "tool").map(({ content }) => content);
  }
  stop() {
    this.http.closeAllConnections();
    this.http.close();
  }
}

export async function until(is, what = "it") {
  for (let i = 0; i < 400; i += 1) {
    const value = await is();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${what} did not come to be`);
}
