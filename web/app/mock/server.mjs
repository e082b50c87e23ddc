// A small server for developing the page and checking it: in memory, after docs/api.md, with the real content policy.
//   node mock/server.mjs [--port 8787] [--empty] [--delay MS] [--words-per-second 60] [--dist DIR] [--data DIR]
// POST /mock/{down,up,cut} makes the API unreachable, reachable, and cuts every open stream.
import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fill, nextId } from "./data.mjs";
import { begin, generationOf } from "./generations.mjs";
import { Store } from "./store.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const option = (name, standard) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? standard : process.argv[at + 1];
};
const dist = option("dist", join(here, "../dist"));
const delayMs = Number(option("delay", 0));
const settings = { perSecond: Number(option("words-per-second", 60)) };
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; " +
  "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json" };

const store = new Store();
const models = [
  { id: "builtin", name: "Built-in", vendor: "Threadkeep", description: "Needs no key and no network; says plainly that it is no model." },
  { id: "sonata-large", name: "Sonata Large", vendor: "Example", description: "The thorough one." },
  { id: "sonata-small-2026-09-instruct", name: "Sonata Small 2026-09 Instruct", vendor: "Example" },
];
if (!process.argv.includes("--empty")) fill(store, option("data", ""));
let isDown = false;
const streams = new Set();

class Problem extends Error {
  constructor(status, type, title) {
    super(title);
    this.body = { type: `/problems/${type}`, title, status, detail: title, instance: "", requestId: "mock" };
  }
}
const missing = () => new Problem(404, "not-found", "There is nothing here.");
const conversationAt = (id) => store.conversations.get(id) ?? (() => { throw missing(); })();

function page(items, query, name, standard) {
  const limit = Number(query.get("limit") ?? standard);
  const from = Number(query.get("cursor") ?? 0);
  const next = from + limit < items.length ? String(from + limit) : null;
  return { [name]: items.slice(from, from + limit), nextCursor: next };
}

function listConversations(query) {
  const [archived, pinned] = [query.get("archived") ?? "false", query.get("pinned") ?? "any"];
  const isTrash = query.get("trash") === "true";
  const items = [...store.conversations.values()]
    .filter((one) => Boolean(one.deletedAt) === isTrash)
    .filter((one) => isTrash || archived === "any" || one.isArchived === (archived === "true"))
    .filter((one) => pinned === "any" || one.isPinned === (pinned === "true"))
    .sort((x, y) => y.updatedAt - x.updatedAt);
  return page(items, query, "conversations", 20);
}

function listMessages(id, query) {
  const conversation = conversationAt(id);
  const headId = query.get("head") ?? conversation.headId;
  const path = store.path(headId).reverse().map((message) => store.withSiblings(message));
  const found = page(path, query, "messages", 50);
  return { messages: found.messages.reverse(), nextCursor: found.nextCursor, headId };
}

function patch(conversation, body) {
  if (body.headId) body.headId = store.leafBelow(body.headId);
  if ("title" in body) body.titleSource = body.title ? "user" : "excerpt";
  Object.assign(conversation, body, { rev: conversation.rev + 1, seq: ++store.seq });
  if (!conversation.title) conversation.title = "Made from the conversation";
  return conversation;
}

function generate(id, body, response) {
  const conversation = conversationAt(id);
  if (conversation.deletedAt) throw new Problem(410, "conversation-deleted", "The conversation is in the trash.");
  const { message } = body;
  const known = message?.id && store.messages.get(message.id);
  if (known) {
    const answer = store.children(id, known.id)[0];
    return stream(generationOf(answer), 0, response);
  }
  const question = message && store.addMessage(conversation, { id: message.id ?? nextId(), parentId: message.parentId ?? null, content: message.content });
  const generation = begin(store, conversation, question, question?.id ?? body.parentId, body.models, body.answerIds, settings);
  stream(generation, 0, response);
}

/** The events from number `from` on; without one, the rows as they are now and what follows. */
function stream(generation, from, response, asRows = false) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store", "content-security-policy": "default-src 'none'" });
  const send = ({ id, event, data }) => {
    response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (event === "end") response.end();
  };
  if (asRows) {
    const id = `${generation.tag}-${generation.log.length}`;
    for (const message of generation.answers) send({ id, event: "message", data: { message } });
  } else generation.log.slice(from).forEach(send);
  if (generation.log.at(-1)?.event === "end") return asRows ? send(generation.log.at(-1)) : undefined;
  generation.watchers.add(send);
  streams.add(response);
  response.on("close", () => generation.watchers.delete(send) && streams.delete(response));
}

function watch(id, request, response) {
  const message = store.messages.get(id);
  if (!message) throw missing();
  const last = request.headers["last-event-id"];
  const generation = generationOf(id);
  if (generation) return stream(generation, last ? Number(last.split("-")[1]) : 0, response, !last);
  const status = { messageId: id, status: message.status };
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(`id: x-1\nevent: message\ndata: ${JSON.stringify({ message })}\n\nid: x-2\nevent: status\ndata: ${JSON.stringify(status)}\n\nid: x-3\nevent: end\ndata: {}\n\n`);
}

function importReport(name, bytes) {
  const found = Math.max(1, Math.round(bytes / 9000));
  return {
    format: "chatgpt", name,
    conversations: { found, imported: Math.max(0, found - 5), alreadyHere: 3, failed: 2 },
    messages: { found: found * 9, imported: found * 9 - 58, alreadyHere: 27, skipped: 31 },
    verbatim: [{ contentType: "tether_quote", count: 12 }, { contentType: "execution_output", count: 4 }],
    problems: [
      { conversation: "68c1", title: "كيف أحفظ المحادثات من الضياع", reason: "A message names a parent that is not in the file." },
      { conversation: "77aa", title: "", reason: "The entry has no mapping." },
    ],
    problemsLeftOut: 0,
  };
}

async function api(request, response, url) {
  const [, , kind, id, action] = url.pathname.split("/");
  const { method } = request;
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const raw = Buffer.concat(chunks);
  const body = request.headers["content-type"]?.startsWith("application/json") && kind !== "import" && raw.length ? JSON.parse(raw) : {};
  if (kind === "me") return { id: "U", name: "Local user", isLocal: true };
  if (kind === "models") return { models, default: "builtin" };
  if (kind === "import") return importReport(url.searchParams.get("name"), raw.length);
  if (kind === "generations" && action === "events") return watch(id, request, response);
  if (kind === "generations" && action === "cancel") {
    const message = store.messages.get(id) ?? (() => { throw missing(); })();
    message.finish?.("cancelled");
    return { message };
  }
  if (kind !== "conversations") throw missing();
  if (!id && method === "GET") return listConversations(url.searchParams);
  if (!id) return store.conversations.get(body.id) ?? store.addConversation({ ...body, ...(body.title ? { titleSource: "user" } : {}) });
  const conversation = conversationAt(id);
  if (action === "messages" && conversation.deletedAt) throw new Problem(410, "conversation-deleted", "The conversation is in the trash.");
  if (action === "messages") return listMessages(id, url.searchParams);
  if (action === "generations") return generate(id, body, response);
  if (action === "restore") return delete conversation.deletedAt, (conversation.seq = ++store.seq), conversation;
  if (method === "PATCH") return patch(conversation, body);
  if (method !== "DELETE") return conversation;
  if (url.searchParams.get("forever")) store.conversations.delete(id);
  else conversation.deletedAt = Date.now();
  conversation.seq = ++store.seq;
  return null;
}

function serveFile(url, response) {
  const name = extname(url.pathname) ? url.pathname : "/index.html";
  const file = join(dist, name.replaceAll("..", ""));
  if (!existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream", "content-security-policy": policy, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
  response.end(readFileSync(file));
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  try {
    if (url.pathname.startsWith("/mock/")) {
      const what = url.pathname.slice(6);
      if (what === "down" || what === "up") isDown = what === "down";
      if (what === "cut" || what === "down") for (const stream of streams) stream.destroy();
      return response.end();
    }
    if (!url.pathname.startsWith("/api/")) return serveFile(url, response);
    if (isDown) return request.socket.destroy();
    if (delayMs) await new Promise((resolve) => setTimeout(resolve, delayMs));
    const answer = await api(request, response, url);
    if (answer === undefined) return;
    response.writeHead(answer === null ? 204 : 200, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(answer === null ? undefined : JSON.stringify(answer));
  } catch (error) {
    if (!(error instanceof Problem)) console.error(error);
    const problem = error instanceof Problem ? error.body : new Problem(500, "internal", "The mock failed.").body;
    if (response.headersSent) return response.destroy();
    response.writeHead(problem.status, { "content-type": "application/problem+json" });
    response.end(JSON.stringify(problem));
  }
});
server.listen(Number(option("port", 8787)), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
