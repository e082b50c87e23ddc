import { expect, it } from "vitest";
import { putRows } from "../../src/core/rows";
import type { Conversation, Message } from "../../src/types";
import { MemoryStore } from "../../src/store/memory-store";

const around = { now: () => 1_000, newId: () => "id" };

it("forgets what a row says was deleted for ever, and takes nothing of it again", async () => {
  const store = new MemoryStore();
  const row = { id: "C", title: "Secret", seq: 1, messageCount: 1 } as Conversation;
  const message = { id: "M", conversationId: "C", parentId: null, role: "user", status: "complete", content: [{ type: "text", text: "secret" }], createdAt: 0, metadata: {}, position: 1, seq: 2 } as Message;
  await store.write((tx) => putRows(tx, 1, [row], [message], around));
  expect([store.conversationRows.size, store.messageRows.size]).toEqual([1, 1]);
  await store.write((tx) => putRows(tx, 1, [{ ...row, title: "", messageCount: 0, seq: 3, deletedAt: 9, isErased: true }], [], around));
  await store.write((tx) => putRows(tx, 1, [row], [message], around));
  expect([store.conversationRows.size, store.messageRows.size, [...store.erasedIds]]).toEqual([0, 0, ["C"]]);
});
