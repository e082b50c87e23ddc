import { beforeEach, describe, expect, it } from "vitest";
import { giveBackSeen, goesOn, withSeen } from "../../src/core/seen-answers";
import type { StoredMessage } from "../../src/core/local-store";
import type { OutboxEntry } from "../../src/core/outbox";
import { MemoryStore } from "../../src/store/memory-store";
import type { ContentBlock, Conversation, MessageStatus } from "../../src/types";

const text = (...texts: string[]): ContentBlock[] => texts.map((one) => ({ type: "text", text: one }));
const answerId = "01JAAAAAAAAAAAAAAAAAAAAAAA";

let store: MemoryStore;
let ids: number;
const around = { now: () => 1_000, newId: () => `N${(ids += 1)}` };

beforeEach(() => {
  store = new MemoryStore();
  ids = 0;
});

function message(fields: Partial<StoredMessage>): StoredMessage {
  return { id: answerId, conversationId: "C", parentId: "Q", role: "assistant", content: [], status: "interrupted", createdAt: 5, metadata: {}, position: 2, seq: 2, epoch: 1, model: "builtin", ...fields };
}

async function held(status: MessageStatus, stored: ContentBlock[], seen: ContentBlock[], headId = answerId) {
  const conversation = { id: "C", title: "", titleSource: "default", headId, messageCount: 2, seq: 1 } as unknown as Conversation;
  await store.write(async (tx) => {
    await tx.putConversations([conversation]);
    await tx.putMessages([message({ status, content: stored })]);
    await tx.putSeenAnswers([{ messageId: answerId, conversationId: "C", content: seen, seenAt: 900 }]);
  });
}
const give = () => store.write((tx) => giveBackSeen(tx, around, () => 7));
const waiting = () => store.read((tx) => tx.outbox());

describe("what was seen of an answer", () => {
  it("goes back beside the one that the server has cut, which stays as it is", async () => {
    await held("interrupted", text("one two"), text("one two three"));
    expect(await give()).toBe(true);
    const [entry, ...others] = await waiting();
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ state: "waiting", isHeal: true, operation: { type: "append-message", conversationId: "C" } });
    const { operation } = entry as OutboxEntry & { operation: { message: object } };
    expect(operation.message).toMatchObject({ parentId: "Q", role: "assistant", content: text("one two three"), status: "interrupted", model: "builtin", metadata: { seenOf: answerId } });
    expect(store.messageRows.get(answerId)!.content).toEqual(text("one two"));
    expect(store.seenRows.size).toBe(0);
    expect(await give()).toBe(false);
  });

  it.each([
    ["as long", "interrupted", text("one two"), text("one two")],
    ["longer there", "interrupted", text("one two three"), text("one two")],
    ["something else there", "interrupted", text("one TWO"), text("one two three")],
    ["another block there", "interrupted", [...text("one"), { type: "tool_use", id: "t", name: "n", input: {} }], text("one two")],
    ["whole there", "complete", text("one"), text("one two")],
    ["stopped by somebody", "cancelled", text("one"), text("one two")],
  ] as const)("is forgotten where it is not more of the same: %s", async (_, status, stored, seen) => {
    await held(status, [...stored], seen);
    expect(await give()).toBe(false);
    expect(await waiting()).toEqual([]);
    expect(store.seenRows.size).toBe(0);
  });

  it("waits for the end of an answer that is still written, and is shown until then", async () => {
    await held("streaming", text("one"), text("one two"));
    expect(await give()).toBe(false);
    expect(store.seenRows.size).toBe(1);
    const shown = await store.read(async (tx) => withSeen(tx, (await tx.messages([answerId])).flatMap((row) => row ?? [])));
    expect(shown.get(answerId)!.content).toEqual(text("one two"));
  });

  it("is not given back twice: by this device, or by another that has seen as much", async () => {
    await held("interrupted", text("one"), text("one two"));
    await store.write((tx) => tx.putMessages([message({ id: "OTHER", content: text("one two three"), position: 3 })]));
    expect(await give()).toBe(false);
    expect(await waiting()).toEqual([]);
  });

  it("takes along what was asked under it, and otherwise leaves the reader on the branch that went on", async () => {
    await held("interrupted", text("one"), text("one two"));
    const question = { id: "Q2", parentId: answerId, content: text("And?"), createdAt: 1 };
    const asked: OutboxEntry = { id: "E", order: 5, conversationId: "C", operation: { type: "ask", conversationId: "C", message: question, models: ["builtin"], answerIds: ["A2"] }, madeAt: 1, state: "waiting", reason: "", looks: 0, isHeal: false };
    await store.write((tx) => tx.putOutbox([asked]));
    await give();
    const [given, moved] = await waiting();
    const { id } = (given!.operation as unknown as { message: { id: string } }).message;
    expect(moved!.operation).toMatchObject({ message: { parentId: id } });

    store = new MemoryStore();
    await held("interrupted", text("one"), text("one two"), "GONE ON");
    await give();
    expect((await waiting()).map(({ operation }) => operation)).toMatchObject([{ type: "append-message" }, { type: "edit-conversation", editedAt: 7, fields: { headId: "GONE ON" } }]);
  });

  it("goes with its conversation", async () => {
    await held("streaming", text("one"), text("one two"));
    await store.write((tx) => tx.deleteMessagesOf(["C"]));
    expect(store.seenRows.size).toBe(0);
  });
});

it("goes on from something when only its last block is longer", () => {
  expect(goesOn(text("a", "bc"), text("a", "b"))).toBe(true);
  expect(goesOn(text("ab", "b"), text("a", "b"))).toBe(false);
  expect(goesOn(text("a"), text("a", "b"))).toBe(false);
  expect(goesOn(text("a"), [])).toBe(true);
});
