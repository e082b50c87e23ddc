import { describe, expect, it } from "vitest";
import type { Operation, OutboxEntry } from "../../src/core/outbox";
import { replayConversation, replayMessages } from "../../src/core/replay";
import { conversation } from "../fake-server";

function entries(...operations: Operation[]): OutboxEntry[] {
  return operations.map((operation, index) => ({
    id: `op${index}`, order: index, conversationId: "C", operation, madeAt: 100 + index, state: "waiting", reason: "", looks: 0, isHeal: false,
  }));
}
const text = (words: string) => [{ type: "text" as const, text: words }];
const question = (id: string, parentId: string | null, words = "why?"): Operation => ({
  type: "ask", conversationId: "C", message: { id, parentId, content: text(words), createdAt: 1 }, models: ["m", "n"], answerIds: [`${id}a`, `${id}b`],
});

describe("a conversation with what waits on top", () => {
  it("is there before the server has it, with the title that the server will give it", () => {
    const made = replayConversation(undefined, entries({ type: "create-conversation", conversation: { id: "C" } }, question("Q", null)));
    expect(made).toMatchObject({ id: "C", title: "why?", titleSource: "excerpt", messageCount: 3, headId: "Qa", updatedAt: 101 });
  });

  it("takes its title from the first question that has words, whole, and from nobody else", () => {
    const answer: Operation = { type: "append-message", conversationId: "C", message: { id: "A", role: "assistant", content: text("Hello!") } };
    const parts: Operation = { type: "append-message", conversationId: "C", message: { id: "Q", role: "user", content: [...text("```js"), ...text("x()\n```"), ...text("Why?")] } };
    const made = replayConversation(conversation("C", { title: "", titleSource: "default" }), entries(answer, parts, question("P", "Q", "later")));
    expect(made).toMatchObject({ title: "x() Why?", titleSource: "excerpt" });
  });

  it("shows an edit whatever the server's row says, and is as the server has it without one", () => {
    const row = conversation("C", { title: "theirs", folder: "Work" });
    const edit: Operation = { type: "edit-conversation", conversationId: "C", editedAt: 1, fields: { title: "mine", isPinned: true } };
    expect(replayConversation(row, entries(edit))).toMatchObject({ title: "mine", titleSource: "user", isPinned: true, folder: "Work" });
    expect(replayConversation(row, [])).toBe(row);
  });

  it("goes to the trash, comes back, and is gone", () => {
    const row = conversation("C");
    const [trash, back, forever]: Operation[] = [
      { type: "delete-conversation", conversationId: "C" },
      { type: "restore-conversation", conversationId: "C" },
      { type: "delete-conversation", conversationId: "C", forever: true },
    ];
    expect(replayConversation(row, entries(trash!))?.deletedAt).toBe(100);
    expect(replayConversation(row, entries(trash!, back!))?.deletedAt).toBeUndefined();
    expect(replayConversation(row, entries(trash!, forever!))).toBeUndefined();
    const failed = entries(back!).map((entry) => ({ ...entry, state: "failed" as const }));
    expect(replayConversation({ ...row, deletedAt: 50 }, failed)?.deletedAt).toBe(50);
  });
});

describe("messages that wait", () => {
  it("stand where they will stand: under the head, or under what they name", () => {
    const append: Operation = { type: "append-message", conversationId: "C", message: { id: "M", role: "user", content: text("x") } };
    const made = replayMessages(entries(append, question("Q", "M"), { ...append, message: { ...append.message, id: "N" } }), "H", 7);
    expect(made.map(({ message }) => [message.id, message.parentId, message.position])).toEqual([
      ["M", "H", 8],
      ["Q", "M", 9],
      ["Qa", "Q", 10],
      ["Qb", "Q", 11],
      ["N", "Qa", 12],
    ]);
    expect(made[2]!.message).toMatchObject({ role: "assistant", status: "reserved", model: "m" });
  });
});
