// The path of a conversation from the device: the rows from the head towards the beginning, with what waits in the outbox.
import type { Reading, StoredMessage } from "../core/local-store";
import { replayConversation, replayMessages, type ReplayedMessage } from "../core/replay";
import type { OutboxEntry } from "../core/outbox";
import { withSeen } from "../core/seen-answers";
import type { MessageRow } from "../message-row";
import { readableMessage } from "../readable";
import { isUnfinished, type Conversation } from "../types";

export interface PathPart {
  /** Undefined: no such conversation on this device. */
  conversation: Conversation | undefined;
  /** Oldest first. */
  rows: MessageRow[];
  /** The next older message, when it is not held on this device: it has to be fetched. */
  missing: string | null;
  /** There are older messages on this device. */
  hasOlder: boolean;
}

/** Rows read around one that is looked for: a path is mostly contiguous in position. */
const blockRows = 64;

/**
 * Reads up to `count` rows that end in the head, or, given `from`, that end in that message. Goes on past `count` as long as `isEnough` says no.
 */
export async function readPath(
  tx: Reading,
  conversationId: string,
  count: number,
  options: { from?: string; isKnown?: (id: string) => boolean } = {},
): Promise<PathPart> {
  const [base] = await tx.conversations([conversationId]);
  const entries = await tx.outboxOf([conversationId]);
  const conversation = replayConversation(base, entries);
  if (!conversation) return { conversation, rows: [], missing: null, hasOlder: false };
  const waiting = new Map(replayMessages(entries, base?.headId ?? null, base?.messageCount ?? 0).map((one) => [one.message.id, one]));
  const held = new Map<string, StoredMessage>();
  const path: { stored?: StoredMessage; waiting?: ReplayedMessage; id: string; parentId: string | null }[] = [];
  let id: string | null = options.from ?? conversation.headId;
  let missing: string | null = null;
  while (id !== null && (path.length < count || (options.isKnown && path.length < 4 * count && !options.isKnown(id)))) {
    const stored: StoredMessage | undefined = held.get(id) ?? (await readAround(tx, id, conversationId, held));
    const pending = stored ? undefined : waiting.get(id);
    if (!stored && !pending) {
      missing = id;
      break;
    }
    const parentId = stored ? stored.parentId : pending!.message.parentId;
    path.unshift({ stored, waiting: pending, id, parentId });
    id = parentId;
  }
  const open = path.flatMap(({ stored }) => (stored && isUnfinished(stored.status) ? [stored] : []));
  const seen = open.length > 0 ? await withSeen(tx, open) : null;
  for (const one of path) one.stored = seen?.get(one.id) ?? one.stored;
  const rows = await withSiblings(tx, conversationId, path, waiting);
  return { conversation, rows, missing, hasOlder: missing === null && id !== null };
}

/** The newest message below `id` whose ancestors all were the newest: what the server takes as head when a branch is chosen. */
export async function newestLeaf(tx: Reading, conversationId: string, id: string, entries: readonly OutboxEntry[]): Promise<string> {
  const waiting = replayMessages(entries, null, Number.MAX_SAFE_INTEGER / 2);
  for (let leaf = id; ; ) {
    const below = [
      ...(await tx.children(conversationId, [leaf])),
      ...waiting.filter(({ message }) => message.parentId === leaf).map(({ message }) => message),
    ];
    const newest = below.at(-1);
    if (!newest) return leaf;
    leaf = newest.id;
  }
}

async function readAround(tx: Reading, id: string, conversationId: string, held: Map<string, StoredMessage>): Promise<StoredMessage | undefined> {
  const [row] = await tx.messages([id]);
  if (!row || row.conversationId !== conversationId) return undefined;
  for (const near of await tx.messagesBetween(conversationId, row.position - blockRows, row.position)) held.set(near.id, near);
  // What an earlier version of the page has stored may break rules that it did not know.
  for (const [near, one] of held) held.set(near, readableMessage(one) ?? one);
  const readable = readableMessage(row) ?? row;
  held.set(id, readable);
  return readable;
}

async function withSiblings(
  tx: Reading,
  conversationId: string,
  path: readonly { stored?: StoredMessage; waiting?: ReplayedMessage; parentId: string | null }[],
  waiting: ReadonlyMap<string, ReplayedMessage>,
): Promise<MessageRow[]> {
  const siblings = new Map<string | null, string[]>();
  const add = (parentId: string | null, id: string) => {
    const ids = siblings.get(parentId) ?? [];
    if (!ids.includes(id)) siblings.set(parentId, [...ids, id]);
  };
  for (const { stored, parentId } of path) for (const id of stored?.siblingIds ?? []) add(parentId, id);
  const parents = [...new Set(path.map(({ parentId }) => parentId))];
  // A message comes after its parent in position: when all that follow the first row are the path itself, nothing stands beside any of them.
  // One request instead of one for every row, and nearly all conversations are so.
  const positions = path.flatMap(({ stored }) => stored?.position ?? []);
  const isStraight = positions.length > 0 && (await tx.countFrom(conversationId, Math.min(...positions))) === positions.length;
  const branching = isStraight ? parents.slice(0, 1) : parents;
  for (const child of await tx.children(conversationId, branching)) add(child.parentId, child.id);
  for (const { stored, parentId } of path) if (stored) add(parentId, stored.id);
  for (const { message } of waiting.values()) if (siblings.has(message.parentId) || parents.includes(message.parentId)) add(message.parentId, message.id);
  return path.map(({ stored, waiting: pending, parentId }) => {
    const ids = siblings.get(parentId) ?? [];
    const message = stored ?? pending!.message;
    const siblingIds = ids.length > 1 ? ids : undefined;
    const counted = { ...message, siblingCount: Math.max(1, ids.length), siblingIds };
    if (!pending) return { message: counted, origin: "server" };
    const { entry } = pending;
    const state = entry.state === "failed" ? ("failed" as const) : ("device" as const);
    return { message: counted, origin: "sending", state, reason: entry.reason, outboxId: entry.id };
  });
}
