import "fake-indexeddb/auto";
import Dexie from "dexie";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { StorageClosedError, type StoreChange, type StoredMessage } from "../src/core/local-store";
import { enqueue } from "../src/core/local-writes";
import { keepWithinBudget, leavingFirst, LocalStorageRoom } from "../src/local/device-storage";
import { findIn, firstSegment, indexStep, indexWaiting, indexWords, indexWordsInSlices, partsOf, searchTexts, segmentMessagesMax, segmentOf } from "../src/search/text-index";
import { DexieStore, type ClosedBecause } from "../src/store/dexie-store";
import { conversation, message } from "./fake-server";

vi.setConfig({ testTimeout: 60_000 });

let count = 0;
let name: string;
let store: DexieStore;
let closed: ClosedBecause[];
beforeEach(async () => {
  count += 1;
  name = `store ${count}`;
  closed = [];
  store = await DexieStore.open(name, { onClosed: (why) => closed.push(why) });
});
afterEach(() => store.close());

function row(id: string, words: string, fields: Partial<StoredMessage> = {}): StoredMessage {
  return { ...message(id, null), epoch: 1, content: [{ type: "text", text: words }], ...fields };
}
async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe("a transaction", () => {
  it("stores nothing when it is cut off, and tells nobody", async () => {
    const told: StoreChange[] = [];
    store.subscribe((change) => told.push(change));
    const cut = store.write(async (tx) => {
      await tx.putConversations([conversation("C")]);
      await tx.putState({ epoch: 1, cursor: "1", fill: null, restored: 0 });
      throw new Error("cut off");
    });
    await expect(cut).rejects.toThrow("cut off");
    expect(await store.read((tx) => tx.allConversations())).toEqual([]);
    expect(await store.read((tx) => tx.state())).toMatchObject({ epoch: 0, cursor: null });
    expect(told).toEqual([]);
  });

  it("tells this tab and the others what it has changed", async () => {
    const other = await DexieStore.open(name);
    const [here, there]: StoreChange[][] = [[], []];
    store.subscribe((change) => here!.push(change));
    other.subscribe((change) => there!.push(change));
    await store.write((tx) => tx.putMessages([row("M", "x")]));
    await until(() => there!.length > 0);
    expect([here![0]!.messages, there![0]!.messages]).toEqual([new Set(["C"]), new Set(["C"])]);
    other.close();
  });

  it("reads in the order that each reading promises", async () => {
    await store.write(async (tx) => {
      await tx.putMessages([row("M3", "c", { position: 3, seq: 9 }), row("M1", "a", { position: 1, seq: 8, parentId: "P" }), row("M2", "b", { position: 2, seq: 7, status: "streaming" })]);
      await tx.putConversations([conversation("C", { updatedAt: 1 }), conversation("D", { updatedAt: 2 })]);
    });
    const ids = (rows: { id: string }[]) => rows.map(({ id }) => id);
    await store.read(async (tx) => {
      expect(ids(await tx.messagesBetween("C", 2, 3))).toEqual(["M2", "M3"]);
      expect([await tx.countFrom("C", 2), await tx.countFrom("C", 99), await tx.countFrom("none", 0)]).toEqual([ids(await tx.messagesBetween("C", 2, 99)).length, 0, 0]);
      expect(ids(await tx.children("C", [null]))).toEqual(["M2", "M3"]);
      expect(ids(await tx.children("C", ["P"]))).toEqual(["M1"]);
      expect(ids(await tx.messagesAfter(7))).toEqual(["M1", "M3"]);
      expect(ids(await tx.unfinished())).toEqual(["M2"]);
      expect(ids(await tx.newestConversations(1))).toEqual(["D"]);
      expect(await tx.conversationsWithMessages()).toEqual(["C"]);
    });
    await enqueue(store, { now: () => 1, newId: () => "op1" }, [{ type: "delete-conversation", conversationId: "C" }]);
    await enqueue(store, { now: () => 1, newId: () => "op0" }, [{ type: "delete-conversation", conversationId: "D" }]);
    expect(ids(await store.read((tx) => tx.outbox()))).toEqual(["op1", "op0"]);
  });
});

describe("another page", () => {
  it("that is newer closes this one, which does not open the copy again", async () => {
    await store.write((tx) => tx.putConversations([conversation("C")]));
    const newer = new Dexie(name);
    newer.version(store.db.verno + 1).stores({ conversations: "id, updatedAt", later: "id" });
    await newer.open();
    expect(closed).toEqual(["newer-page"]);
    await expect(store.write((tx) => tx.putConversations([conversation("D")]))).rejects.toThrow(StorageClosedError);
    expect(newer.isOpen()).toBe(true);
    expect(await newer.table("conversations").count()).toBe(1);
    newer.close();
  });

  it("that is older leaves alone what the newer one has added", async () => {
    const { name: table, schema } = store.db.conversations;
    store.close();
    const newer = new Dexie(name);
    const kept = Object.fromEntries(store.db.tables.map((one) => [one.name, [one.schema.primKey.src, ...one.schema.indexes.map((index) => index.src)].join()]));
    newer.version(store.db.verno + 1).stores({ ...kept, [table]: `${kept[table]},title`, later: "id" });
    await newer.open();
    await newer.table("later").put({ id: "kept" });
    newer.close();
    expect(schema.indexes.map((index) => index.name)).not.toContain("title");
    const older = await DexieStore.open(name);
    await older.write((tx) => tx.putConversations([conversation("C", { title: "by the older page" })]));
    older.close();
    await newer.open();
    expect(await newer.table("later").get("kept")).toEqual({ id: "kept" });
    expect(await newer.table(table).where("title").startsWith("by the").count()).toBe(1);
    newer.close();
  });

  it("that signs out closes this one", async () => {
    const other = await DexieStore.open(name);
    await other.wipe();
    expect(closed).toEqual(["wiped"]);
    store = await DexieStore.open(name);
    expect(await store.read((tx) => tx.allConversations())).toEqual([]);
  });
});

describe("the text index", () => {
  const shown = (id: string) => (id === "gone" ? null : `title of ${id}`);
  const found = async (words: string) => (await searchTexts(store.db, words, shown)).hits.map((hit) => hit.messageId);
  async function indexed(...rows: StoredMessage[]): Promise<void> {
    await store.write((tx) => tx.putMessages(rows));
    while (await indexStep(store.db));
  }

  it("finds what has the words, also inside longer ones, newest first, indexed or not", async () => {
    await indexed(row("M1", "Rust lifetimes", { createdAt: 1 }), row("M2", "a rusty nail", { createdAt: 2 }));
    await store.write((tx) => tx.putMessages([row("M3", "rust again", { createdAt: 3 })]));
    expect(await found("RUST")).toEqual(["M3", "M2", "M1"]);
    expect(await found("rust lif")).toEqual(["M1"]);
    expect(await found("ust ifetim")).toEqual(["M1"]);
    expect(await found("usta")).toEqual([]);
    expect(await found("")).toEqual([]);
  });

  it("finds signs and emoji, and any part of a very long word", async () => {
    const long = "abcdefghij".repeat(20).slice(0, 150) + "needle" + "klmnop".repeat(20);
    await indexed(row("M1", "I write C++, F# 🙂🚀, don't you?"), row("M2", `see ${long}`), row("M3", "I write C"));
    expect([await found("c++"), await found("#"), await found("🚀"), await found("?"), await found("$")]).toEqual([["M1"], ["M1"], ["M1"], ["M1"], []]);
    for (let at = 0; at < long.length; at += 7) expect(await found(long.slice(at, at + 30)), `from ${at}`).toEqual(["M2"]);
  });

  it("is made again where an older page has made it", async () => {
    await indexed(row("M1", "lifetimes"), row("M2", "other"));
    const [made] = await store.db.textSegments.toArray();
    await store.db.textSegments.clear();
    await store.db.textSegments.put({ ...made!, n: 7, words: "\nlife\nother\n" });
    expect(await found("times")).toEqual([]);
    await indexWaiting(store.db, new AbortController().signal);
    expect(await found("times")).toEqual(["M1"]);
    expect((await store.db.textSegments.toArray()).map((segment) => segment.n)).toEqual([firstSegment]);
  });

  it("finds words with accents also by those without", async () => {
    await indexed(row("M1", "Liebe Grüße aus Málaga"));
    expect([await found("grusse malaga"), await found("Málaga"), await found("gruesse")]).toEqual([["M1"], ["M1"], []]);
  });

  it("finds a piece of a word where there are no spaces, also its last character alone", async () => {
    await indexed(row("M1", "我喜欢东京tower"));
    expect([await found("欢东"), await found("京"), await found("tow"), await found("东我")]).toEqual([["M1"], ["M1"], ["M1"], []]);
  });

  it("follows an edit and a deletion, and leaves no word of what is gone", async () => {
    await indexed(row("M1", "secret word"), row("M2", "other"));
    await indexed(row("M1", "changed", { seq: 5 }));
    expect([await found("secret"), await found("changed")]).toEqual([[], ["M1"]]);
    await store.write((tx) => tx.deleteMessagesOf(["C"]));
    while (await indexStep(store.db));
    expect((await store.db.textSegments.toArray()).map((segment) => segment.words).join()).not.toMatch(/changed|other/);
  });

  it("shows nothing of a conversation that is in the trash", async () => {
    await indexed(row("M1", "word", { conversationId: "gone" }));
    expect(await found("word")).toEqual([]);
  });

  it("gives a snippet with ranges that are in it", async () => {
    await indexed(row("M1", `${"before ".repeat(60)}the Needle is here ${"after ".repeat(60)}`));
    const [hit] = (await searchTexts(store.db, "needle", shown)).hits;
    expect(hit!.title).toBe("title of C");
    expect(hit!.ranges.map(({ from, to }) => hit!.snippet.slice(from, to))).toEqual(["Needle"]);
  });

  it("begins a new segment when one is full", async () => {
    await indexed(...Array.from({ length: segmentMessagesMax + 10 }, (_, index) => row(`M${index}`, `word${index}`, { position: index })));
    expect(await store.db.textSegments.count()).toBe(2);
    expect(await found(`word${segmentMessagesMax + 9}`)).toEqual([`M${segmentMessagesMax + 9}`]);
    const segment = segmentOf(1, [row("A", "one two"), row("B", "two three")]);
    expect(findIn(segment, ["two"])).toEqual([0, 1]);
    expect(findIn(segment, ["t", "one"])).toEqual([0]);
  });

  it("finds every word of a long message, also where it has no white space, and reads it in parts", async () => {
    const words = Array.from({ length: 9_000 }, (_, at) => `word${at}`);
    const [long, solid] = [words.join(" "), words.join("")];
    expect([...partsOf(long)].length).toBeGreaterThan(2);
    expect([...partsOf(long)].join("")).toBe(long);
    expect(await indexWordsInSlices(long)).toEqual(indexWords(long));
    await indexed(row("L", long), row("S", solid, { position: 2 }));
    expect((await found("word8999")).sort()).toEqual(["L", "S"]);
    for (let at = 100; at < solid.length; at += 997) expect(await found(solid.slice(at, at + 20))).toContain("S");
  });

  it("takes what is added and what goes without reading the others again", async () => {
    await indexed(row("A", "one two"), row("B", "two three", { position: 2 }));
    const read = vi.spyOn(store.db.messages, "bulkGet");
    await indexed(row("C", "three four", { position: 3 }));
    expect(read.mock.calls.flatMap(([ids]) => ids as unknown as string[])).not.toContain("A");
    read.mockRestore();
    expect((await found("three")).sort()).toEqual(["B", "C"]);
    await store.write((tx) => tx.deleteMessages(["B"]));
    while (await indexStep(store.db));
    expect(await found("three")).toEqual(["C"]);
    expect(await found("two")).toEqual(["A"]);
  });
});

describe("the budget", () => {
  it("takes the messages of what was opened longest ago, and nothing that waits or is being written", async () => {
    const held = ["old", "new", "never", "waits", "written"];
    await store.write(async (tx) => {
      await tx.putConversations(held.map((id) => conversation(id, { updatedAt: 5 })));
      await tx.putMessages(held.map((id) => row(`M ${id}`, "x", { conversationId: id, ...(id === "written" && { status: "streaming" }) })));
    });
    await store.db.opened.bulkPut([{ conversationId: "old", openedAt: 10 }, { conversationId: "new", openedAt: 20 }]);
    await enqueue(store, { now: () => 1, newId: () => "op" }, [{ type: "append-message", conversationId: "waits", message: { id: "N", role: "user", content: [] } }]);
    expect(await leavingFirst(store)).toEqual(["never", "old", "new"]);

    let usage = 100;
    const room = new LocalStorageRoom({ estimate: async () => ({ usage, quota: 150 }), persist: async () => true, persisted: async () => true });
    expect(await keepWithinBudget(store, room)).toBe(1);
    expect(await leavingFirst(store)).toEqual(["old", "new"]);
    expect(await store.read((tx) => tx.outbox())).toHaveLength(1);
    expect((await store.read((tx) => tx.allConversations())).length).toBe(5);
    usage = 10;
    expect(await keepWithinBudget(store, room)).toBe(0);
    expect(room.snapshot()).toEqual({ isPersisted: true, bytesUsed: 10, bytesQuota: 150, bytesBudget: 75 });
  });
});
