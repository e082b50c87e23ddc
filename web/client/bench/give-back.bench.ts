// Giving back what a restore of the server has lost: the outbox from thousands of entries to none, with what a page holds beside it. `npm run bench`.
import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import type { ServerDoor, SnapshotPage } from "../src/core/server-door";
import { ServerClock } from "../src/core/server-clock";
import { Sync } from "../src/core/sync";
import { LocalList } from "../src/local/local-list";
import { LocalOutbox } from "../src/local/local-outbox";
import { ProblemError } from "../src/problem";
import { DexieStore } from "../src/store/dexie-store";
import type { Conversation, Message } from "../src/types";
import { conversation, message } from "../test/fake-server";

/** A server that was restored to nothing, and takes everything. */
class RestoredServer implements ServerDoor {
  private seq = 0;
  async changes({ since }: { since?: string }) {
    if (since === "2:0") return { epoch: 2, conversations: [], messages: [], tombstones: [], nextCursor: since, hasMore: false };
    throw new ProblemError({ type: "/problems/resync-required", title: "Restored", status: 410 });
  }
  async snapshot(): Promise<SnapshotPage> {
    return { epoch: 2, conversations: [], messages: [], nextCursor: null, changesCursor: "2:0", resumeFloor: 0 };
  }
  async push({ operations }: Parameters<ServerDoor["push"]>[0]) {
    const results = operations.map((operation) => {
      const seq = (this.seq += 1);
      if (operation.type === "create-conversation") return { id: operation.id, status: 200, conversation: { ...conversation(operation.conversation.id), seq } as Conversation };
      if (operation.type !== "append-message") return { id: operation.id, status: 200 };
      const { id, parentId = null } = operation.message;
      const row: Message = { ...message(id, parentId), ...operation.message, parentId, conversationId: operation.conversationId, position: seq, seq };
      return { id: operation.id, status: 200, message: row };
    });
    return { epoch: 2, results };
  }
  async presets() {
    return [];
  }
  ask(): Promise<never> {
    return Promise.reject(new Error("nothing is asked"));
  }
}

let runs = 0;

/** Milliseconds for `count` messages in `chats` conversations, and the transactions that were made. */
async function giveBack(count: number, chats: number): Promise<{ ms: number; transactions: number }> {
  // Dexie takes the function when it opens the database.
  const { transaction } = IDBDatabase.prototype;
  let transactions = 0;
  IDBDatabase.prototype.transaction = function (...args: Parameters<typeof transaction>) {
    transactions += 1;
    return transaction.apply(this, args);
  };
  const store = await DexieStore.open(`give back ${(runs += 1)}`);
  const ids = Array.from({ length: chats }, (_, index) => `C${String(index).padStart(5, "0")}`);
  await store.write(async (tx) => {
    await tx.putState({ epoch: 1, cursor: "1:0", fill: null, restored: 0 });
    await tx.putConversations(ids.map((id, index) => conversation(id, { seq: index + 1 })));
    const rows = Array.from({ length: count }, (_, index) => {
      const conversationId = ids[index % chats]!;
      const parentId = index < chats ? null : `M${index - chats}`;
      return { ...message(`M${index}`, parentId), conversationId, epoch: 1, seq: chats + index + 1, position: Math.floor(index / chats) + 1 };
    });
    await tx.putMessages(rows);
  });
  let made = 0;
  const around = { now: () => 1, newId: () => `N${String((made += 1)).padStart(25, "0")}` };
  const list = new LocalList(store, around, new ServerClock(() => 1));
  await list.begin();
  const outbox = new LocalOutbox(store, around, (id) => list.get(id));
  await outbox.read();
  const sync = new Sync(store, new RestoredServer(), around, { pageRows: 1000 });
  const before = transactions;
  const began = performance.now();
  await sync.pull();
  await sync.push();
  await list.settled();
  await outbox.read();
  const ms = performance.now() - began;
  IDBDatabase.prototype.transaction = transaction;
  expect(outbox.snapshot().waiting).toBe(0);
  expect(await store.read((tx) => tx.outbox())).toEqual([]);
  list.close();
  outbox.close();
  await store.wipe();
  return { ms, transactions: transactions - before };
}

test.each([[1000, 1], [2500, 1], [5000, 1], [10_000, 1], [1000, 100], [2500, 250], [5000, 500], [10_000, 1000]])(
  "%i messages in %i conversations", { timeout: 600_000 }, async (count, chats) => {
    const { ms, transactions } = await giveBack(count, chats);
    console.info(`${count} messages in ${chats} conversations: ${(ms / 1000).toFixed(2)} s, ${((ms / count) * 1000).toFixed(0)} us a message, ${transactions} transactions`);
  },
);
