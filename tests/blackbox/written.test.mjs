// "2xx: it is there", for every route that writes: what was sent is looked for after each answer, with ids that are new, the same, or another's.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Server, textBlock, ulid } from "./server.mjs";

// A model that has one thing to say, for the routes that ask one.
const vendor = createServer((request, response) => {
  request.resume();
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  response.end(`data: ${JSON.stringify({ choices: [{ delta: { content: "What is written is there" }, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`);
});

let server;
before(async () => {
  vendor.listen(0, "127.0.0.1");
  await once(vendor, "listening");
  server = await Server.start({ env: { OPENAI_BASE_URL: `http://127.0.0.1:${vendor.address().port}` } });
});
after(async () => {
  await server.stop();
  vendor.closeAllConnections();
  vendor.close();
});

function random(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const get = async (path) => server.call("GET", path);
const conversation = async (id) => (await get(`/api/conversations/${id}`)).body;
async function message(conversationId, id) {
  const { status, body } = await get(`/api/conversations/${conversationId}/messages?all=true&limit=200`);
  return status === 200 ? body.messages.find((row) => row.id === id) : undefined;
}
// All its messages, those that were deleted too.
async function idsIn(conversationId) {
  const { status, body } = await get(`/api/conversations/${conversationId}/messages?all=true&deleted=true&limit=200`);
  return status === 200 ? body.messages.map((row) => row.id) : [];
}
// In the trash of the conversation.
async function trashed(conversationId, id) {
  const { body } = await get(`/api/conversations/${conversationId}/messages?trash=true&limit=200`);
  return body.messages.find((row) => row.id === id);
}

// After this answer the message must be there with these words; of a conversation that was deleted it was there before, and one that was deleted itself stays so.
async function hasMessage(conversationId, id, text) {
  const row = await conversation(conversationId);
  if (row.deletedAt) return;
  const listed = (await get(`/api/conversations/${conversationId}/messages?all=true&deleted=true&limit=200`)).body.messages.find((one) => one.id === id);
  assert.ok(listed, `message ${id} is not there`);
  if (listed.isErased) return;
  const found = listed.deletedAt === undefined ? await message(conversationId, id) : await trashed(conversationId, id);
  assert.ok(found, `message ${id} is not there`);
  assert.deepEqual(found.content, textBlock(text));
}

const presetPath = (id) => `/api/presets/${encodeURIComponent(id)}`;

function hasFields(row, fields) {
  for (const [name, value] of Object.entries(fields)) assert.deepEqual(row[name], value, name);
}

// Of those that are no messages of the conversation nothing is said.
async function areDeleted(conversationId, ids) {
  if ((await conversation(conversationId)).deletedAt) return;
  for (const id of ids) assert.equal(await message(conversationId, id), undefined);
}
async function areRestored(conversationId, ids) {
  if ((await conversation(conversationId)).deletedAt) return;
  for (const id of ids) assert.equal(await trashed(conversationId, id), undefined);
}

// Every operation of a push whose result says 2xx.
async function isDone(operation) {
  const id = operation.conversationId ?? operation.conversation.id;
  const row = await conversation(id);
  switch (operation.type) {
    case "create-conversation":
      return assert.equal(row.id, id);
    case "append-message":
      return hasMessage(id, operation.message.id, operation.message.content[0].text);
    case "edit-conversation":
      return row.deletedAt ? undefined : hasFields(row, operation.fields);
    case "delete-conversation":
      return assert.ok(row.deletedAt);
    case "delete-messages":
      return areDeleted(id, operation.messageIds);
    case "restore-messages":
      return areRestored(id, operation.messageIds);
    default:
      return assert.equal(row.deletedAt, undefined);
  }
}

test("whatever is answered with 2xx is there", { timeout: 240_000 }, async () => {
  const pick = random(Number(process.env.THREADKEEP_WRITTEN_SEED ?? 5));
  const one = (list) => list[pick(list.length)];
  const conversations = [ulid(), ulid(), ulid()];
  const messages = [ulid(), ulid(), ulid(), ulid()];
  const operationIds = [ulid(), ulid()];
  const presets = ["default", "folder:Büro / 2", ulid()];
  const some = (ids) => {
    if (pick(2)) return one(ids);
    const id = ulid();
    ids.push(id);
    return id;
  };
  const words = () => one(["tea", "bread", "rain"]);
  const done = new Map();
  const counted = (route) => done.set(route, (done.get(route) ?? 0) + 1);
  const ok = ({ status }) => status >= 200 && status < 300;

  const steps = {
    "post /api/conversations": async () => {
      const [id, title] = [some(conversations), words()];
      const answer = await server.call("POST", "/api/conversations", { id, title });
      if (!ok(answer)) return false;
      const row = await conversation(id);
      assert.equal(row.id, id);
      if (answer.status === 201) hasFields(row, { title });
      return true;
    },
    "put /api/conversations/{id}": async () => {
      const id = one(conversations);
      const given = [{ id: some(messages), role: "user", content: textBlock(words()) }, { role: "assistant", content: textBlock(words()) }];
      const answer = await server.call("PUT", `/api/conversations/${id}`, { messages: given });
      if (!ok(answer)) return false;
      const { body } = await get(`/api/conversations/${id}/messages?deleted=true`);
      // What was deleted stays so, in its place.
      const wordsOf = ({ content, deletedAt }, at) => (deletedAt === undefined ? content : given[at].content);
      assert.deepEqual(body.messages.slice(-2).map(wordsOf), given.map((row) => row.content));
      return true;
    },
    "patch /api/conversations/{id}": async () => {
      const id = one(conversations);
      const fields = one([{ title: words() }, { folder: words() }, { tags: [words()] }, { isPinned: true }, { isArchived: false }, { settings: { system: words() } }]);
      const answer = await server.call("PATCH", `/api/conversations/${id}`, fields);
      if (!ok(answer)) return false;
      hasFields(await conversation(id), fields);
      return true;
    },
    "delete /api/conversations/{id}": async () => {
      const id = one(conversations);
      const answer = await server.call("DELETE", `/api/conversations/${id}${pick(4) ? "" : "?forever=true"}`);
      if (!ok(answer)) return false;
      assert.ok((await conversation(id)).deletedAt);
      return true;
    },
    "post /api/conversations/{id}/restore": async () => {
      const id = one(conversations);
      if (!ok(await server.call("POST", `/api/conversations/${id}/restore`))) return false;
      assert.equal((await conversation(id)).deletedAt, undefined);
      return true;
    },
    "patch /api/presets/{id}": async () => {
      const id = one(presets);
      const fields = { settings: { system: words() }, ...(id.length === 26 && { name: words() }) };
      if (!ok(await server.call("PATCH", presetPath(id), fields))) return false;
      hasFields((await get(presetPath(id))).body, fields);
      return true;
    },
    "delete /api/presets/{id}": async () => {
      const id = one(presets);
      if (!ok(await server.call("DELETE", presetPath(id)))) return false;
      assert.equal((await get(presetPath(id))).status, 404);
      return true;
    },
    "post /api/conversations/{id}/title": async () => {
      const [id, text] = [ulid(), words()];
      await server.call("POST", "/api/conversations", { id });
      await server.call("POST", `/api/conversations/${id}/generations`, { message: { id: ulid(), content: textBlock(text) }, models: ["openai/m"] });
      const answer = await server.call("POST", `/api/conversations/${id}/title`);
      if (!ok(answer)) return false;
      hasFields(await conversation(id), { title: "What is written is there", titleSource: "model" });
      return true;
    },
    "post /api/conversations/{id}/messages": async () => {
      const [id, at, text] = [one(conversations), some(messages), words()];
      const answer = await server.call("POST", `/api/conversations/${id}/messages`, { id: at, role: "user", content: textBlock(text) });
      if (!ok(answer)) return false;
      await hasMessage(id, at, text);
      return true;
    },
    "delete /api/conversations/{id}/messages/{messageId}": async () => {
      const id = one(conversations);
      const at = one([...(await idsIn(id)), ulid()]);
      const query = one(["", "?branch=true", "?forever=true"]);
      if (!ok(await server.call("DELETE", `/api/conversations/${id}/messages/${at}${query}`))) return false;
      await areDeleted(id, [at]);
      if (query === "?forever=true") assert.equal(await trashed(id, at), undefined);
      return true;
    },
    "post /api/conversations/{id}/messages/{messageId}/restore": async () => {
      const id = one(conversations);
      const at = one([...(await idsIn(id)), ulid()]);
      if (!ok(await server.call("POST", `/api/conversations/${id}/messages/${at}/restore${pick(2) ? "" : "?branch=true"}`))) return false;
      await areRestored(id, [at]);
      return true;
    },
    "post /api/conversations/{id}/generations": async () => {
      const [id, at, text, answerId] = [one(conversations), some(messages), words(), some(messages)];
      const body = { message: { id: at, content: textBlock(text) }, models: ["builtin"], answerIds: [answerId] };
      const answer = await server.call("POST", `/api/conversations/${id}/generations`, body);
      if (!ok(answer)) return false;
      await hasMessage(id, at, text);
      return true;
    },
    "post /api/conversations/{id}/duet": async () => {
      const [id, at, text, answerId] = [one(conversations), some(messages), words(), some(messages)];
      const answer = await server.call("POST", `/api/conversations/${id}/duet`, { models: ["builtin", "builtin"], turns: 2, prompt: text, id: at, answerId });
      if (!ok(answer)) return false;
      await hasMessage(id, at, text);
      return true;
    },
    "post /api/generations/{id}/cancel": async () => {
      const [id, answerId] = [one(conversations), some(messages)];
      const begun = fetch(`${server.base}/api/conversations/${id}/generations`, {
        method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ message: { content: textBlock(`${words()} at length, please`) }, models: ["builtin"], answerIds: [answerId] }),
      });
      const response = await begun;
      const answer = await server.call("POST", `/api/generations/${answerId}/cancel`);
      await response.body?.cancel();
      if (!ok(answer)) return false;
      // Nothing lists it where it, or its conversation, was deleted.
      const row = ((await conversation(answer.body.message.conversationId)).deletedAt ? undefined : await message(answer.body.message.conversationId, answerId)) ?? answer.body.message;
      assert.ok(!["reserved", "streaming"].includes(row.status), row.status);
      return true;
    },
    "post /api/generations/{id}/decisions": async () => {
      const [id, at, text] = [some(conversations), some(messages), words()];
      const row = { id: at, role: "assistant", parentId: null, content: [{ type: "tool_use", id: "a", name: text, input: {} }], status: "complete", model: "builtin", createdAt: 5, metadata: { finishReason: "confirmation" } };
      const file = { format: "threadkeep", version: 1, exportedAt: 5, conversations: [{ id, title: text, titleSource: "user", createdAt: 5, updatedAt: 5, tags: [], metadata: {}, messages: [row] }] };
      await server.call("POST", "/api/import?name=x.json", file);
      const answer = await server.call("POST", `/api/generations/${at}/decisions`, { decisions: [{ toolUseId: "a", decision: "deny" }] });
      if (!ok(answer)) return false;
      assert.deepEqual((await message(answer.body.message.conversationId, answer.body.message.id)).metadata.decisions, ["deny"]);
      return true;
    },
    "post /api/import": async () => {
      const [id, at, text] = [some(conversations), some(messages), words()];
      const row = { id: at, role: "user", parentId: null, content: textBlock(text), status: "complete", createdAt: 5, metadata: {} };
      const file = { format: "threadkeep", version: 1, exportedAt: 5, conversations: [{ id, title: text, titleSource: "user", createdAt: 5, updatedAt: 5, tags: [], metadata: {}, messages: [row] }] };
      const answer = await server.call("POST", "/api/import?name=x.json", file);
      if (!ok(answer)) return false;
      // Where the ids were taken by something else it came in under others, and the report says what came in.
      const { imported, alreadyHere, failed, deletedForEver } = answer.body.conversations;
      assert.equal(imported + alreadyHere + failed + deletedForEver, 1);
      return imported === 1;
    },
    "post /api/attachments": async () => {
      const text = words();
      const answer = await server.call("POST", `/api/attachments?name=${text}.txt`, text, { "Content-Type": "text/plain" });
      if (!ok(answer)) return false;
      assert.equal((await get(`/api/attachments/${answer.body.attachmentId}`)).body, text);
      return true;
    },
    "put /api/vendors/{name}": async () => {
      const [name, label] = [one(["mine", "yours"]), words()];
      const answer = await server.call("PUT", `/api/vendors/${name}`, { label, address: "https://vendor.invalid/v1", key: `a-key-of-${label}` });
      if (!ok(answer)) return false;
      hasFields((await get("/api/vendors")).body.vendors.find((row) => row.name === name), { label, key: "set", rev: answer.body.rev });
      return true;
    },
    "delete /api/vendors/{name}": async () => {
      const name = one(["mine", "yours"]);
      if (!ok(await server.call("DELETE", `/api/vendors/${name}`))) return false;
      assert.ok(!(await get("/api/vendors")).body.vendors.some((row) => row.name === name));
      return true;
    },
    "post /api/imports/{id}/cancel": async () => {
      const id = ulid();
      const row = (words) => ({ id: ulid(), title: words, titleSource: "user", createdAt: 5, updatedAt: 5, tags: [], metadata: {}, messages: [{ id: ulid(), role: "user", parentId: null, content: textBlock(words), status: "complete", createdAt: 5, metadata: {} }] });
      const file = { format: "threadkeep", version: 1, exportedAt: 5, conversations: Array.from({ length: 500 }, (_, n) => row(`${n}`)) };
      let isOver = false;
      const importing = server.call("POST", `/api/import?name=x.json&id=${id}`, file).finally(() => (isOver = true));
      let answer;
      do answer = await server.call("POST", `/api/imports/${id}/cancel`);
      while (!ok(answer) && !isOver);
      const { status } = await importing;
      if (!ok(answer)) return false;
      // It had read all of it, or it ended early; either way nothing of it goes on.
      assert.ok(status === 409 || status === 200, `${status}`);
      assert.equal((await get(`/api/imports/${id}`)).status, 404);
      return true;
    },
    "post /api/push": async () => {
      const id = one(conversations);
      const operations = Array.from({ length: 1 + pick(4) }, () => ({
        id: pick(3) ? ulid() : some(operationIds),
        ...one([
          { type: "create-conversation", conversation: { id: some(conversations), title: words() } }, { type: "append-message", conversationId: id, message: { id: some(messages), role: "user", content: textBlock(words()) } },
          { type: "edit-conversation", conversationId: id, editedAt: Date.now() + 1_000, fields: { title: words() } }, { type: "restore-conversation", conversationId: id }, { type: "delete-conversation", conversationId: id },
          { type: "delete-messages", conversationId: id, messageIds: [one(messages), one(messages)], editedAt: Date.now() + 1_000 }, { type: "restore-messages", conversationId: id, messageIds: [one(messages)], editedAt: Date.now() + 1_000 },
        ]),
      }));
      const { status, body } = await server.call("POST", "/api/push", { epoch: 1, operations });
      assert.equal(status, 200);
      // Only what no later one of the same push undoes can be looked for.
      const last = body.results.findLastIndex(({ status: each }) => each < 300);
      const wasRunBefore = last >= 0 && sent.has(operations[last].id);
      operations.forEach((operation, index) => {
        const before = sent.get(operation.id);
        if (before !== undefined && body.results[index].status < 300) assert.equal(before, JSON.stringify({ ...operation, editedAt: 0 }), "another operation under the same id was answered as done");
        if (body.results[index].status < 300) sent.set(operation.id, JSON.stringify({ ...operation, editedAt: 0 }));
      });
      if (last < 0 || wasRunBefore) return false;
      await isDone(operations[last]);
      return true;
    },
  };
  const sent = new Map();

  const { paths } = (await get("/openapi.json")).body;
  const writing = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).filter((method) => ["post", "put", "patch", "delete"].includes(method)).map((method) => `${method} ${path}`));
  assert.deepEqual(writing.sort(), Object.keys(steps).sort(), "every route that writes has its step");

  for (let i = 0; i < 600; i += 1) {
    const route = one(Object.keys(steps));
    if (await steps[route]()) counted(route);
  }
  for (const route of Object.keys(steps)) assert.ok(done.get(route) > 0, `${route} was never answered with 2xx`);
});
