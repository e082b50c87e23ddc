// What this device has seen of answers that were being written, and giving it back where a crash of the server has cut it.
import { isUnfinished, type ContentBlock } from "../types";
import { derivedId } from "./derived-id";
import { deletionsOf } from "./deleted";
import { inFront } from "./heal";
import type { Reading, SeenAnswer, StoredMessage, Writing } from "./local-store";
import { messageIdsOf, parentOf, withParent, type Operation, type OutboxEntry } from "./outbox";
import { replayConversation } from "./replay";
import type { Surroundings } from "./server-door";

/** The field of a message's metadata that names the cut answer whose longer text it is. */
export const seenOf = "seenOf";

/** An answer that the server has not told of again for this long will not come back. */
const keptMsMax = 30 * 24 * 3600 * 1000;

/** The content without blocks that say nothing or are not whole. */
export function settledContent(content: readonly ContentBlock[]): ContentBlock[] {
  return content.filter((block) => !("partialInput" in block) && !(block.type === "text" && block.text === ""));
}

/** Whether `longer` is `shorter`, or goes on from it: every block the same, but that the last one may be longer. */
export function goesOn(longer: readonly ContentBlock[], shorter: readonly ContentBlock[]): boolean {
  const last = shorter.length - 1;
  return shorter.every((block, at) => {
    const other = longer[at];
    if (!other || other.type !== block.type) return false;
    const [text, whole] = [textIn(block), textIn(other)];
    if (typeof text !== "string" || typeof whole !== "string") return JSON.stringify(other) === JSON.stringify(block);
    return at === last ? whole.startsWith(text) : whole === text;
  });
}

function textIn(block: ContentBlock): unknown {
  return "text" in block ? block.text : undefined;
}

/** What is shown of answers that are not finished as far as the server has told: what was seen of them, where that is more. */
export async function withSeen(tx: Reading, open: readonly StoredMessage[]): Promise<Map<string, StoredMessage>> {
  const seen = await tx.seenAnswers(open.map((row) => row.id));
  return new Map(
    open.flatMap((row, at) => {
      const content = seen[at]?.content;
      return content && goesOn(content, settledContent(row.content)) ? [[row.id, { ...row, content }] as const] : [];
    }),
  );
}

/**
 * Looks at all that was seen: what the server has is forgotten; of an answer that a crash of the server has cut, and that was longer here, the longer
 * text goes back as a message beside it. What the server has is never changed. `stamp` is the time of an edit made now. True: something is to be sent.
 */
export async function giveBackSeen(tx: Writing, around: Surroundings, stamp: () => number): Promise<boolean> {
  const seen = await tx.allSeenAnswers();
  if (seen.length === 0) return false;
  const rows = await tx.messages(seen.map(({ messageId }) => messageId));
  const over: string[] = [];
  let hasAny = false;
  for (const [at, one] of seen.entries()) {
    const row = rows[at];
    const isWaiting = row ? isUnfinished(row.status) : around.now() - one.seenAt < keptMsMax;
    if (isWaiting) continue;
    over.push(one.messageId);
    if (!row || !isMore(one, row)) continue;
    const beside = await tx.children(row.conversationId, [row.parentId]);
    // Another device may have given it back.
    if (!beside.some(({ content }) => goesOn(settledContent(content), one.content))) hasAny = (await giveBack(tx, one, row, around, stamp)) || hasAny;
  }
  await tx.deleteSeenAnswers(over);
  return hasAny;
}

function isMore(seen: SeenAnswer, row: StoredMessage): boolean {
  const stored = settledContent(row.content);
  return row.status === "interrupted" && goesOn(seen.content, stored) && !goesOn(stored, seen.content);
}

async function giveBack(tx: Writing, seen: SeenAnswer, row: StoredMessage, around: Surroundings, stamp: () => number): Promise<boolean> {
  const { conversationId, parentId, role, model, createdAt } = row;
  // By its length: devices that have seen the same give back the same message.
  const id = derivedId(row.id, `seen ${JSON.stringify(seen.content).length}`);
  const outbox = await tx.outboxOf([conversationId]);
  if (deletionsOf(outbox).isDeleted(row)) return false;
  if (outbox.some((entry) => messageIdsOf(entry.operation).includes(id))) return false;
  const message = { id, parentId, role, content: seen.content, status: "interrupted" as const, createdAt, metadata: { ...row.metadata, [seenOf]: row.id }, ...(model && { model }) };
  const operations: Operation[] = [{ type: "append-message", conversationId, message }];
  // What waits under the cut answer was asked by somebody who had read the longer one.
  const moved = outbox.filter((entry) => isUnder(entry, row.id)).map((entry) => ({ ...entry, operation: withParent(entry.operation, id) }));
  const [base] = await tx.conversations([conversationId]);
  const head = replayConversation(base, outbox)?.headId;
  const hasGoneOn = head !== undefined && head !== null && head !== row.id && moved.length === 0;
  if (hasGoneOn) operations.push({ type: "edit-conversation", conversationId, editedAt: stamp(), fields: { headId: head } });
  await tx.putOutbox([...inFront(operations, await tx.orders(), around), ...moved]);
  return true;
}

function isUnder(entry: OutboxEntry, id: string): boolean {
  return entry.state === "waiting" && parentOf(entry.operation) === id;
}
