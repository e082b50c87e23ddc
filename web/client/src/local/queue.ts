// What was sent while an answer was being written: it waits for that answer, in order, on top of the conversation. Pure, but for the reading of
// where the end of a conversation is.
import type { Reading } from "../core/local-store";
import { deletionsOf } from "../core/deleted";
import { filesIn } from "../core/outbox";
import { replayConversation, replayMessages } from "../core/replay";
import { stateOf, textOf, type MessageRow } from "../message-row";
import type { QueuedMessage } from "../snapshots";
import { undeleted } from "./path-reader";
import { isRowUnfinished, withLive } from "./shown-rows";

/**
 * Where the queue begins in a path: at the first question of this device under an answer that is not whole. Without the server, a question under
 * one that waits itself is no queue: both are part of what is written meanwhile. `live`: an answer as it has been streamed so far.
 */
export function queueStart(path: readonly MessageRow[], isOnline: boolean, live: (id: string) => MessageRow | undefined): number {
  let start = path.length;
  while (path[start - 1]?.origin === "sending") start -= 1;
  for (; start < path.length; start += 1) {
    const above = path[start - 1];
    if (!above || path[start]!.message.role !== "user" || above.message.role !== "assistant") continue;
    const isWhole = !isRowUnfinished(withLive(above, live(above.message.id))) || stateOf(above) === "failed";
    if (!isWhole && (above.origin === "server" || isOnline)) break;
  }
  return start;
}

export function queuedOf(path: readonly MessageRow[], start: number): QueuedMessage[] {
  return path.slice(start).flatMap((row) => {
    if (row.message.role !== "user" || !row.outboxId) return [];
    return [{ id: row.message.id, outboxId: row.outboxId, text: textOf(row.message), files: filesIn(row.message.content), reason: stateOf(row) === "failed" ? (row.reason ?? "") : "" }];
  });
}

/** Rows of which nothing is to be seen: the place of an answer to a question that the server has refused. */
export function isShown(row: MessageRow): boolean {
  return row.message.role !== "assistant" || stateOf(row) !== "failed";
}

/**
 * The end of the conversation for who has seen `seen` as its end (null: nothing): what was sent from this device meanwhile, in another window or a
 * moment ago, goes before. What stands on another branch does not.
 */
export async function endAfter(tx: Reading, conversationId: string, seen: string | null): Promise<string | null> {
  const [base] = await tx.conversations([conversationId]);
  const entries = await tx.outboxOf([conversationId]);
  const { isDeleted, pending } = deletionsOf(entries);
  let head = replayConversation(base, entries)?.headId ?? null;
  if (head !== null && pending.size > 0) head = await undeleted(tx, head, isDeleted);
  const replayed = replayMessages(entries, base?.headId ?? null, 0);
  const waiting = new Map(replayed.map(({ message }) => [message.id, message.parentId]));
  const refused = new Map(replayed.filter(({ entry }) => entry.state === "failed").map(({ message }) => [message.id, message.parentId]));
  // Who writes after a refusal has seen it: what was refused is no part of the conversation.
  const above = (id: string | null): string | null => {
    while (id !== null && refused.has(id)) id = refused.get(id)!;
    return id;
  };
  let at = head;
  for (let steps = 0; at !== seen; steps += 1) {
    if (at === null || steps === stepsMax) return above(seen);
    const parent: string | null | undefined = waiting.has(at) ? waiting.get(at) : (await tx.messages([at]))[0]?.parentId;
    if (parent === undefined) return above(seen);
    at = parent;
  }
  return above(head);
}

/** More is not sent from one device between two drawings. */
const stepsMax = 64;
