// Settings of a conversation: stored field by field, and given to each vendor in its own form.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { Server, textBlock, ulid } from "./server.mjs";

const requests = [];
let refusal = null;
const line = (value) => `data: ${JSON.stringify(value)}\n\n`;
const answers = {
  chat: () => `${line({ choices: [{ delta: { content: "Yes." }, finish_reason: "stop" }] })}data: [DONE]\n\n`,
  messages: () =>
    [
      { type: "message_start", message: { usage: { input_tokens: 1, output_tokens: 1 } } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Yes." } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 1 } },
      { type: "message_stop" },
    ].map((event) => `event: ${event.type}\n${line(event)}`).join(""),
  gemini: () => line({ candidates: [{ content: { role: "model", parts: [{ text: "Yes." }] }, finishReason: "STOP" }] }),
  responses: () =>
    [
      { type: "response.output_item.added", output_index: 0, item: { type: "message", id: "m", content: [] } },
      { type: "response.output_text.delta", output_index: 0, content_index: 0, delta: "Yes." },
      { type: "response.output_item.done", output_index: 0, item: { type: "message", id: "m", content: [{ type: "output_text", text: "Yes." }] } },
      { type: "response.completed", response: { status: "completed", output: [] } },
    ].map((event) => `event: ${event.type}\n${line(event)}`).join(""),
};
const kindOf = (url) => (url.includes("/messages") ? "messages" : url.includes(":streamGenerateContent") ? "gemini" : url.includes("/responses") ? "responses" : "chat");
const vendor = createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  if (request.method === "GET") return response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
  requests.push(JSON.parse(text));
  if (refusal) {
    response.writeHead(400, { "Content-Type": "application/json" });
    return response.end(JSON.stringify({ error: { message: refusal, type: "invalid_request_error" } }));
  }
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.end(answers[kindOf(request.url)]());
});

let server;
let responses;
before(async () => {
  vendor.listen(0, "127.0.0.1");
  await once(vendor, "listening");
  const base = `http://127.0.0.1:${vendor.address().port}`;
  const keys = { ANTHROPIC_BASE_URL: base, ANTHROPIC_API_KEY: "k", GEMINI_BASE_URL: base, GEMINI_API_KEY: "k", OPENAI_BASE_URL: `${base}/v1`, OPENAI_API_KEY: "k" };
  server = await Server.start({ env: keys });
  responses = await Server.start({ env: { ...keys, OPENAI_PROTOCOL: "responses" } });
});
after(async () => {
  await server.stop();
  await responses.stop();
  vendor.closeAllConnections();
  vendor.close();
});

const all = { system: "Be brief.\nAlways.", temperature: 0.5, maxTokens: 9000, effort: "high" };

async function create(settings, at = server) {
  const made = await at.call("POST", "/api/conversations", { id: ulid(), ...(settings && { settings }) });
  assert.equal(made.status, 201, made.text);
  return made.body.id;
}
async function ask(id, model, { at = server, text = "Tea?", tools } = {}) {
  const from = requests.length;
  await at.call("POST", `/api/conversations/${id}/generations`, { message: { id: ulid(), content: textBlock(text) }, models: [model], ...(tools && { tools }) });
  const { messages } = (await at.call("GET", `/api/conversations/${id}/messages`)).body;
  return { sent: requests.slice(from), answer: messages.at(-1) };
}
async function askWith(settings, model, options = {}) {
  const { sent, answer } = await ask(await create(settings, options.at), model, options);
  assert.equal(answer.status, "complete", JSON.stringify(answer));
  return sent[0];
}
const find = async (id) => (await server.call("GET", `/api/conversations/${id}`)).body;
const patch = (id, settings, more) => server.call("PATCH", `/api/conversations/${id}`, { settings, ...more });

test("chat completions", async () => {
  const sent = await askWith(all, "openai/gpt-4o");
  assert.deepEqual(sent.messages, [{ role: "system", content: all.system }, { role: "user", content: "Tea?" }]);
  assert.deepEqual([sent.temperature, sent.max_tokens, sent.reasoning_effort], [0.5, 9000, "high"]);
});

test("Anthropic's messages", async () => {
  const plain = { system: all.system, temperature: 1.5, maxTokens: 9000 };
  const sent = await askWith(plain, "anthropic/claude-sonnet-4-5");
  assert.deepEqual([sent.system, sent.temperature, sent.max_tokens, sent.thinking], [all.system, 1, 9000, undefined]);
  assert.deepEqual(sent.messages.map(({ role }) => role), ["user"]);
  const thinking = await askWith(all, "anthropic/claude-sonnet-4-5");
  assert.equal(thinking.thinking.type, "enabled");
  assert.ok(thinking.thinking.budget_tokens >= 1024 && thinking.thinking.budget_tokens < 9000);
  assert.ok(!("temperature" in thinking), "thinking takes no temperature");
  const newer = await askWith({ temperature: 0.5, effort: "low" }, "anthropic/claude-opus-4-7");
  assert.deepEqual([newer.output_config.effort, newer.temperature], ["low", undefined]);
});

test("Gemini", async () => {
  const sent = await askWith(all, "gemini/gemini-2.5-flash");
  assert.deepEqual(sent.systemInstruction, { parts: [{ text: all.system }] });
  const { temperature, maxOutputTokens, thinkingConfig } = sent.generationConfig;
  assert.deepEqual([temperature, maxOutputTokens, thinkingConfig.thinkingBudget > 0], [0.5, 9000, true]);
  const older = await askWith(all, "gemini/gemini-2.0-flash");
  assert.ok(!("thinkingConfig" in older.generationConfig), "one that does not reason is told nothing of it");
});

test("OpenAI's Responses", async () => {
  const sent = await askWith(all, "openai/gpt-5", { at: responses });
  assert.deepEqual([sent.instructions, sent.temperature, sent.max_output_tokens, sent.reasoning.effort], [all.system, 0.5, 9000, "high"]);
  assert.deepEqual(sent.input, [{ role: "user", content: "Tea?" }]);
});

test("what is not set is not sent", async () => {
  const chat = await askWith(undefined, "openai/gpt-4o");
  assert.ok(!["temperature", "max_tokens", "max_completion_tokens", "reasoning_effort"].some((name) => name in chat), Object.keys(chat).join());
  assert.deepEqual(chat.messages.map(({ role }) => role), ["user"]);
  const gemini = await askWith(undefined, "gemini/gemini-2.5-flash");
  assert.deepEqual([gemini.systemInstruction, gemini.generationConfig], [undefined, {}]);
  const claude = await askWith(undefined, "anthropic/claude-sonnet-4-5");
  assert.ok(!["system", "temperature", "thinking"].some((name) => name in claude), Object.keys(claude).join());
  const other = await askWith(undefined, "openai/gpt-5", { at: responses });
  assert.ok(!["instructions", "temperature", "max_output_tokens", "reasoning"].some((name) => name in other), Object.keys(other).join());
});

test("they are those of the moment an answer begins", async () => {
  const id = await create({ temperature: 1 });
  assert.equal((await ask(id, "openai/gpt-4o")).sent[0].temperature, 1);
  await patch(id, { temperature: null, system: "Now briefly." });
  const { sent } = await ask(id, "openai/gpt-4o");
  assert.ok(!("temperature" in sent[0]));
  assert.deepEqual(sent[0].messages.map(({ content }) => content), ["Now briefly.", "Tea?", "Yes.", "Tea?"]);
});

test("a folder's and the default's hold where the conversation says nothing, and a folder's instructions come before its own", async () => {
  const preset = (id, settings) => server.call("PATCH", `/api/presets/${encodeURIComponent(id)}`, { settings });
  const turns = ({ messages }) => messages.map(({ role, content }) => `${role}: ${content}`);
  await preset("default", { system: "Everywhere.", temperature: 0.1, maxTokens: 100, effort: "low" });
  await preset("folder:Büro", { system: "In the office.", temperature: 0.2, maxTokens: 200 });
  try {
    const id = await create({ temperature: 0.3 });
    const plain = (await ask(id, "openai/gpt-4o")).sent[0];
    assert.deepEqual(turns(plain), ["system: Everywhere.", "user: Tea?"]);
    assert.deepEqual([plain.temperature, plain.max_tokens, plain.reasoning_effort], [0.3, 100, "low"]);
    await server.call("PATCH", `/api/conversations/${id}`, { folder: "Büro" });
    const inside = (await ask(id, "openai/gpt-4o")).sent[0];
    assert.deepEqual(turns(inside).slice(0, 2), ["system: In the office.", "user: Tea?"], "the default's only where there are none");
    assert.deepEqual([inside.temperature, inside.max_tokens, inside.reasoning_effort], [0.3, 200, "low"]);
    await patch(id, { system: "Here.", temperature: null });
    const both = (await ask(id, "openai/gpt-4o")).sent[0];
    const joined = "In the office.\n\nHere.";
    assert.deepEqual(turns(both).slice(0, 2), [`system: ${joined}`, "user: Tea?"]);
    assert.equal(both.temperature, 0.2);
    assert.equal((await ask(id, "anthropic/claude-sonnet-4-5")).sent[0].system, joined);
    assert.deepEqual((await ask(id, "gemini/gemini-2.5-flash")).sent[0].systemInstruction, { parts: [{ text: joined }] });
    assert.match((await ask(id, "builtin")).answer.content[0].text, /^> In the office\./);
    assert.deepEqual((await find(id)).settings, { system: "Here." }, "nothing is copied into it");
    await server.call("DELETE", `/api/presets/${encodeURIComponent("folder:Büro")}`);
    assert.deepEqual(turns((await ask(id, "openai/gpt-4o")).sent[0]).slice(0, 2), ["system: Here.", "user: Tea?"]);
  } finally {
    await server.call("DELETE", "/api/presets/default");
  }
  await preset("default", { tools: [] });
  const names = (request) => (request.tools ?? []).map((tool) => tool.function.name);
  assert.deepEqual(names(await askWith(undefined, "openai/gpt-4o", { tools: ["search_conversations"] })), []);
  await server.call("DELETE", "/api/presets/default");
});

test("tools are left out, and none is allowed by being named", async () => {
  const tools = ["search_conversations"];
  const names = (request) => (request.tools ?? []).map((tool) => tool.function.name);
  assert.ok(names(await askWith(undefined, "openai/gpt-4o", { tools })).includes("search_conversations"));
  assert.deepEqual(names(await askWith({ tools: [] }, "openai/gpt-4o", { tools })), []);
  assert.deepEqual(names(await askWith({ tools }, "openai/gpt-4o", { tools })), tools);
  assert.ok(!names(await askWith({ tools }, "openai/gpt-4o")).includes("search_conversations"));
});

test("a vendor's refusal of one is shown in its words", async () => {
  refusal = "Unsupported value: 'temperature' does not support 0.5 with this model.";
  try {
    const { answer } = await ask(await create({ temperature: 0.5 }), "openai/gpt-4o");
    assert.equal(answer.status, "error");
    assert.ok(answer.error.detail.includes(refusal), answer.error.detail);
  } finally {
    refusal = null;
  }
});

test("the built-in model names its instructions, and is cut by its length", async () => {
  const { answer } = await ask(await create({ system: "Be brief.", maxTokens: 12 }), "builtin", { text: "hello" });
  assert.equal(answer.content[0].text.split(/\s+/u).filter(Boolean).length, 12);
  assert.ok(answer.content[0].text.startsWith("> Be brief."), answer.content[0].text);
  assert.equal(answer.metadata.finishReason, "length", JSON.stringify(answer));
});

test("they are changed one by one, by every way in", async () => {
  const id = await create({ system: "one", temperature: 0, effort: null });
  assert.deepEqual((await find(id)).settings, { system: "one", temperature: 0 });
  const { body: row } = await patch(id, { temperature: null, maxTokens: 5, tools: ["a"] });
  assert.deepEqual(row.settings, { system: "one", maxTokens: 5, tools: ["a"] });
  assert.equal((await patch(id, {})).body.rev, row.rev);
  const put = await server.call("PUT", `/api/conversations/${id}`, { settings: { effort: "low", tools: null }, messages: [{ role: "user", content: textBlock("x") }] });
  assert.deepEqual(put.body.settings, { system: "one", maxTokens: 5, effort: "low" });
  const now = Date.now();
  const push = (settings, editedAt) =>
    server.call("POST", "/api/push", { epoch: 1, operations: [{ id: ulid(), type: "edit-conversation", conversationId: id, editedAt, fields: { settings } }] });
  await push({ system: "late", temperature: 1 }, now - 60_000);
  assert.deepEqual((await find(id)).settings, { system: "late", maxTokens: 5, effort: "low" }, "one that was taken away later stays so, one that nobody edited is taken");
  await push({ system: "new" }, now + 1000);
  assert.equal((await find(id)).settings.system, "new");
  const made = ulid();
  const created = await server.call("POST", "/api/push", { epoch: 1, operations: [{ id: ulid(), type: "create-conversation", conversation: { id: made, settings: { temperature: 2 } } }] });
  assert.deepEqual(created.body.results[0].conversation.settings, { temperature: 2 });
  const { conversations } = (await server.call("GET", "/api/conversations?limit=100")).body;
  assert.deepEqual(conversations.find((one) => one.id === made).settings, { temperature: 2 });
});

test("what they may not be is refused, and told by its name", async () => {
  const id = await create();
  const wrong = [{ temperature: 2.5 }, { temperature: "1" }, { maxTokens: 0 }, { maxTokens: 1.5 }, { effort: "most" }, { system: "" }, { system: "x".repeat(65_537) }, { tools: ["a", "a"] }, { tools: [""] }, { tools: ["a\nb"] }];
  for (const settings of wrong) {
    const answer = await patch(id, settings);
    assert.deepEqual([answer.status, answer.body.type], [422, "/problems/invalid-field"], answer.text);
    assert.ok(answer.body.detail.includes(`"settings.${Object.keys(settings)[0]}"`), answer.body.detail);
  }
  assert.equal((await patch(id, { tempreature: 1 })).body.type, "/problems/unknown-field");
  assert.equal((await patch(id, [])).status, 422);
  assert.deepEqual((await find(id)).settings, {});
  assert.equal((await patch(id, { system: "é".repeat(32_768) })).status, 200);
});
