// Eight clients write into one conversation at once, each from what it saw when it began: whole-chat PUTs, appends, renames.
// Other systems read, change and write the whole chat and lose messages that way (Open WebUI #28742).
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Server, textBlock, ulid } from "../blackbox/server.mjs";
import { wholeTree } from "./clients.mjs";

afterEach(() => Server.endAll());

const writes = Number(process.env.THREADKEEP_RACE_WRITES ?? 3000);
const clients = 8;

test(`${writes} writes of ${clients} clients into one conversation: each is there once`, async () => {
  const server = await Server.start();
  const id = ulid();
  const path = `/api/conversations/${id}`;
  const seen = Array.from({ length: 10 }, (_, i) => ({ id: ulid(), role: i % 2 ? "assistant" : "user", content: textBlock(`seen ${i}`) }));
  assert.equal((await server.call("PUT", path, { title: "A race", messages: seen })).status, 201);
  const texts = new Map(seen.map((message) => [message.id, message.content[0].text]));
  const titles = new Set(["A race"]);
  const counts = { PUT: 0, POST: 0, PATCH: 0 };
  let left = writes;

  const write = async (client) => {
    // What this client believes the chat to be: it never looks again.
    const own = [...seen];
    while (left-- > 0) {
      const message = { id: ulid(), role: "user", content: textBlock(`client ${client}, ${left} left`) };
      const kind = ["PUT", "PUT", "POST", "POST", "PATCH"][left % 5];
      counts[kind] += 1;
      if (kind === "PATCH") {
        const title = `Title ${left}`;
        titles.add(title);
        assert.equal((await server.call("PATCH", path, { title })).status, 200);
        continue;
      }
      texts.set(message.id, message.content[0].text);
      if (kind === "POST") {
        assert.equal((await server.call("POST", `${path}/messages`, message)).status, 201);
      } else {
        own.splice(10 + (left % 20), own.length, message);
        assert.equal((await server.call("PUT", path, { messages: own })).status, 200);
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => write(client)));

  const found = await wholeTree(server, id);
  assert.equal(new Set(found.map((message) => message.id)).size, found.length, "one is there twice");
  const lost = [...texts.keys()].filter((message) => !found.some((row) => row.id === message));
  console.log(`${counts.PUT} PUT, ${counts.POST} POST, ${counts.PATCH} PATCH: ${lost.length} lost of ${texts.size - seen.length} messages`);
  assert.deepEqual(lost, []);
  assert.equal(found.length, texts.size);
  for (const message of found) assert.equal(message.content[0].text, texts.get(message.id));
  const { body } = await server.call("GET", path);
  assert.equal(body.messageCount, texts.size);
  assert.ok(titles.has(body.title));
  assert.ok(texts.has(body.headId));
  await server.stop();
});
