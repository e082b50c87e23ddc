import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import { deletionsOf, withoutDeleted } from "../src/core/deleted";
import { enqueue } from "../src/core/local-writes";
import type { Operation } from "../src/core/outbox";
import { newestLeaf, readPath } from "../src/local/path-reader";
import { branchOf, chosen, readPending, readTrash } from "../src/local/trash";
import { heldConversation } from "../src/local/held";
import { endAfter } from "../src/local/queue";
import { DexieStore } from "../src/store/dexie-store";
import { UnreachableError } from "../src/problem";
import type { Api } from "../src/api";
import type { Message } from "../src/types";
import { conversation, message } from "./fake-server";

let ids = 0;
const around = { now: () => 1_000, newId: () => `id${(ids += 1)}` };
const rows = [message("Q1", null), message("A1", "Q1"), message("A2", "Q1"), message("Q2", "A1"), message("B2", "Q2")];

/** Q1 - A1 - Q2 - B2, and A2 beside A1. */
async function device(head = "B2", changed: Record<string, Partial<Message>> = {}) {
  const store = await DexieStore.open(`deleted ${(ids += 1)}`);
  await store.write(async (tx) => {
    await tx.putConversations([conversation("C", { headId: head, messageCount: rows.length })]);
    await tx.putMessages(rows.map((row, index) => ({ ...row, position: index + 1, epoch: 1, ...changed[row.id] })));
  });
  return store;
}
const remove = (messageIds: string[], forever = false): Operation => ({ type: "delete-messages", conversationId: "C", messageIds, editedAt: 1, ...(forever && { forever }) });
const restore = (messageIds: string[]): Operation => ({ type: "restore-messages", conversationId: "C", messageIds, editedAt: 2 });
const shown = async (store: DexieStore) => (await store.read((tx) => readPath(tx, "C", 50))).rows;
const idsOf = async (store: DexieStore) => (await shown(store)).map((row) => row.message.id);

describe("a path with deleted messages", () => {
  it("skips one at once, and what stood under it stands under what that stood under", async () => {
    const store = await device();
    await enqueue(store, around, [remove(["A1"])]);
    expect(await idsOf(store)).toEqual(["Q1", "Q2", "B2"]);
    const [, second] = await shown(store);
    expect(second!.message).toMatchObject({ parentId: "Q1", siblingCount: 2, siblingIds: ["A2", "Q2"] });
  });

  it("is the same by the server's rows", async () => {
    const store = await device("B2", { A1: { deletedAt: 5, content: [] } });
    expect(await idsOf(store)).toEqual(["Q1", "Q2", "B2"]);
    await enqueue(store, around, [restore(["A1"])]);
    expect(await idsOf(store)).toEqual(["Q1", "A1", "Q2", "B2"]);
  });

  it("ends at the other answer when its last message is deleted, and comes back", async () => {
    const store = await device("A1");
    await enqueue(store, around, [remove(["A1", "Q2", "B2"])]);
    expect(await idsOf(store)).toEqual(["Q1", "A2"]);
    expect((await shown(store)).at(-1)!.message.siblingCount).toBe(1);
    await enqueue(store, around, [restore(["A1", "Q2", "B2"])]);
    expect((await shown(store)).at(-1)!.message.siblingIds).toEqual(["A1", "A2"]);
  });

  it("is empty when all are deleted", async () => {
    const store = await device();
    await enqueue(store, around, [remove(rows.map((row) => row.id))]);
    expect(await idsOf(store)).toEqual([]);
  });

  it("names no deleted message as a place to write under", async () => {
    const store = await device();
    await enqueue(store, around, [remove(["B2"])]);
    expect(await store.read((tx) => endAfter(tx, "C", "Q2"))).toBe("Q2");
    expect(await store.read(async (tx) => await newestLeaf(tx, "C", "A1", await tx.outboxOf(["C"])))).toBe("Q2");
  });

  it("reads on over deleted ones towards the beginning", async () => {
    const store = await device("B2", { A1: { deletedAt: 5, content: [] } });
    const part = await store.read((tx) => readPath(tx, "C", 2));
    expect(part.rows.map((row) => [row.message.id, row.message.parentId])).toEqual([["Q2", "Q1"], ["B2", "Q2"]]);
    expect(part.hasOlder).toBe(true);
  });
});

describe("what is deleted", () => {
  it("is what the last wish says; what is erased stays so, and a refused wish does not count", async () => {
    const store = await device();
    await enqueue(store, around, [remove(["A1"], true), restore(["A1"]), remove(["A2"]), restore(["A2"])]);
    const entries = await store.read((tx) => tx.outboxOf(["C"]));
    expect([...deletionsOf(entries).pending]).toEqual([["A1", "erased"], ["A2", "restored"]]);
    expect(deletionsOf(entries.map((entry) => ({ ...entry, state: "failed" as const }))).pending.size).toBe(0);
    expect(deletionsOf(entries).isDeleted({ id: "A2", deletedAt: 5, isErased: true })).toBe(true);
  });

  it("leaves a tree for others without holes", () => {
    const { messages, deleted } = withoutDeleted([rows[0]!, { ...rows[1]!, deletedAt: 1 }, { ...rows[3]!, deletedAt: 1 }, rows[4]!]);
    expect(messages.map((row) => [row.id, row.parentId])).toEqual([["Q1", null], ["B2", "Q1"]]);
    expect(deleted).toBe(2);
  });

  it("is counted in what the device holds, and not part of it", async () => {
    const store = await device("B2", { A1: { deletedAt: 5, content: [] } });
    await enqueue(store, around, [remove(["Q2"])]);
    const held = (await heldConversation(store, "C"))!;
    expect(held.messages.map((row) => [row.id, row.parentId])).toEqual([["Q1", null], ["A2", "Q1"], ["B2", "Q1"]]);
    expect(held.deleted).toBe(2);
  });
});

describe("deleting from a message on", () => {
  it("means what this device has under it, and is not deleted yet", async () => {
    const store = await device("B2", { Q2: { deletedAt: 5, content: [] } });
    expect(await store.read(async (tx) => await branchOf(tx, "C", "A1", await tx.outboxOf(["C"])))).toEqual(["A1", "B2"]);
    expect(chosen(Array.from({ length: 2_100 }, (_, index) => `${index}`)).map((group) => group.length)).toEqual([1000, 1000, 100]);
  });
});

describe("the trash", () => {
  const api = (messages: Message[] | null) =>
    ({
      listMessages: async (_: string, query: { trash?: boolean }) => {
        if (!messages) throw new UnreachableError();
        expect(query.trash).toBe(true);
        return { messages, nextCursor: null, headId: null };
      },
    }) as unknown as Api;

  it("has what the server has and what was deleted here, and not what was brought back or erased here", async () => {
    const store = await device("B2", { A2: { deletedAt: 5, content: [] } });
    await enqueue(store, around, [remove(["A1"]), restore(["A2"])]);
    const pending = await store.read((tx) => readPending(tx, "C"));
    const there = [{ ...rows[2]!, deletedAt: 5 }, { ...rows[4]!, deletedAt: 2_000 }];
    const trash = await readTrash(api(there), "C", pending, new AbortController().signal);
    expect(trash.messages.map((row) => row.id)).toEqual(["B2", "A1"]);
    expect(trash.isWhole).toBe(true);
  });

  it("says without the server that there may be more", async () => {
    const store = await device();
    await enqueue(store, around, [remove(["A1"])]);
    const pending = await store.read((tx) => readPending(tx, "C"));
    const trash = await readTrash(api(null), "C", pending, new AbortController().signal);
    expect(trash).toMatchObject({ isWhole: false, messages: [{ id: "A1" }] });
  });
});
