// A vendor of models for the server under test: speaks the OpenAI chat protocol and says what it is told to say.
import { createServer } from "node:http";
import { once } from "node:events";

export class Vendor {
  #answers = new Map();
  #open = new Set();
  #calls = 0;
  #windows = new Map();
  #key;
  /** What the models were asked, in order: `model`, `messages` and `tools`, as they came in. */
  asked = [];

  static async start(models = ["owl", "parrot"], port = 0) {
    const vendor = new Vendor();
    for (const model of models) vendor.says(model, `I am the ${model}.`);
    vendor.server = createServer((request, response) => void vendor.#answer(request, response));
    vendor.server.listen(port, "127.0.0.1");
    await once(vendor.server, "listening");
    vendor.env = { OPENAI_BASE_URL: `http://127.0.0.1:${vendor.server.address().port}/v1`, OPENAI_API_KEY: "a-key" };
    return vendor;
  }

  /** From now on the model answers with these pieces, a few milliseconds apart. */
  says(model, ...pieces) {
    this.#answers.set(model, { pieces });
  }

  /** From now on the model refuses. */
  fails(model, status, message, headers = {}) {
    this.#answers.set(model, { status, message, headers });
  }

  /** From now on the connection is cut after these pieces. */
  breaks(model, ...pieces) {
    this.#answers.set(model, { pieces, isCut: true });
  }

  /** From now on the answer is cut by its length after these pieces. */
  cuts(model, ...pieces) {
    this.#answers.set(model, { pieces, reason: "length" });
  }

  /** From now on the model asks for this tool, whatever it is told. */
  calls(model, tool, input = {}) {
    this.#answers.set(model, { pieces: [], tool, input });
  }

  /** The model reads and writes at most so many tokens, as the list of models tells from now on. */
  reads(model, tokens) {
    this.#windows.set(model, tokens);
  }

  /** From now on it answers only to this key. */
  wantsKey(key) {
    this.#key = key;
  }

  async #answer(request, response) {
    if (this.#key && request.headers.authorization !== `Bearer ${this.#key}`) return json(response, 401, { error: { message: "No such key." } });
    if (request.url.endsWith("/models")) return json(response, 200, { data: [...this.#answers.keys()].map((id) => ({ id, object: "model", context_window: this.#windows.get(id) })) });
    let body = "";
    for await (const chunk of request) body += chunk;
    const question = JSON.parse(body);
    this.asked.push({ model: question.model, messages: question.messages, tools: question.tools ?? [] });
    const { pieces, status, message, headers, isCut, tool, input, reason = "stop" } = this.#answers.get(question.model) ?? { status: 404, message: "There is no such model." };
    if (status) return json(response, status, { error: { message } }, headers);
    this.#open.add(response);
    response.on("close", () => this.#open.delete(response));
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    const send = (data) => response.write(`data: ${JSON.stringify(data)}\n\n`);
    for (const content of pieces) {
      send({ choices: [{ index: 0, delta: { content } }] });
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    if (isCut) return response.destroy();
    if (tool) send({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: `call-${(this.#calls += 1)}`, type: "function", function: { name: tool, arguments: JSON.stringify(input) } }] } }] });
    send({ choices: [{ index: 0, delta: {}, finish_reason: tool ? "tool_calls" : reason }] });
    response.end("data: [DONE]\n\n");
  }

  async stop() {
    for (const response of this.#open) response.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

function json(response, status, body, headers = {}) {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
