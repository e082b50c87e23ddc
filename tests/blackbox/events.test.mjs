import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server, textBlock, ulid } from "./server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

// A device that listens: waits for events, keeps them, and can go away.
class Device {
  static async listen(at = server) {
    const device = new Device();
    device.leaving = new AbortController();
    device.response = await fetch(`${at.base}/api/events`, { signal: device.leaving.signal });
    device.events = [];
    device.waiting = [];
    device.ended = device.#read();
    return device;
  }

  async #read() {
    let buffer = "";
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.response.body) {
        buffer += decoder.decode(chunk, { stream: true });
        for (let cut = buffer.indexOf("\n\n"); cut >= 0; cut = buffer.indexOf("\n\n")) {
          const event = Object.fromEntries(buffer.slice(0, cut).split("\n").map((line) => line.split(/: (.*)/s).slice(0, 2)));
          buffer = buffer.slice(cut + 2);
          if (!event.event) continue;
          this.events.push({ event: event.event, data: JSON.parse(event.data) });
          this.waiting = this.waiting.filter((look) => !look());
        }
      }
      return "ended";
    } catch {
      return "cut";
    }
  }

  until(matches) {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.events.find(matches);
        if (found) resolve(found);
        return Boolean(found);
      };
      if (!look()) this.waiting.push(look);
    });
  }

  leave() {
    this.leaving.abort();
    return this.ended;
  }
}

const create = async () => (await server.call("POST", "/api/conversations", { id: ulid() })).body;
const append = async (conversation, text) =>
  (await server.call("POST", `/api/conversations/${conversation.id}/messages`, { id: ulid(), role: "user", content: textBlock(text) })).body;

test("a device is greeted, and poked when something was committed", async () => {
  const device = await Device.listen();
  assert.equal(device.response.status, 200);
  assert.match(device.response.headers.get("content-type"), /^text\/event-stream/);
  await device.until(({ event }) => event === "hello");
  assert.deepEqual(device.events[0], { event: "hello", data: { epoch: 1 } });
  const conversation = await create();
  await device.until(({ event, data }) => event === "poke" && data.seq >= conversation.seq);
  const message = await append(conversation, "one");
  // The conversation's row has the last number of the transaction.
  await device.until(({ event, data }) => event === "poke" && data.seq >= message.seq + 1);
  await device.leave();
});

test("a poke comes behind the commit: whoever pulls then sees what it is about", async () => {
  const conversation = await create();
  const device = await Device.listen();
  let cursor = (await server.call("GET", "/api/conversations/changes?limit=1000")).body.nextCursor;
  let seen = conversation.seq;
  for (let i = 0; i < 20; i += 1) {
    const sent = append(conversation, `${i}`);
    const poke = await device.until(({ event, data }) => event === "poke" && data.seq > seen);
    const page = (await server.call("GET", `/api/conversations/changes?since=${cursor}`)).body;
    cursor = page.nextCursor;
    seen = Math.max(seen, ...page.conversations.map(({ seq }) => seq));
    assert.ok(seen >= poke.data.seq, `poked ${poke.data.seq}, pulled ${seen}`);
    await sent;
  }
  await device.leave();
});

test("many commits are few pokes, and the last one is told", async () => {
  const device = await Device.listen();
  const conversation = await create();
  const rows = await Promise.all(Array.from({ length: 300 }, (_, i) => append(conversation, `${i}`)));
  const last = Math.max(...rows.map(({ seq }) => seq)) + 1;
  await device.until(({ event, data }) => event === "poke" && data.seq === last);
  const pokes = device.events.filter(({ event }) => event === "poke").map(({ data }) => data.seq);
  assert.deepEqual(pokes, [...pokes].sort((a, b) => a - b));
  assert.ok(pokes.length < 300, `${pokes.length} pokes`);
  await device.leave();
});

test("every device of the user is poked; one that left frees its place", async () => {
  const devices = await Promise.all(Array.from({ length: 32 }, () => Device.listen()));
  const refused = await server.call("GET", "/api/events");
  assert.equal(`${refused.status} ${refused.body.type}`, "429 /problems/too-many-streams");
  const { seq } = await create();
  await Promise.all(devices.map((device) => device.until(({ event, data }) => event === "poke" && data.seq >= seq)));
  await devices.pop().leave();
  for (let status = 429; status === 429; ) {
    const device = await Device.listen();
    status = device.response.status;
    await device.leave();
  }
  for (const device of devices) await device.leave();
});

test("a server that stops ends the streams properly", async () => {
  const other = await Server.start();
  const device = await Device.listen(other);
  await device.until(({ event }) => event === "hello");
  await other.stop();
  assert.equal(await device.ended, "ended");
});
