import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Client } from "../src/client";
import type { LocalConversationView } from "../src/local/local-view";
import { queueStart } from "../src/local/queue";
import { rowOf, textOf, type MessageRow } from "../src/message-row";
import { openClient } from "../src/open-client";
import type { Message } from "../src/types";
import { installLocks } from "./locks";
import { ModelApi } from "./model/model-api";
import { ModelServer } from "./model/model-server";

let server: ModelServer;
let net: ModelApi;
let opened: Client[];
let count = 0;
let removeLocks: () => void;

beforeEach(() => {
  removeLocks = installLocks();
  server = new ModelServer(() => 0.5);
  net = new ModelApi(server);
  opened = [];
  count += 1;
});
afterEach(() => {
  for (const client of opened) client.close();
  removeLocks();
});
vi.setConfig({ testTimeout: 30_000 });

async function tab(): Promise<Client> {
  const client = await openClient({ api: net.api, name: `queue ${count}`, drafts: null });
  opened.push(client);
  return client;
}
async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 5));
}
const shown = (view: LocalConversationView) => view.snapshot().rows.map((row) => textOf(row.message));
const queued = (view: LocalConversationView) => view.snapshot().queued.map((one) => one.text);
const newestAnswer = () => [...net.generations.keys()].at(-1)!;
/** The texts from the first message to the last, where each has one after it at most. */
function chain(): string[] {
  const rows = server.messages();
  const texts: string[] = [];
  for (let parentId: string | null = null; ; ) {
    const below: Message[] = rows.filter((row) => row.parentId === parentId);
    if (below.length === 0) return texts;
    expect(below).toHaveLength(1);
    texts.push(textOf(below[0]!));
    parentId = below[0]!.id;
  }
}

async function asking(client: Client): Promise<LocalConversationView> {
  const view = client.newView();
  await view.send("first", ["builtin"]);
  await view.open();
  await until(() => net.generations.size === 1);
  net.stream(newestAnswer(), "one ");
  await until(() => view.isRunning && shown(view)[1] === "one ");
  return view;
}

describe("what is sent while an answer is written", () => {
  it("waits for it in order, and is asked then, one after the other, as a chain", async () => {
    const view = await asking(await tab());
    await view.send("second", ["builtin"]);
    await view.send("third", ["builtin"]);
    await until(() => queued(view).length === 2);
    expect(queued(view)).toEqual(["second", "third"]);
    expect(shown(view)).toEqual(["first", "one "]);
    expect(server.messages()).toHaveLength(2);
    net.stream(newestAnswer(), "done", true);
    await until(() => net.generations.size === 2 && shown(view).length === 4);
    expect(queued(view)).toEqual(["third"]);
    net.stream(newestAnswer(), "two", true);
    await until(() => net.generations.size === 3);
    net.stream(newestAnswer(), "three", true);
    await until(() => shown(view).at(-1) === "three" && !view.isRunning);
    expect(queued(view)).toEqual([]);
    expect(chain()).toEqual(["first", "one done", "second", "two", "third", "three"]);
  });

  it("can be taken back, and what stands after it moves up", async () => {
    const client = await tab();
    const view = await asking(client);
    for (const words of ["second", "third"]) await view.send(words, ["builtin"]);
    await until(() => queued(view).length === 2);
    expect(await client.outbox.discard(view.snapshot().queued[0]!.outboxId)).toBe("second");
    await until(() => queued(view).join() === "third");
    net.stream(newestAnswer(), "done", true);
    await until(() => net.generations.size === 2);
    net.stream(newestAnswer(), "three", true);
    await until(() => shown(view).join() === "first,one done,third,three");
  });

  it("waits also while the server is away in the middle of the answer", async () => {
    const view = await asking(await tab());
    net.isDown = true;
    net.cutAnswers();
    opened[0]!.syncNow();
    await until(() => opened[0]!.connection.snapshot().state === "offline");
    await view.send("second", ["builtin"]);
    await until(() => queued(view).join() === "second");
    net.isDown = false;
    opened[0]!.syncNow();
    net.stream(newestAnswer(), "done", true);
    await until(() => net.generations.size === 2);
    expect(chain().slice(0, 3)).toEqual(["first", "one done", "second"]);
  });

  it("does not let a stop end what has not begun", async () => {
    const view = await asking(await tab());
    await view.send("second", ["builtin"]);
    await until(() => queued(view).length === 1);
    await view.stop();
    await until(() => net.generations.size === 2);
    net.stream(newestAnswer(), "two", true);
    await until(() => shown(view).at(-1) === "two");
    expect(server.messages().map((row) => row.status)).toEqual(["complete", "cancelled", "complete", "complete"]);
  });
});

describe("what was sent after a question that the server refuses", () => {
  it("is not asked under anything else: it stays with it, says why, and goes when that one goes", async () => {
    const client = await tab();
    const view = await asking(client);
    await view.send("too much", ["builtin"]);
    await view.send("and then", ["builtin"]);
    await until(() => queued(view).length === 2);
    server.refuses = "too much";
    net.stream(newestAnswer(), "done", true);
    await until(() => client.outbox.snapshot().failed === 2);
    expect(server.messages().map(textOf)).toEqual(["first", "one done"]);
    await until(() => shown(view).join() === "first,one done,too much,and then");
    expect(client.outbox.snapshot().items.map((item) => item.reason)).toEqual(["too-large", "It follows a message that was not sent."]);
    server.refuses = "";
    await client.outbox.retry(client.outbox.snapshot().items[0]!.id);
    await until(() => net.generations.size === 2);
    net.stream(newestAnswer(), "two", true);
    await until(() => net.generations.size === 3);
    net.stream(newestAnswer(), "three", true);
    await until(() => !view.isRunning && shown(view).at(-1) === "three");
    expect(chain()).toEqual(["first", "one done", "too much", "two", "and then", "three"]);
  });

  it("waits for its author when that one is thrown away", async () => {
    const client = await tab();
    const view = await asking(client);
    for (const words of ["too much", "and then"]) await view.send(words, ["builtin"]);
    server.refuses = "too much";
    net.stream(newestAnswer(), "done", true);
    await until(() => client.outbox.snapshot().failed === 2);
    await client.outbox.discard(client.outbox.snapshot().items[0]!.id);
    expect(client.outbox.snapshot().items).toMatchObject([{ text: "and then", state: "failed", reason: "The message before it was thrown away. Send it if it still matters." }]);
    await client.outbox.retry();
    await until(() => net.generations.size === 2);
    expect(chain().slice(0, 3)).toEqual(["first", "one done", "and then"]);
  });

  it("is asked at once when it was written after the refusal", async () => {
    const client = await tab();
    const view = await asking(client);
    server.refuses = "too much";
    net.stream(newestAnswer(), "done", true);
    await until(() => !view.isRunning);
    await view.send("too much", ["builtin"]);
    await until(() => client.outbox.snapshot().failed === 1);
    await view.send("shorter", ["builtin"]);
    await until(() => net.generations.size === 2);
    expect(chain().slice(0, 3)).toEqual(["first", "one done", "shorter"]);
    expect(client.outbox.snapshot().failed).toBe(1);
  });
});

describe("two messages at once", () => {
  it("are a chain, from one window", async () => {
    const client = await tab();
    const view = client.newView();
    await Promise.all([view.send("first", ["builtin"]), view.send("second", ["builtin"])]);
    await until(() => net.generations.size === 1);
    net.stream(newestAnswer(), "one", true);
    await until(() => net.generations.size === 2);
    expect(chain().slice(0, 3)).toEqual(["first", "one", "second"]);
  });

  it("are a chain, from two windows", async () => {
    const [client, other] = [await tab(), await tab()];
    const view = await asking(client);
    net.stream(newestAnswer(), "done", true);
    const beside = other.viewOf(view.id);
    await beside.open();
    await until(() => !view.isRunning && !beside.isRunning && shown(beside).length === 2);
    await Promise.all([view.send("here", ["builtin"]), beside.send("there", ["builtin"])]);
    await until(() => net.generations.size === 2);
    net.stream(newestAnswer(), "two", true);
    await until(() => net.generations.size === 3);
    expect(chain().filter((text) => text === "here" || text === "there").sort()).toEqual(["here", "there"]);
  });
});

describe("where the queue begins", () => {
  const message = (id: string, role: "user" | "assistant", status: Message["status"] = "complete"): Message => ({
    id, role, status, conversationId: "c", parentId: null, content: [], createdAt: 0, metadata: {}, position: 0, seq: 0,
  });
  const start = (path: readonly MessageRow[], isOnline: boolean, live?: MessageRow) => queueStart(path, isOnline, (id) => (live?.message.id === id ? live : undefined));
  const asked = [rowOf(message("1", "user")), rowOf(message("2", "assistant", "streaming"))];
  const waiting = [rowOf(message("3", "user"), "sending"), rowOf(message("4", "assistant", "reserved"), "sending"), rowOf(message("5", "user"), "sending")];

  it("is the first question of this device under an answer that is not whole", () => {
    expect([start([...asked, ...waiting], true), start([...asked, ...waiting], false)]).toEqual([2, 2]);
    expect(start(asked, true)).toBe(2);
    expect(start([], true)).toBe(0);
  });
  it("is not there without the server, where a question stands under one that waits itself", () => {
    expect([start(waiting, true), start(waiting, false)]).toEqual([2, 3]);
  });
  it("is not there under an answer of which the end was seen and is not stored yet", () => {
    expect(start([...asked, waiting[0]!], true, rowOf(message("2", "assistant")))).toBe(3);
  });
});
