// Who gives no list of models is named with the reason, and asked again.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { Server } from "./server.mjs";

let isAway = true;
const vendor = createServer((request, response) => {
  const say = (status, body) => response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  const list = { data: [{ id: "m" }] };
  if (request.url.startsWith("/fine")) return say(200, list);
  if (request.url.startsWith("/refuses")) return say(401, { error: { message: "no such key: a-secret-key" } });
  if (request.url.startsWith("/none")) return say(404, {});
  return isAway ? undefined : say(200, list);
});

let server;
before(async () => {
  vendor.listen(0, "127.0.0.1");
  await once(vendor, "listening");
  const at = (path) => `http://127.0.0.1:${vendor.address().port}/${path}`;
  server = await Server.start({
    env: {
      OPENAI_BASE_URL: at("fine"), GROQ_BASE_URL: at("refuses"), GROQ_API_KEY: "a-secret-key", VLLM_BASE_URL: at("none"), LMSTUDIO_BASE_URL: at("silent"),
      LLAMACPP_BASE_URL: "http://127.0.0.1:1/v1", AZURE_OPENAI_ENDPOINT: at("azure"), AZURE_OPENAI_DEPLOYMENTS: "mine,yours",
    },
  });
});
after(async () => {
  await server.stop();
  vendor.closeAllConnections();
  vendor.close();
});

test("each that gives no list says why, the others are there, and all are asked again", async () => {
  const first = (await server.call("GET", "/api/models")).body;
  assert.deepEqual(first.models.map(({ id }) => id), ["builtin", "openai/m", "azure/mine", "azure/yours"]);
  const reasons = Object.fromEntries(first.away.map(({ name, reason }) => [name, reason]));
  assert.deepEqual(Object.keys(reasons).sort(), ["groq", "llamacpp", "lmstudio", "vllm"]);
  assert.match(reasons.groq, /refused the API key \(401\)/);
  assert.match(reasons.vllm, /no list of models at this address \(404\)/);
  assert.match(reasons.lmstudio, /LM Studio (does not answer|could not be reached)/);
  assert.match(reasons.llamacpp, /llama\.cpp could not be reached/);
  assert.ok(!JSON.stringify(first).includes("a-secret-key"));

  isAway = false;
  const kept = (await server.call("GET", "/api/models")).body;
  assert.ok(kept.away.some(({ name }) => name === "lmstudio"), "left alone for a moment");
  const anew = (await server.call("GET", "/api/models?anew=true")).body;
  assert.ok(anew.models.some(({ id }) => id === "lmstudio/m"));
  assert.deepEqual(anew.away.map(({ name }) => name).sort(), ["groq", "llamacpp", "vllm"]);
  assert.equal((await server.call("GET", "/api/models?anew=perhaps")).status, 400);
});
