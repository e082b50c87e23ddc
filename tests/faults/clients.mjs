// Clients of a server that will be killed under them. Each has conversations of its own, so that it knows exactly what it
// was told; each writes that into its ledger, runs until the server is gone, and then can audit the next server.
import assert from "node:assert/strict";
import { readEvents, textBlock, ulid } from "../blackbox/server.mjs";

let count = 0;
export const words = () => `words ${(count += 1)} of a client that will be cut off ${"and more ".repeat(count % 40)}`;
const pick = (list) => list[Math.floor(Math.random() * list.length)];

// All messages of a conversation by position.
export async function wholeTree(server, conversation) {
  const messages = [];
  for (let cursor = ""; cursor !== null; ) {
    const { status, body } = await server.call("GET", `/api/conversations/${conversation}/messages?all=true&limit=200${cursor && `&cursor=${cursor}`}`);
    assert.equal(status, 200);
    messages.push(...body.messages);
    cursor = body.nextCursor;
  }
  return messages;
}

const textOf = (message) => message.content.map(({ text }) => text ?? "").join("");

// A request that must be understood; throws when the server goes before it answers.
async function expect(server, statuses, method, path, body) {
  const answer = await server.call(method, path, body);
  assert.ok(statuses.includes(answer.status), `${method} ${path}: ${answer.status} ${answer.text}`);
  return answer;
}

class Client {
  acknowledged = 0;

  // Does one thing after the other until the server is gone.
  async run(server) {
    try {
      for (;;) await this.act(server);
    } catch (error) {
      // An answer that was not expected is a finding, an end of the connection is what we wait for.
      if (error instanceof assert.AssertionError) throw error;
    }
  }
}

// Appends messages, and sends those again whose fate it does not know.
export class Writer extends Client {
  rows = new Map(); // id -> { text, isKnown }

  async act(server) {
    if (!this.conversation || this.rows.size > 400) {
      this.conversation = ulid();
      this.rows = new Map();
      this.isCreated = false;
    }
    if (!this.isCreated) {
      await expect(server, [200, 201], "POST", "/api/conversations", { id: this.conversation });
      this.isCreated = true;
    }
    const id = ulid();
    const row = { text: words(), isKnown: false };
    this.rows.set(id, row);
    await this.#send(server, id, row, [201]);
  }

  async #send(server, id, row, statuses) {
    await expect(server, statuses, "POST", `/api/conversations/${this.conversation}/messages`, { id, role: "user", content: textBlock(row.text) });
    row.isKnown = true;
    this.acknowledged += 1;
  }

  async audit(server) {
    if (!this.isCreated) return;
    for (const [id, row] of this.rows) if (!row.isKnown) await this.#send(server, id, row, [200, 201]);
    const messages = await wholeTree(server, this.conversation);
    assert.equal(new Set(messages.map(({ id }) => id)).size, messages.length, "a message is there twice");
    assert.equal(messages.length, this.rows.size);
    for (const message of messages) assert.equal(textOf(message), this.rows.get(message.id)?.text);
    const { body } = await server.call("GET", `/api/conversations/${this.conversation}`);
    assert.equal(body.messageCount, messages.length);
  }

  expectIn(replica) {
    if (!this.isCreated) return;
    assert.ok(replica.conversations.has(this.conversation));
    for (const [id, { text }] of this.rows) assert.equal(textOf(replica.message(id)), text);
  }
}

// Creates, renames, deletes, restores. `sure` is the last state that it was told; `maybe` the one that it asked for then.
export class Editor extends Client {
  chats = new Map(); // id -> { sure, maybe }

  async act(server) {
    const known = [...this.chats.entries()].filter(([, chat]) => chat.sure && chat.sure.where !== "erased");
    if (known.length < 3) return this.#ask(server, ulid(), { title: words(), where: "list" }, "POST");
    const [id, { sure }] = pick(known);
    if (sure.where === "trash") return this.#ask(server, id, { ...sure, where: "list" }, "restore");
    const step = Math.random();
    if (step < 0.6) return this.#ask(server, id, { ...sure, title: words() }, "PATCH");
    return this.#ask(server, id, { title: step < 0.8 ? sure.title : "", where: step < 0.8 ? "trash" : "erased" }, "DELETE");
  }

  async #ask(server, id, wanted, how) {
    const chat = this.chats.get(id) ?? {};
    this.chats.set(id, { ...chat, maybe: wanted });
    const path = `/api/conversations/${id}`;
    if (how === "POST") await expect(server, [201], "POST", "/api/conversations", { id, title: wanted.title });
    if (how === "PATCH") await expect(server, [200], "PATCH", path, { title: wanted.title });
    if (how === "DELETE") await expect(server, [204], "DELETE", `${path}${wanted.where === "erased" ? "?forever=true" : ""}`);
    if (how === "restore") await expect(server, [200], "POST", `${path}/restore`);
    this.chats.set(id, { sure: wanted });
    this.acknowledged += 1;
  }

  async audit(server) {
    for (const [id, { sure, maybe }] of this.chats) {
      const { status, body } = await server.call("GET", `/api/conversations/${id}`);
      const found = status === 404 ? undefined : { title: body.title, where: body.deletedAt ? (body.title === "" ? "erased" : "trash") : "list" };
      const allowed = maybe ? [sure, maybe] : [sure];
      assert.ok(
        allowed.some((state) => JSON.stringify(state) === JSON.stringify(found)),
        `${id} is ${JSON.stringify(found)}, may be ${JSON.stringify(allowed)}`,
      );
      if (found) this.chats.set(id, { sure: found });
      else this.chats.delete(id);
    }
    // What is erased stays so; looking at every one of them in each round would only take longer.
    for (const [id, { sure }] of this.chats) if (sure.where === "erased" && this.chats.size > 30) this.chats.delete(id);
  }

  expectIn(replica) {
    for (const [id, { sure }] of this.chats) {
      const row = replica.conversations.get(id);
      const found = replica.erased.has(id) ? { title: "", where: "erased" } : { title: row?.title, where: row?.deletedAt ? "trash" : "list" };
      assert.deepEqual(found, sure, `${id} in the feed`);
    }
  }
}

// Imports files of another product; the same file again must add only what is missing.
export class Importer extends Client {
  files = []; // { text, isKnown }

  async act(server) {
    const node = (id, parent, child, role) => ({
      id,
      parent,
      children: child ? [child] : [],
      message: { author: { role }, create_time: 1700000000.5, status: "finished_successfully", content: { content_type: "text", parts: [words()] } },
    });
    const conversation = () => {
      const [a, b, c] = [ulid(), ulid(), ulid()];
      return { conversation_id: ulid(), title: words().slice(0, 40), create_time: 1690000000, mapping: { [a]: node(a, null, b, "user"), [b]: node(b, a, c, "assistant"), [c]: node(c, b, null, "user") } };
    };
    const file = { text: JSON.stringify([conversation(), conversation()]), isKnown: false };
    this.files.push(file);
    const report = await this.#send(server, file);
    assert.equal(report.conversations.imported, 2);
    assert.equal(report.messages.imported, 6);
    file.isKnown = true;
    this.acknowledged += 1;
  }

  async #send(server, file) {
    return (await expect(server, [200], "POST", "/api/import?name=conversations.json", file.text)).body;
  }

  async audit(server) {
    for (const file of this.files) {
      const { conversations, messages } = await this.#send(server, file);
      assert.equal(conversations.failed, 0);
      assert.equal(messages.imported + messages.alreadyHere, 6);
      if (file.isKnown) assert.deepEqual([conversations.alreadyHere, messages.alreadyHere], [2, 6], "an acknowledged import is not all there");
      const again = await this.#send(server, file);
      assert.deepEqual([again.conversations.imported, again.messages.imported], [0, 0], "the same file again adds something");
    }
    this.files = [];
  }
}

// Lets a model answer, reads along, and now and then stops it. What must survive of a running answer is known without a
// clock: the store writes in order, so that a checkpoint that was due before a message was sent is written with it.
export class Listener extends Client {
  static checkpointBytes = 2048;
  static shortAnswerBytes = 16 << 10; // from there on only the clock decides: stream_kill.test.mjs
  answers = []; // { conversation, question, answer, received, mustHave, final }
  audited = []; // messages as the latest audit found them
  lostBytes = 0; // the most that was received and is not there after a kill

  async act(server) {
    const conversation = ulid();
    await expect(server, [201], "POST", "/api/conversations", { id: conversation });
    const question = { id: ulid(), content: textBlock(words()) };
    const run = { conversation, question, received: "", mustHave: 0, pieces: 0 };
    const response = await fetch(`${server.base}/api/conversations/${conversation}/generations`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ models: ["openai/owl"], message: question }),
    });
    assert.equal(response.status, 200);
    this.acknowledged += 1;
    const isToBeStopped = Math.random() < 0.3;
    const floor = this.#measureFloor(server, run).catch((error) => {
      if (error instanceof assert.AssertionError) throw error;
    });
    try {
      await readEvents(response, ({ event, data }) => {
        if (event === "message" && data.message.role === "assistant") {
          run.answer = data.message.id;
          this.answers.push(run);
        }
        if (event === "delta") {
          run.received += data.text;
          run.pieces += 1;
        }
        return isToBeStopped && run.pieces > 40;
      });
      if (isToBeStopped) {
        const { body } = await expect(server, [200], "POST", `/api/generations/${run.answer}/cancel`);
        run.final = body.message;
        await response.body?.cancel().catch(() => {});
      } else {
        run.final = { status: "complete", content: textBlock(run.received) };
      }
    } finally {
      run.isOver = true;
      await floor;
    }
  }

  // A message that is acknowledged says that an earlier checkpoint is written; two pieces later the next one was due;
  // another acknowledged message says that this one is written too.
  async #measureFloor(server, run) {
    const notes = ulid();
    await expect(server, [201], "POST", "/api/conversations", { id: notes });
    const append = () => expect(server, [201], "POST", `/api/conversations/${notes}/messages`, { id: ulid(), role: "user", content: textBlock("a note") });
    while (!run.isOver) {
      const before = run.received.length;
      await append();
      const enough = run.pieces + 2;
      while (run.pieces < enough && !run.isOver) await new Promise((resolve) => setTimeout(resolve, 2));
      if (run.isOver) return;
      await append();
      run.mustHave = Math.max(run.mustHave, Math.min(before - Listener.checkpointBytes, Listener.shortAnswerBytes));
    }
  }

  async audit(server) {
    this.audited = [];
    for (const run of this.answers) {
      const messages = await wholeTree(server, run.conversation);
      assert.deepEqual(messages.map(({ id }) => id), [run.question.id, run.answer]);
      assert.equal(textOf(messages[0]), textOf(run.question));
      const [, answer] = messages;
      this.audited.push(...messages);
      const text = textOf(answer);
      if (run.final) {
        assert.equal(answer.status, run.final.status);
        assert.equal(text, textOf(run.final));
        continue;
      }
      assert.ok(["interrupted", "complete", "cancelled"].includes(answer.status), answer.status);
      assert.ok(text.startsWith(run.received) || run.received.startsWith(text), "the text is another one than was shown");
      assert.ok(text.length >= run.mustHave, `${text.length} of ${run.received.length} characters are there, ${run.mustHave} must be`);
      this.lostBytes = Math.max(this.lostBytes, run.received.length - text.length);
    }
    this.answers = [];
  }

  expectIn(replica) {
    for (const message of this.audited) {
      assert.equal(textOf(replica.message(message.id)), textOf(message));
      assert.equal(replica.message(message.id).status, message.status);
    }
  }
}

// A device that follows the change feed through all the kills with one cursor, and never reads anything else.
export class Follower extends Client {
  conversations = new Map();
  messages = new Map();
  erased = new Set();
  cursor = "";
  seq = 0; // of the latest row

  async act(server) {
    if (!(await this.#pull(server))) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  // Answers whether there is more.
  async #pull(server) {
    const { status, body } = await server.call("GET", `/api/conversations/changes?limit=200${this.cursor && `&since=${this.cursor}`}`);
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.epoch, (this.epoch ??= body.epoch));
    const rows = [...body.conversations, ...body.messages, ...body.tombstones].sort((a, b) => a.seq - b.seq);
    for (const { seq } of rows) {
      assert.ok(seq > this.seq, `row ${seq} behind row ${this.seq}`);
      this.seq = seq;
    }
    for (const row of body.conversations) this.conversations.set(row.id, row);
    for (const row of body.messages) this.messages.set(row.id, row);
    for (const { id } of body.tombstones) this.erased.add(id);
    this.cursor = body.nextCursor;
    this.acknowledged += rows.length > 0 ? 1 : 0;
    return body.hasMore;
  }

  message(id) {
    const row = this.messages.get(id);
    assert.ok(row, `${id} never came through the feed`);
    return row;
  }

  // After all others have looked: what they know has come through the feed.
  async audit(server, others) {
    while (await this.#pull(server));
    for (const client of others) client.expectIn?.(this);
  }
}
