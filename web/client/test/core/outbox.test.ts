import { describe, expect, it } from "vitest";
import { batchOperationsMax, conversationOf, NextRun, withoutEntry, type NextToSend, type Operation, type OutboxEntry } from "../../src/core/outbox";

let order = 0;
function entry(operation: Operation, fields: Partial<OutboxEntry> = {}): OutboxEntry {
  order += 1;
  const conversationId = conversationOf(operation);
  return { id: `op${order}`, order, conversationId, operation, madeAt: 0, state: "waiting", reason: "", looks: 0, isHeal: false, ...fields };
}
const create = (id: string) => entry({ type: "create-conversation", conversation: { id } });
const append = (conversationId: string, id: string, parentId: string | null = null) =>
  entry({ type: "append-message", conversationId, message: { id, parentId, role: "user", content: [] } });
const ask = (conversationId: string, id: string, parentId: string | null = null) =>
  entry({ type: "ask", conversationId, message: { id, parentId, content: [], createdAt: 0 }, models: ["m"], answerIds: [`${id}a`] });
const never = () => false;
function nextToSend(entries: readonly OutboxEntry[], isBlocked: (entry: OutboxEntry) => boolean): NextToSend {
  const run = new NextRun();
  for (const one of entries) {
    const next = run.offer(one, isBlocked(one) ? "blocked" : "go");
    if (next) return next;
  }
  return run.end();
}

describe("what goes next", () => {
  it("is the longest run before a question; then the question alone", () => {
    const entries = [create("A"), append("A", "1"), ask("A", "2"), append("A", "3", "2a")];
    expect(nextToSend(entries, never)).toEqual({ kind: "batch", entries: entries.slice(0, 2) });
    expect(nextToSend(entries.slice(2), never)).toEqual({ kind: "ask", entry: entries[2] });
  });

  it("keeps the order of a conversation whose question waits, and lets the others pass", () => {
    const [question, after, other] = [ask("A", "1"), append("A", "2", "1"), append("B", "3")];
    expect(nextToSend([question, after, other], (one) => one === question)).toEqual({ kind: "batch", entries: [other] });
  });

  it("passes over what failed, and is nothing when all has", () => {
    const failed = { ...append("A", "1"), state: "failed" as const };
    expect(nextToSend([failed], never)).toBeNull();
  });

  it("is no longer than a push may be", () => {
    const many = Array.from({ length: batchOperationsMax + 5 }, (_, index) => append("A", String(index)));
    expect(nextToSend(many, never)).toMatchObject({ entries: { length: batchOperationsMax } });
    const long = "x".repeat(1_500_000);
    const large = [1, 2].map((id) => entry({ type: "append-message", conversationId: "A", message: { id: String(id), role: "user", content: [{ type: "text", text: long }] } }));
    expect(nextToSend(large, never)).toMatchObject({ entries: { length: 1 } });
  });
});

describe("throwing one away", () => {
  it("moves what stood under it up to what it stood under, and takes what answers it along", () => {
    const gone = ask("A", "1", "root");
    const below = ask("A", "2", "1a");
    const again = entry({ type: "ask", conversationId: "A", parentId: "1", models: ["m"], answerIds: ["x"] });
    const { removed, changed } = withoutEntry([gone, below, again], gone.id);
    expect(removed).toEqual([gone.id, again.id]);
    expect(changed).toMatchObject([{ id: below.id, operation: { message: { parentId: "root" } } }]);
  });

  it("takes everything of a conversation that is never made", () => {
    const entries = [create("A"), append("A", "1"), append("B", "2")];
    expect(withoutEntry(entries, entries[0]!.id).removed).toEqual([entries[0]!.id, entries[1]!.id]);
  });
});
