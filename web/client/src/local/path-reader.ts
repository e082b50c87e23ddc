// The path of a conversation from the device: the rows from the head towards the beginning, with what waits in the outbox.
import { deletionsOf, type IsDeleted } from "../core/deleted";
import type { Reading, StoredMessage } from "../core/local-store";
import { replayConversation, replayMessages, type ReplayedMessage } from "../core/replay";
import type { OutboxEntry } from "../core/outbox";
import { withSeen } from "../core/seen-answers";
import type { MessageRow } from "../message-row";
import { readableMessage } from "../readable";
import { isUnfinished, type Conversation, type Message } from "../types";

export interface PathPart {
  /** Undefined: no such conversation on this device. */
  conversation: Conversation | undefined;
  /** Oldest first. */
  rows: MessageRow[];
  /** The next older message, when it is not held on this device: it has to be fetched. */
  missing: string | null;
  /** There are older messages on this device. */
  hasOlder: boolean;
  /** What was deleted and brought back here, and is not on the server; another text when it is something else. */
  deletions?: string;
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
  const { isDeleted, pending: wishes } = deletionsOf(entries);
  const held = new Map<string, StoredMessage>();
  const path: Step[] = [];
  let id: string | null = options.from ?? conversation.headId;
  // Whatever is awaited in a transaction has to ask it for something, or the browser commits.
  if (options.from === undefined && id !== null && wishes.size > 0) {
    const above: string | null = await undeleted(tx, id, isDeleted);
    if (above !== id) id = await newestLeaf(tx, conversationId, above, entries);
  }
  let missing: string | null = null;
  while (id !== null) {
    const isEnough = path.length >= count && !(options.isKnown && path.length < 4 * count && !options.isKnown(id));
    const stored: StoredMessage | undefined = held.get(id) ?? (isEnough ? undefined : await readAround(tx, id, conversationId, held));
    const pending = stored ? undefined : waiting.get(id);
    const row = stored ?? pending?.message;
    const isGone = row !== undefined && isDeleted(row);
    // What stands right above the last one is looked at, so that a row never stands under one that is not shown.
    if (isEnough && !isGone) break;
    if (!row) {
      missing = id;
      break;
    }
    const { parentId }: { parentId: string | null } = row;
    if (!isGone) path.unshift({ stored: stored && broughtBack(stored), waiting: pending, id, parentId });
    else if (path[0]) path[0].parentId = parentId;
    id = parentId;
  }
  const open = path.flatMap(({ stored }) => (stored && isUnfinished(stored.status) ? [stored] : []));
  const seen = open.length > 0 ? await withSeen(tx, open) : null;
  for (const one of path) one.stored = seen?.get(one.id) ?? one.stored;
  const rows = path.length === 0 ? [] : await withSiblings(tx, conversationId, path, waiting, isDeleted);
  return { conversation, rows, missing, hasOlder: missing === null && id !== null, deletions: JSON.stringify([...wishes]) };
}

/** Out of the trash by a wish that is not on the server yet: with the words that this device had. */
function broughtBack(row: StoredMessage): StoredMessage {
  if (row.deletedAt === undefined) return row;
  const { kept, deletedAt: _, ...rest } = row;
  return { ...rest, content: kept ?? row.content };
}

interface Step {
  stored?: StoredMessage;
  waiting?: ReplayedMessage;
  id: string;
  /** Of those that are shown. */
  parentId: string | null;
}

/**
 * The newest message below `id` whose ancestors all were the newest: what the server takes as head when a branch is chosen. Null: below all first
 * messages; and nothing is left there.
 */
export async function newestLeaf<Id extends string | null>(tx: Reading, conversationId: string, id: Id, entries: readonly OutboxEntry[]): Promise<string | Id> {
  const waiting = replayMessages(entries, null, Number.MAX_SAFE_INTEGER / 2);
  const { isDeleted } = deletionsOf(entries);
  let leaf: string | Id = id;
  let asked: (string | null)[] = [leaf];
  let newest: Message | undefined;
  // One loop, and no function around what is awaited: the transaction of a browser outlives few hops.
  for (;;) {
    const gone: string[] = [];
    for (const row of await tx.children(conversationId, asked)) {
      if (isDeleted(row)) gone.push(row.id);
      else if (!newest || row.position > newest.position) newest = row;
    }
    asked = gone;
    if (gone.length > 0) continue;
    newest = waiting.findLast(({ message }) => message.parentId === leaf && !isDeleted(message))?.message ?? newest;
    if (!newest) return leaf;
    leaf = newest.id;
    asked = [leaf];
    newest = undefined;
  }
}

/** The nearest message, from this one up, that was not deleted here a moment ago. */
export async function undeleted(tx: Reading, head: string, isDeleted: IsDeleted): Promise<string | null> {
  for (let id: string | null = head; id !== null; ) {
    const row: StoredMessage | undefined = (await tx.messages([id]))[0];
    if (!row || !isDeleted(row)) return id;
    id = row.parentId;
  }
  return null;
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
  path: readonly Step[],
  waiting: ReadonlyMap<string, ReplayedMessage>,
  isDeleted: IsDeleted,
): Promise<MessageRow[]> {
  const siblings = new Map<string | null, string[]>();
  const add = (parentId: string | null, id: string) => {
    const ids = siblings.get(parentId) ?? [];
    if (!ids.includes(id)) siblings.set(parentId, [...ids, id]);
  };
  const named = [...new Set(path.flatMap(({ stored }) => stored?.siblingIds ?? []))];
  const gone = new Set((named.length > 0 ? await tx.messages(named) : []).flatMap((row) => (row && isDeleted(row) ? [row.id] : [])));
  for (const { stored, parentId } of path) for (const id of stored?.siblingIds ?? []) if (!gone.has(id)) add(parentId, id);
  const parents = [...new Set(path.map(({ parentId }) => parentId))];
  // A message comes after its parent in position: when all that follow the first row are the path itself, nothing stands beside any of them.
  // One request instead of one for every row, and nearly all conversations are so.
  const positions = path.flatMap(({ stored }) => stored?.position ?? []);
  const isStraight = positions.length > 0 && (await tx.countFrom(conversationId, Math.min(...positions))) === positions.length;
  const branching = isStraight ? parents.slice(0, 1) : parents;
  // What stands under a deleted message counts as standing under what that stands under.
  const under = new Map(branching.map((parent) => [parent, parent]));
  const beside: { parentId: string | null; row: StoredMessage }[] = [];
  for (let asked: (string | null)[] = branching; asked.length > 0; ) {
    const rows = await tx.children(conversationId, asked);
    const gone = rows.filter(isDeleted);
    for (const row of gone) under.set(row.id, under.get(row.parentId) ?? null);
    for (const row of rows) if (!isDeleted(row)) beside.push({ parentId: under.get(row.parentId) ?? null, row });
    asked = gone.map((row) => row.id);
  }
  for (const { parentId, row } of beside.sort((one, other) => one.row.position - other.row.position)) add(parentId, row.id);
  for (const { stored, parentId } of path) if (stored) add(parentId, stored.id);
  for (const { message } of waiting.values()) {
    if (!isDeleted(message) && (siblings.has(message.parentId) || parents.includes(message.parentId))) add(message.parentId, message.id);
  }
  return path.map(({ stored, waiting: pending, parentId }) => {
    const ids = siblings.get(parentId) ?? [];
    const message = stored ?? pending!.message;
    const siblingIds = ids.length > 1 ? ids : undefined;
    const counted = { ...message, parentId, siblingCount: Math.max(1, ids.length), siblingIds };
    if (!pending) return { message: counted, origin: "server" };
    const { entry } = pending;
    const state = entry.state === "failed" ? ("failed" as const) : ("device" as const);
    return { message: counted, origin: "sending", state, reason: entry.reason, outboxId: entry.id };
  });
}
