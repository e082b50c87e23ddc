// What every store reads of the outbox; both kinds must say the same.
import "fake-indexeddb/auto";
import Dexie from "dexie";
import { describe, expect, it } from "vitest";
import type { LocalStore } from "../src/core/local-store";
import { recoveredFrom, type Operation, type OutboxEntry } from "../src/core/outbox";
import { DexieStore } from "../src/store/dexie-store";
import { MemoryStore } from "../src/store/memory-store";

let count = 0;
const kinds: [string, () => Promise<LocalStore>][] = [
  ["in memory", async () => new MemoryStore()],
  ["in IndexedDB", () => DexieStore.open(`outbox ${(count += 1)}`)],
];

function entry(id: string, order: number, conversationId: string, fields: Partial<OutboxEntry> = {}): OutboxEntry {
  const operation: Operation = { type: "delete-conversation", conversationId };
  return { id, order, conversationId, operation, madeAt: 0, state: "waiting", reason: "", looks: 0, isHeal: false, ...fields };
}
const recovery: Operation = { type: "create-conversation", conversation: { id: "R", metadata: { [recoveredFrom]: "C" } } };
const entries = [entry("c", 3, "C"), entry("a", -7, "C"), entry("b", 2, "D"), entry("f", 1, "D", { state: "failed" }), entry("r", 4, "R", { operation: recovery })];
const ids = (rows: readonly (OutboxEntry | undefined)[]) => rows.map((row) => row?.id);

describe.each(kinds)("an outbox %s", (_, open) => {
  it("is read in the order of sending, whole or as much as is asked for", async () => {
    const store = await open();
    expect(await store.read((tx) => tx.orders())).toBeNull();
    await store.write((tx) => tx.putOutbox(entries));
    await store.read(async (tx) => {
      expect(ids(await tx.outbox())).toEqual(["a", "f", "b", "c", "r"]);
      expect(ids(await tx.outboxOf(["C"]))).toEqual(["a", "c"]);
      expect(ids(await tx.outboxOf(["C", "D", "none"]))).toEqual(["a", "f", "b", "c"]);
      expect(ids(await tx.outboxEntries(["b", "none", "a"]))).toEqual(["b", undefined, "a"]);
      expect(ids(await tx.nextWaiting(null, 2))).toEqual(["a", "b"]);
      expect(ids(await tx.nextWaiting(2, 9))).toEqual(["c", "r"]);
      expect(ids(await tx.failedEntries())).toEqual(["f"]);
      expect(await tx.orders()).toEqual({ first: -7, last: 4 });
      expect((await tx.recoveryOf("C"))?.id).toBe("r");
      expect(await tx.recoveryOf("R")).toBeUndefined();
    });
  });

  it("tells which entries have changed, and whether something is to be sent", async () => {
    const store = await open();
    const told: [string[], boolean][] = [];
    store.subscribe(({ outbox, isToSend }) => told.push([[...outbox], isToSend]));
    await store.write((tx) => tx.putOutbox([entries[0]!]));
    await store.write((tx) => tx.putOutbox([{ ...entries[0]!, state: "failed" }]));
    await store.write((tx) => tx.deleteOutbox(["c", "none"]));
    expect(told).toEqual([[["c"], true], [["c"], false], [["c"], false]]);
  });
});

it("the copy of an older page is read as it is, also what it had in the outbox", async () => {
  const older = new Dexie("older");
  older.version(1).stores({
    conversations: "id, updatedAt", messages: "id, [conversationId+position], [conversationId+under], seq, unfinished", outbox: "id, order",
    erased: "id", state: "key", opened: "conversationId, openedAt", textQueue: "messageId", textSegments: "n",
  });
  await older.table("outbox").bulkPut(entries);
  older.close();
  const store = await DexieStore.open("older");
  expect(ids(await store.read((tx) => tx.nextWaiting(null, 9)))).toEqual(["a", "b", "c", "r"]);
  expect(ids(await store.read((tx) => tx.outboxOf(["D"])))).toEqual(["f", "b"]);
  store.close();
});

it("readings that are asked for at one time share a transaction; one that fails fails alone", async () => {
  const store = await DexieStore.open("together");
  let transactions = 0;
  const { transaction } = store.db;
  store.db.transaction = ((...args: Parameters<typeof transaction>) => ((transactions += 1), transaction.apply(store.db, args))) as typeof transaction;
  const first = store.read((tx) => tx.outbox());
  await undefined;
  const failing = store.read(() => Promise.reject(new Error("mine")));
  const second = store.read((tx) => tx.state());
  await expect(failing).rejects.toThrow("mine");
  expect([await first, (await second).epoch, transactions]).toEqual([[], 0, 1]);
  // Whoever was waiting is out of that transaction: what it writes is one of its own.
  await store.read((tx) => tx.state()).then(() => store.write((tx) => tx.putOutbox(entries)));
  expect(await store.read((tx) => tx.orders())).toEqual({ first: -7, last: 4 });
  store.close();
});
