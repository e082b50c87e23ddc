// A server of tools made with the protocol's own SDK: what we say is read by somebody else's code.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { z } from "zod";
import { ToolVendor, until } from "../blackbox/mcp_server.mjs";
import { readEvents, Server, textBlock, ulid } from "../blackbox/server.mjs";

const transports = new Map();
let tools, vendor, server, http;

function toolServer() {
  const made = new McpServer({ name: "weather", version: "1.0.0" });
  made.registerTool("look", { description: "The weather.", inputSchema: { city: z.string(), days: z.number().int().max(7).optional() }, outputSchema: { degrees: z.number() } }, async ({ city }, extra) => {
    await extra.sendNotification({ method: "notifications/progress", params: { progressToken: 1, progress: 1 } });
    const structuredContent = { degrees: city.length };
    return { content: [{ type: "text", text: JSON.stringify(structuredContent) }], structuredContent };
  });
  return made;
}

before(async () => {
  http = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    let transport = transports.get(request.headers["mcp-session-id"]);
    if (!transport) {
      if (request.headers["mcp-session-id"]) return response.writeHead(404).end();
      transport = new StreamableHTTPServerTransport({ sessionIdGenerator: randomUUID, onsessioninitialized: (id) => void transports.set(id, transport) });
      transport.onclose = () => transports.delete(transport.sessionId);
      tools = toolServer();
      await tools.connect(transport);
    }
    await transport.handleRequest(request, response, text ? JSON.parse(text) : undefined);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  vendor = await ToolVendor.start();
  server = await Server.start({ env: { ...vendor.env, THREADKEEP_MCP: `weather=http://127.0.0.1:${http.address().port}/mcp` } });
});
after(async () => {
  await server?.stop();
  vendor?.stop();
  http?.closeAllConnections();
  http?.close();
});

const listed = async () => (await server.call("GET", "/api/tools")).body;

test("the SDK's server is introduced, listed, and listed again when it has another tool", async () => {
  await until(async () => (await listed()).servers[0].state === "ready", "the list");
  assert.ok((await listed()).tools.some(({ name }) => name === "weather__look"), JSON.stringify(await listed()));
  tools.registerTool("later", { description: "Came later.", inputSchema: {} }, async () => ({ content: [] }));
  await until(async () => (await listed()).tools.some(({ name }) => name === "weather__later"), "the tool that came later");
});
