// The vendors' servers as @copilotkit/aimock plays them: it reads each request as the vendor would, and answers in the vendor's own form. What it is asked and
// how it fails is the same for all protocols, and so must be what is stored.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { LLMock } from "@copilotkit/aimock";
import { Server, textBlock, ulid } from "../blackbox/server.mjs";

const story = "The harbour keeps what the window remembers, 港 and 🦉 too. ".repeat(12).trim();
const mock = new LLMock({ port: 0, host: "127.0.0.1", chunkSize: 7, strict: true });
let server;

before(async () => {
  const url = await mock.start();
  server = await Server.start({
    env: {
      OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: "mock", OPENAI_PROTOCOL: "responses",
      GROQ_BASE_URL: `${url}/v1`, GROQ_API_KEY: "mock",
      ANTHROPIC_BASE_URL: `${url}/v1`, ANTHROPIC_API_KEY: "mock",
      GEMINI_BASE_URL: `${url}/v1beta`, GEMINI_API_KEY: "mock",
    },
  });
});
after(async () => {
  await server?.stop();
  await mock.stop();
});
beforeEach(() => {
  mock.clearFixtures();
  mock.clearChaos();
  mock.clearRequests();
});

const protocols = [
  { name: "OpenAI chat completions", model: "groq/llama-3.3-70b", path: "/v1/chat/completions" },
  { name: "OpenAI Responses", model: "openai/gpt-5", path: "/v1/responses" },
  { name: "Anthropic messages", model: "anthropic/claude-sonnet-4", path: "/v1/messages" },
  { name: "Gemini", model: "gemini/gemini-2.5-flash", path: "/v1beta/models/gemini-2.5-flash:streamGenerateContent" },
];
const textOf = ({ content }) => content.filter(({ type }) => type === "text").map(({ text }) => text).join("");

async function ask(model, question, more = {}) {
  const conversation = more.conversation ?? (await server.call("POST", "/api/conversations", { id: ulid() })).body.id;
  const message = { id: ulid(), content: textBlock(question) };
  const { status, text } = await server.call("POST", `/api/conversations/${conversation}/generations`, { message, models: [model], tools: more.tools });
  assert.equal(status, 200, text);
  const { messages } = (await server.call("GET", `/api/conversations/${conversation}/messages`)).body;
  return { conversation, answer: messages.at(-1) };
}

for (const { name, model, path } of protocols) {
  describe(name, () => {
    test("an answer in small pieces, and the next question with what was said before", async () => {
      mock.onMessage("Tell me", { content: story });
      mock.onMessage("And then", { content: "It ended." });
      const { conversation, answer } = await ask(model, "Tell me about the harbour.");
      assert.equal(answer.status, "complete", JSON.stringify(answer.error));
      assert.equal(textOf(answer), story);
      const next = await ask(model, "And then?", { conversation });
      assert.equal(textOf(next.answer), "It ended.");
      const requests = mock.getRequests().filter(({ method }) => method === "POST");
      assert.deepEqual(requests.map((request) => new URL(request.path, "http://mock").pathname), [path, path]);
      // As the mock has understood it.
      assert.deepEqual(requests[1].body.messages.map(({ role }) => role), ["user", "assistant", "user"]);
    });

    test("reasoning is kept apart from the answer", async () => {
      mock.onMessage("Think", { content: "Four.", reasoning: "Two and two, I count." });
      const { answer } = await ask(model, "Think: two and two?");
      assert.equal(answer.status, "complete", JSON.stringify(answer.error));
      assert.equal(textOf(answer), "Four.");
      assert.equal(answer.content.filter(({ type }) => type === "reasoning").map(({ text }) => text).join(""), "Two and two, I count.");
    });

    test("a tool is called, and its result comes back in the vendor's form", async () => {
      mock.on({ userMessage: "Look", hasToolResult: true }, { content: "You never spoke of owls." });
      mock.on({ userMessage: "Look" }, { toolCalls: [{ name: "search_conversations", arguments: JSON.stringify({ query: "owls" }) }] });
      const { answer } = await ask(model, "Look for owls.", { tools: ["search_conversations"] });
      assert.equal(answer.status, "complete", JSON.stringify(answer.error));
      const types = answer.content.map(({ type }) => type);
      assert.deepEqual(types, ["tool_use", "tool_result", "text"]);
      assert.deepEqual(answer.content[0].input, { query: "owls" });
      assert.equal(answer.content[1].toolUseId, answer.content[0].id);
      assert.equal(textOf(answer), "You never spoke of owls.");
    });

    test("usage is kept", async () => {
      mock.onMessage("Count", { content: "One.", usage: { prompt_tokens: 11, completion_tokens: 3, input_tokens: 11, output_tokens: 3, promptTokenCount: 11, candidatesTokenCount: 3, totalTokenCount: 14, total_tokens: 14 } });
      const { answer } = await ask(model, "Count.");
      assert.equal(answer.status, "complete", JSON.stringify(answer.error));
      assert.ok(answer.usage, "there is a usage");
      assert.equal(answer.usage.inputTokens ?? answer.usage.promptTokens, 11, JSON.stringify(answer.usage));
      assert.equal(answer.usage.outputTokens ?? answer.usage.completionTokens, 3, JSON.stringify(answer.usage));
    });

    test("a key that is refused is told without the vendor's words, which may repeat it", async () => {
      mock.onMessage("Fail", { error: { message: "No: mock.", type: "authentication_error" }, status: 401 });
      const { answer } = await ask(model, "Fail.");
      assert.equal(answer.status, "error");
      assert.equal(answer.error.type, "auth");
      assert.doesNotMatch(answer.error.detail, /mock/);
    });

    for (const [status, type] of [[400, "invalid_request_error"], [500, "api_error"]]) {
      test(`${status} is told with the vendor's words`, async () => {
        mock.onMessage("Fail", { error: { message: `No: ${status}.`, type }, status });
        const { answer } = await ask(model, "Fail.");
        assert.equal(answer.status, "error");
        assert.match(JSON.stringify(answer.error), new RegExp(`No: ${status}\\.`));
      });
    }

    test("429 is told as such, with the time to wait", async () => {
      mock.onMessage("Fast", { error: { message: "Slower.", type: "rate_limit_error" }, status: 429, retryAfter: 7 });
      const { answer } = await ask(model, "Fast.");
      assert.equal(answer.status, "error");
      assert.equal(answer.error.type, "rate-limited");
      assert.match(answer.error.detail, /try again in 7 s: Slower\./);
    });

    test("an answer that is cut by its length says so", async () => {
      mock.onMessage("Tell me", { content: story, finishReason: "length" });
      const { answer } = await ask(model, "Tell me about the harbour.");
      assert.equal(answer.status, "complete");
      assert.equal(textOf(answer), story);
      assert.equal(answer.metadata.finishReason, "length");
    });

    test("a stream that is cut keeps what came, and is no whole answer", async () => {
      mock.onMessage("Tell me", { content: story }, { truncateAfterChunks: 20, latency: 5 });
      const { answer } = await ask(model, "Tell me about the harbour.");
      assert.equal(answer.status, "error", textOf(answer).slice(-30));
      const text = textOf(answer);
      assert.ok(text.length > 0 && story.startsWith(text), text);
      assert.equal(mock.getRequests().filter(({ method }) => method === "POST").length, 1);
    });

    test("what is no answer at all, a lost connection, and a refusal by chance end as errors", async () => {
      for (const chaos of [{ malformedRate: 1 }, { disconnectRate: 1 }, { dropRate: 1 }, { rateLimitRate: 1 }]) {
        mock.onMessage("Tell me", { content: story });
        mock.setChaos(chaos);
        const { answer } = await ask(model, "Tell me about the harbour.");
        assert.equal(answer.status, "error", JSON.stringify(chaos));
        assert.ok(answer.error.detail.length > 0);
      }
    });

    test("an answer that comes slowly and unevenly is the same", async () => {
      mock.onMessage("Tell me", { content: story }, { streamingProfile: { ttft: 50, tps: 400, jitter: 0.8 } });
      const { answer } = await ask(model, "Tell me about the harbour.");
      assert.equal(textOf(answer), story);
      assert.equal(answer.status, "complete");
    });
  });
}
