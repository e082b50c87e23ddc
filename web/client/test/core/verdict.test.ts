import { describe, expect, it } from "vitest";
import type { Operation, OutboxEntry } from "../../src/core/outbox";
import { looksMax, verdictAfterLook, verdictOf } from "../../src/core/verdict";

function entry(operation: Operation, fields: Partial<OutboxEntry> = {}): OutboxEntry {
  return { id: "op", order: 1, conversationId: "C", operation, madeAt: 0, state: "waiting", reason: "", looks: 0, isHeal: false, ...fields };
}
const append = (fields: Partial<OutboxEntry> = {}, status?: "interrupted") =>
  entry({ type: "append-message", conversationId: "C", message: { id: "M", role: "user", content: [], ...(status && { status }) } }, fields);
const edit = entry({ type: "edit-conversation", conversationId: "C", editedAt: 1, fields: { title: "x" } });
const remove = entry({ type: "delete-conversation", conversationId: "C" });
const create = entry({ type: "create-conversation", conversation: { id: "C" } });
const problem = (name: string, status: number) => ({ type: `/problems/${name}`, title: "No", detail: "It cannot be.", status });

describe("an answer of the server", () => {
  it.each([
    ["stored", append(), 201, undefined, { kind: "done" }],
    ["full disk", append(), 507, undefined, { kind: "later" }],
    ["too many requests", append(), 429, undefined, { kind: "later" }],
    ["signed out", append(), 401, undefined, { kind: "later" }],
    ["too long", append(), 413, problem("too-large", 413), { kind: "failed", reason: "It cannot be." }],
    ["no such conversation", append(), 404, problem("not-found", 404), { kind: "look" }],
    ["unknown parent", append(), 409, problem("parent-unknown", 409), { kind: "look" }],
    ["deleted conversation", append(), 410, problem("conversation-deleted", 410), { kind: "recover" }],
    ["deleted conversation, only given back", append({ isHeal: true }), 410, problem("conversation-deleted", 410), { kind: "done" }],
    ["taken id", append(), 409, problem("id-conflict", 409), { kind: "rename" }],
    ["taken id, whole answer given back", append({ isHeal: true }), 409, problem("id-conflict", 409), { kind: "rename" }],
    ["taken id, cut answer given back", append({ isHeal: true }, "interrupted"), 409, problem("id-conflict", 409), { kind: "done" }],
    ["deleted twice", remove, 404, problem("not-found", 404), { kind: "done" }],
    ["renamed after it was erased", edit, 410, problem("conversation-deleted", 410), { kind: "done" }],
    ["created, and erased before the reply", create, 410, problem("conversation-deleted", 410), { kind: "done" }],
  ] as const)("%s", (_, one, status, body, verdict) => expect(verdictOf(one, status, body)).toEqual(verdict));
});

describe("after a pull", () => {
  const refused = problem("parent-unknown", 409);
  it("tries again what is there, goes under the head when the parent is gone, and gives up visibly", () => {
    const there = { conversation: "there", parent: "missing" } as const;
    expect(verdictAfterLook(append(), there, refused)).toEqual({ kind: "later" });
    expect(verdictAfterLook(append({ looks: looksMax }), there, refused)).toEqual({ kind: "under-head" });
    expect(verdictAfterLook(append({ looks: looksMax + 1 }), there, refused)).toEqual({ kind: "failed", reason: "It cannot be." });
  });
  it("waits for a parent that is to be sent before it", () => {
    expect(verdictAfterLook(append({ looks: 9 }), { conversation: "there", parent: "waiting" }, refused)).toEqual({ kind: "behind-parent" });
  });
  it("keeps the text of a deleted conversation, and not an edit of it", () => {
    const gone = { conversation: "gone", parent: "there" } as const;
    expect(verdictAfterLook(append(), gone, refused)).toEqual({ kind: "recover" });
    expect(verdictAfterLook(edit, gone, refused)).toEqual({ kind: "done" });
  });
  it("fails with the conversation that could not be sent", () => {
    expect(verdictAfterLook(append(), { conversation: "failed-here", parent: "there" }, refused)).toMatchObject({ kind: "failed" });
  });
});
