import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { UnsentError, type Client } from "../src/client";
import { stateOf, textOf } from "../src/message-row";
import { openClient } from "../src/open-client";
import type { LocalConversationView } from "../src/local/local-view";
import { installLocks } from "./locks";
import { ModelApi } from "./model/model-api";
import { ModelServer } from "./model/model-server";

let server: ModelServer;
let net: ModelApi;
let opened: Client[];
let count = 0;
let name: string;
let removeLocks: () => void;

beforeEach(() => {
  removeLocks = installLocks();
  server = new ModelServer(() => 0.5);
  net = new ModelApi(server);
  opened = [];
  count += 1;
  name = `test ${count}`;
});
afterEach(() => {
  for (const client of opened) client.close();
  removeLocks();
});

async function device(which = name, through = net): Promise<Client> {
  const client = await openClient({ api: through.api, name: which, drafts: null });
  opened.push(client);
  return client;
}
/** Waits for something to become true; the test's own time is the limit. */
async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 5));
}
const shown = (view: LocalConversationView) => view.snapshot().rows.map((row) => `${textOf(row.message)}:${stateOf(row)}`);
async function ask(client: Client, words: string): Promise<LocalConversationView> {
  const view = client.newView();
  await view.send(words, ["builtin"]);
  await view.open();
  return view;
}
/** So many questions, each answered, all of it on the server and the device. */
async function longConversation(client: Client, questions: number): Promise<LocalConversationView> {
  const view = await ask(client, "q0");
  for (let i = 1; i <= questions; i += 1) {
    await until(() => net.generations.size === i);
    const newest = [...net.generations.keys()].at(-1)!;
    net.stream(newest, `a${i}`, true);
    await until(() => view.snapshot().rows.at(-1)?.message.id === newest && view.snapshot().rows.at(-1)?.message.status === "complete");
    if (i < questions) await view.send(`q${i}`, ["builtin"]);
  }
  await until(() => client.list.get(view.id)?.messageCount === 2 * questions);
  return view;
}

vi.setConfig({ testTimeout: 60_000 });

describe("writing", () => {
  it("is on the device before any answer of the server, over a reload, and on the server once it is there", async () => {
    net.isDown = true;
    const client = await device();
    const view = await ask(client, "kept");
    expect(shown(view)).toEqual(["kept:device", ":device"]);
    expect(client.outbox.snapshot()).toMatchObject({ waiting: 2, failed: 0 });
    client.close();

    const again = await device();
    expect(again.list.snapshot().main.items).toMatchObject([{ id: view.id, title: "kept" }]);
    const reopened = again.viewOf(view.id);
    await reopened.open();
    expect(shown(reopened)).toEqual(["kept:device", ":device"]);
    await until(() => again.connection.snapshot().state === "offline");

    net.isDown = false;
    again.syncNow();
    await until(() => shown(reopened)[0] === "kept:server");
    expect(server.messages().filter((row) => row.role === "user")).toHaveLength(1);
    await until(() => again.outbox.snapshot().items.length === 0);
  });

  it("asks with the tools that were allowed when it was written, whatever is allowed when it is sent", async () => {
    let allowed = ["search_conversations"];
    const asked: unknown[] = [];
    const { startGeneration } = net.api;
    const api = { ...net.api, startGeneration: (...args: Parameters<typeof startGeneration>) => (asked.push(args[1].tools), startGeneration(...args)) };
    const client = await openClient({ api, name, drafts: null, allowedTools: () => allowed });
    opened.push(client);
    net.isDown = true;
    const view = await ask(client, "look for it");
    allowed = [];
    net.isDown = false;
    client.syncNow();
    await until(() => shown(view)[0] === "look for it:server");
    expect(asked.at(-1)).toEqual(["search_conversations"]);
    const later = await ask(client, "and now");
    await until(() => shown(later)[0] === "and now:server");
    expect(asked.at(-1)).toBeUndefined();
  });

  it("makes a conversation with what was set for it, and changes it setting by setting", async () => {
    const settings = { system: "Be brief.", temperature: 0 };
    const client = await openClient({ api: net.api, name, drafts: null, settingsOfNew: () => settings });
    opened.push(client);
    const view = await ask(client, "first");
    await until(() => shown(view)[0] === "first:server");
    expect(server.conversations()[0]?.settings).toEqual(settings);
    await until(() => client.list.get(view.id)?.settings?.system === "Be brief.");
    await client.list.change([view.id], { settings: { temperature: null, effort: "low" } });
    await until(() => server.conversations()[0]?.settings?.effort === "low");
    expect(server.conversations()[0]?.settings).toEqual({ system: "Be brief.", effort: "low" });
  });

  it("costs three commits for a question (what was asked, that it is on the server, what the server made of it), and few readings", async () => {
    const made: string[] = [];
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (...args: Parameters<typeof transaction>) {
      // The text index is brought up to date later, when nothing else is to be done.
      if ([args[0]].flat().includes("outbox")) made.push(args[1] ?? "readonly");
      return transaction.apply(this, args);
    };
    const client = await device();
    IDBDatabase.prototype.transaction = transaction;
    const view = await ask(client, "first");
    const isQuiet = () => client.outbox.snapshot().waiting === 0 && shown(view).every((row) => row.endsWith(":server"));
    await until(isQuiet);
    const [answerId] = [...net.generations.keys()];
    net.stream(answerId!, "one", true);
    await until(() => !view.isRunning && shown(view)[1] === "one:server");
    await new Promise((resolve) => setTimeout(resolve, 300));
    made.length = 0;
    await view.send("second", ["builtin"]);
    await until(isQuiet);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(made.filter((mode) => mode === "readwrite")).toHaveLength(3);
    // One of them reads which conversations are being answered, for the list.
    expect(made.length).toBeLessThanOrEqual(10);
  });

  it("streams the answer to every tab, and leaves its final row", async () => {
    const client = await device();
    const view = await ask(client, "hello");
    const other = await device();
    const watching = other.viewOf(view.id);
    await watching.open();
    await until(() => net.generations.size === 1);
    const [answerId] = [...net.generations.keys()];
    net.stream(answerId!, "one ");
    await until(() => shown(view)[1] === "one :server" && shown(watching)[1] === "one :server");
    expect([view.isRunning, watching.isRunning]).toEqual([true, true]);
    net.stream(answerId!, "two", true);
    await until(() => !view.isRunning && !watching.isRunning);
    await until(() => shown(watching).join() === "hello:server,one two:server");
    expect(view.snapshot().finished).toMatchObject({ text: "one two" });
    await until(() => client.list.get(view.id)?.messageCount === 2);
  });

  it("says at once in every tab when the server is lost in the middle of an answer, and goes on when it is back", async () => {
    const [client, other] = [await device(), await device()];
    const view = await ask(client, "hello");
    const watching = other.viewOf(view.id);
    await watching.open();
    await until(() => net.generations.size === 1);
    const [answerId] = [...net.generations.keys()];
    net.stream(answerId!, "one ");
    await until(() => shown(watching).join() === "hello:server,one :server");
    // Nothing is asked any more: only the stream that breaks can tell.
    for (let calls = -1; calls !== net.calls.length; ) {
      calls = net.calls.length;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    net.isDown = true;
    net.cutAnswers();
    await until(() => view.snapshot().isReconnecting && watching.snapshot().isReconnecting);
    expect(shown(watching)).toEqual(["hello:server", "one :server"]);
    net.isDown = false;
    await until(() => !view.snapshot().isReconnecting && !watching.snapshot().isReconnecting);
    net.stream(answerId!, "two", true);
    await until(() => shown(view)[1] === "one two:server" && shown(watching)[1] === "one two:server");
  });

  it("gives the conversation that is shown first, begun already, and takes its unread mark away however old it is", async () => {
    const before = await device();
    const old = await ask(before, "hello");
    for (let at = 0; at < 61; at += 1) await before.newView().send(`newer ${at}`, ["builtin"]);
    await before.list.setUnread(old.id, true);
    // What waits in the outbox is in the list from the beginning.
    await until(() => before.outbox.snapshot().items.length === 0);
    before.close();
    let isShown!: () => void;
    const workAfter = new Promise<void>((resolve) => (isShown = resolve));
    const client = await openClient({ api: net.api, name, drafts: null, first: old.id, workAfter });
    opened.push(client);
    const first = client.viewOf(old.id);
    await first.open();
    expect(shown(first)).toHaveLength(2);
    expect(client.list.get(old.id)).toBeUndefined();
    isShown();
    await until(() => client.list.get(old.id)?.isUnread === false);
    expect(client.viewOf(old.id)).not.toBe(first);
  });

  it("is sent once and shown once where a browser has no locks, so that every tab leads", async () => {
    removeLocks();
    const [one, other] = [await device(), await device()];
    const view = await ask(one, "hello");
    const watching = other.viewOf(view.id);
    await watching.open();
    await until(() => net.generations.size === 1);
    const [answerId] = [...net.generations.keys()];
    await until(() => view.isRunning && watching.isRunning);
    net.stream(answerId!, "one ");
    net.stream(answerId!, "two", true);
    await until(() => !view.isRunning && !watching.isRunning && shown(view)[1] === "one two:server" && shown(watching)[1] === "one two:server");
    await until(() => one.outbox.snapshot().items.length === 0);
    expect(server.messages()).toHaveLength(2);
  });

  it("goes on from another tab when the leading one is closed", async () => {
    const [leader, other] = [await device(), await device()];
    await until(() => leader.connection.snapshot().state === "online");
    leader.close();
    const view = await ask(other, "after the handover");
    await until(() => shown(view)[0] === "after the handover:server");
  });

  it("puts a question of a stale tab under the message that its author saw, and shows it as a branch", async () => {
    const one = await device();
    const view = await ask(one, "first");
    await until(() => net.generations.size === 1);
    const [first] = [...net.generations.keys()];
    net.stream(first!, "answer", true);
    const phone = await device("phone");
    await until(() => phone.list.get(view.id) !== undefined);
    const onPhone = phone.viewOf(view.id);
    await onPhone.open();
    await until(() => shown(onPhone)[1] === "answer:server");
    net.isDown = true;
    await view.send("from the stale tab", ["builtin"]);
    const stale = view.snapshot().rows.at(-2)!.message;
    expect(stale.parentId).toBe(first);
    net.isDown = false;
    await onPhone.send("from the phone", ["builtin"]);
    phone.syncNow();
    one.syncNow();
    await until(() => server.messages().filter((row) => row.parentId === first).length === 2);
    await until(() => (onPhone.snapshot().rows[2]?.message.siblingIds ?? []).length === 2);
  });
});

describe("the list", () => {
  it("changes at once, on every device, and takes it back", async () => {
    const [here, there] = [await device(), await device("other")];
    const views = [await ask(here, "a"), await ask(here, "b")];
    await until(() => there.list.snapshot().main.items.length === 2);
    const inWork = there.list.select({ folder: "Work" });
    const undo = await here.list.change(views.map((view) => view.id), { folder: "Work" });
    expect(here.list.counts.snapshot().folders).toEqual([{ name: "Work", count: 2, unread: 0 }]);
    await until(() => inWork.snapshot().items.length === 2);
    server.now += 5000;
    await undo();
    await until(() => inWork.snapshot().items.length === 0);
    await here.list.remove(views[0]!.id);
    await until(() => there.list.snapshot().trash.items.length === 1);
    expect(there.list.counts.snapshot()).toMatchObject({ all: 1, trash: 1 });
  });
});

describe("opening", () => {
  it("fetches what is not on the device, older pages too, and says so when it cannot", async () => {
    const first = await device();
    const view = await longConversation(first, 70);
    expect(view.snapshot().hasOlder).toBe(false);

    const bare = await device("bare");
    await until(() => bare.list.get(view.id) !== undefined);
    const there = bare.viewOf(view.id);
    await there.open();
    await until(() => there.snapshot().rows.length >= 50);
    while (there.snapshot().hasOlder) await there.showOlder();
    expect(there.snapshot().rows[0]!.message.parentId).toBeNull();
    expect(there.snapshot().rows).toHaveLength(140);
  });

  it("shows the conversation that is opened on a new device before the first copy is there", async () => {
    const before = await device();
    const { id } = await ask(before, "newest");
    await until(() => before.outbox.snapshot().items.length === 0);
    before.close();
    const { snapshot } = net.api;
    let goOn!: () => void;
    const held = new Promise<void>((resolve) => (goOn = resolve));
    net.api.snapshot = (async (query: never) => (await held, snapshot(query))) as never;
    const client = await device(`${name} new`);
    const view = client.viewOf(id);
    void view.open();
    await until(() => shown(view)[0] === "newest:server");
    expect(client.connection.snapshot().isBehind).toBe(true);
    goOn();
    await until(() => !client.connection.snapshot().isBehind);
    expect(shown(view)[0]).toBe("newest:server");
  });

  it("leads to a message far back on a new device, whatever comes in meanwhile, and moves no head", async () => {
    const before = await device();
    const { id } = await longConversation(before, 60);
    before.close();
    const wanted = server.path(id, null, 120)[20]!.id;
    const heads = server.path(id, null, 1).map((row) => row.id);
    const { api } = net;
    let isAsked = false;
    let isCopied = false;
    // The first copy comes between the question for the page with the message and its answer, and has no messages yet.
    const snapshot = async (query: never) => {
      await until(() => isAsked);
      return { ...(await api.snapshot(query)), messages: [], nextCursor: null };
    };
    const listMessages: typeof api.listMessages = async (of, query, signal) => {
      const page = await api.listMessages(of, query, signal);
      if (query.upTo !== wanted) await new Promise((resolve) => setTimeout(resolve, 100));
      else isAsked = true;
      if (query.upTo === wanted) await until(() => isCopied);
      return page;
    };
    const client = await openClient({ api: { ...api, snapshot, listMessages } as never, name: `${name} new`, drafts: null });
    opened.push(client);
    client.connection.subscribe(() => (isCopied = !client.connection.snapshot().isBehind));
    const view = client.viewOf(id);
    expect(await view.showMessage(wanted)).toBe(true);
    expect(view.snapshot().rows.map((row) => row.message.id)).toContain(wanted);
    expect(client.outbox.snapshot().items).toEqual([]);
    expect(server.path(id, null, 1).map((row) => row.id)).toEqual(heads);
  });

  it("leads to a message also while older ones are being read", async () => {
    const before = await device();
    const { id } = await longConversation(before, 60);
    const messages = server.path(id, null, 120);
    const view = (await device("bare")).viewOf(id);
    await view.open();
    await until(() => view.snapshot().rows.length > 0);
    const [, isHere, isThere] = await Promise.all([view.showOlder(), view.showMessage(messages[3]!.id), view.showMessage(messages[30]!.id)]);
    expect([isHere, isThere]).toEqual([true, true]);
    expect(view.snapshot().sought).toMatchObject({ id: messages[30]!.id });
  });

  it("tells what is nowhere from what is not here yet", async () => {
    net.isDown = true;
    const client = await device();
    const view = client.viewOf("01J00000000000000000000000");
    await view.open();
    await until(() => view.snapshot().phase === "failed");
    net.isDown = false;
    client.syncNow();
    await until(() => view.snapshot().phase === "missing");
  });
});

describe("the outbox", () => {
  it("keeps what the server refuses for good, visible, until it is thrown away; what stood under it moves up", async () => {
    const client = await device();
    const view = await ask(client, "fine");
    await until(() => net.generations.size === 1);
    net.stream([...net.generations.keys()][0]!, "answer", true);
    await until(() => client.outbox.snapshot().items.length === 0 && !view.isRunning);
    const push = net.api.startGeneration;
    net.api.startGeneration = (async () => {
      throw (await import("./model/model-server")).refusal(422, "too-strange");
    }) as never;
    await view.send("refused", ["builtin"]);
    await until(() => client.outbox.snapshot().failed === 1);
    await until(() => view.snapshot().rows.at(-1)?.state === "failed");
    expect(view.snapshot().rows.at(-1)).toMatchObject({ reason: "too-strange" });
    const [item] = client.outbox.snapshot().items;
    expect(await client.outbox.discard(item!.id)).toBe("refused");
    await until(() => shown(view).length === 2);
    net.api.startGeneration = push;
  });

  it("is not wiped by signing out unless that is wanted", async () => {
    net.isDown = true;
    const client = await device();
    await ask(client, "not sent");
    await expect(client.signOut()).rejects.toThrow(UnsentError);
    await client.signOut("evenUnsent");
    net.isDown = false;
    const after = await device();
    expect(after.list.snapshot().main.items).toEqual([]);
  });

  it("gives the text of a deleted conversation a conversation of its own", async () => {
    const [here, there] = [await device(), await device("other")];
    const view = await ask(here, "to be deleted");
    await until(() => there.list.get(view.id) !== undefined && here.outbox.snapshot().items.length === 0);
    net.isDown = true;
    await view.send("written meanwhile", ["builtin"]);
    await there.list.removeForever([view.id]);
    net.isDown = false;
    there.syncNow();
    await until(() => server.conversations().length === 0);
    here.syncNow();
    await until(() => here.list.snapshot().main.items.length === 1 && here.outbox.snapshot().items.length === 0);
    expect(here.list.snapshot().main.items[0]!.title).toMatch(/^Recovered: /);
    expect(server.messages().map(textOf)).toContain("written meanwhile");
  });
});

describe("search", () => {
  it("finds titles at once and words of messages without the server", async () => {
    const client = await device();
    await ask(client, "Rust lifetimes and borrowing");
    await ask(client, "東京の天気は");
    await until(() => client.outbox.snapshot().items.length === 0);
    net.isDown = true;
    expect(client.search.titles("rust LI").map((hit) => hit.conversation.title)).toEqual(["Rust lifetimes and borrowing"]);
    await until(() => server.messages().length === 4);
    const found = async (words: string) => (await client.search.texts(words)).hits.map((hit) => hit.snippet);
    expect(await found("borrow lifet")).toEqual(["Rust lifetimes and borrowing"]);
    expect(await found("天気")).toEqual(["東京の天気は"]);
    expect(await found("ust ifeti")).toEqual(["Rust lifetimes and borrowing"]);
    expect(await found("usta")).toEqual([]);
  });
});
