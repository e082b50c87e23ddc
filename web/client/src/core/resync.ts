// Starting again from a snapshot: the first copy, a cursor that is too old, and a server that was restored from a backup.
import type { Conversation, Message } from "../types";
import { derivedId } from "./derived-id";
import type { StoredMessage, SyncState, Writing } from "./local-store";
import { conversationOf, messageIdsOf, type Operation, type OutboxEntry } from "./outbox";
import { putRows } from "./rows";
import type { ServerDoor, SnapshotPage, Surroundings } from "./server-door";
import { isUnfinished } from "../types";

/** What the server has, read up to the last conversation; nothing on the device has changed yet. */
export interface Shadow {
  since: string | null;
  epoch: number;
  conversations: Map<string, Conversation>;
  /** Those that came with the last page of conversations. */
  messages: Message[];
  /** Where the rest of the messages goes on. */
  fill: string | null;
  cursor: string;
  /** What has a greater `seq` here may be lost there; null: nothing was lost. */
  floor: number | null;
}

export async function readShadow(server: ServerDoor, state: SyncState, limit: number | undefined): Promise<Shadow> {
  const since = state.cursor ?? undefined;
  for (;;) {
    let page: SnapshotPage = await server.snapshot({ since, limit, include: "all" });
    const { epoch, changesCursor, resumeFloor } = page;
    const conversations = new Map(page.conversations.map((row) => [row.id, row]));
    while (page.messages.length === 0 && page.nextCursor !== null && page.epoch === epoch) {
      page = await server.snapshot({ cursor: page.nextCursor, since, limit, include: "all" });
      for (const row of page.conversations) conversations.set(row.id, row);
    }
    if (page.epoch !== epoch) continue;
    const isRestored = state.epoch !== 0 && state.epoch !== epoch;
    const floor = isRestored ? (resumeFloor ?? 0) : null;
    return { since: state.cursor, epoch, conversations, messages: page.messages, fill: page.nextCursor, cursor: changesCursor, floor };
  }
}

/**
 * Puts the shadow in the place of what is held, in the caller's transaction, and puts what a restore has lost in front of the outbox: conversations
 * first, then messages in the order they were written, then deletions. False: another tab was faster.
 */
export async function swapIn(tx: Writing, shadow: Shadow, around: Surroundings): Promise<boolean> {
  const state = await tx.state();
  if (state.cursor !== shadow.since) return false;
  const [held, outbox, erased] = [await tx.allConversations(), await tx.outbox(), new Set(await tx.allErased())];
  const back = { ...nothingLost, erased: [...erased].filter((id) => shadow.conversations.has(id)) };
  const lost = shadow.floor === null ? back : { ...back, ...(await findLost(tx, shadow, shadow.floor, held)) };
  const heals = withoutKnown(healing(lost), outbox);

  const gone = held.filter((row) => !shadow.conversations.has(row.id)).map((row) => row.id);
  await tx.deleteConversations(gone);
  await tx.deleteMessagesOf((await tx.conversationsWithMessages()).filter((id) => !shadow.conversations.has(id)));
  await tx.deleteMessages(lost.messages.map((row) => row.id));
  const living = [...shadow.conversations.values()].filter((row) => !erased.has(row.id));
  const before = new Map(held.map((row) => [row.id, row]));
  const isSameEpoch = state.epoch === shadow.epoch;
  await tx.putConversations(living.filter((row) => !isSameEpoch || row.seq >= (before.get(row.id)?.seq ?? 0)));
  await putRows(tx, shadow.epoch, [], shadow.messages);
  await tx.putOutbox(inFront(heals, outbox, around));
  const restored = state.restored + lost.conversations.length + lost.messages.length;
  await tx.putState({ epoch: shadow.epoch, cursor: shadow.cursor, fill: shadow.fill, restored });
  return true;
}

interface Lost {
  conversations: Conversation[];
  messages: StoredMessage[];
  /** In the trash here, and not there. */
  trashed: string[];
  /** Erased here, and back there. */
  erased: string[];
}

const nothingLost: Lost = { conversations: [], messages: [], trashed: [], erased: [] };

async function findLost(
  tx: Writing,
  shadow: Shadow,
  floor: number,
  held: readonly Conversation[],
): Promise<Omit<Lost, "erased">> {
  const conversations = held.filter((row) => !row.deletedAt && row.seq > floor && !shadow.conversations.has(row.id));
  const lostIds = new Set(conversations.map((row) => row.id));
  const there = new Set(shadow.messages.map((row) => row.id));
  const isReachable = (id: string) => lostIds.has(id) || shadow.conversations.has(id);
  const newer = await tx.messagesAfter(floor);
  const messages = newer.filter((row) => row.epoch !== shadow.epoch && !there.has(row.id) && isReachable(row.conversationId));
  const live = (id: string) => shadow.conversations.get(id)?.deletedAt === undefined && shadow.conversations.has(id);
  const trashed = held.filter((row) => row.deletedAt && row.seq > floor && live(row.id)).map((row) => row.id);
  return { conversations, messages, trashed };
}

function healing(lost: Lost): Operation[] {
  const operations: Operation[] = [];
  for (const { id, title, model, metadata, createdAt } of lost.conversations) {
    operations.push({ type: "create-conversation", conversation: { id, title, model, metadata, createdAt } });
  }
  /** What stood under a message that is not given back stands under what that one stood under. */
  const skipped = new Map<string, string | null>();
  for (const row of lost.messages) {
    const parentId = row.parentId !== null && skipped.has(row.parentId) ? (skipped.get(row.parentId) ?? null) : row.parentId;
    const message = offered({ ...row, parentId });
    if (message) operations.push({ type: "append-message", conversationId: row.conversationId, message });
    else skipped.set(row.id, parentId);
  }
  for (const row of lost.conversations) {
    const { isArchived, isPinned, isUnread = false, folder, tags, headId } = row;
    const last = lost.messages.findLast((message) => message.conversationId === row.id);
    const head = headId !== null && last !== undefined && last.id !== headId ? { headId } : {};
    const isPlain = !isArchived && !isPinned && !isUnread && folder === null && tags.length === 0 && !("headId" in head);
    if (isPlain) continue;
    const fields = { isArchived, isPinned, isUnread, folder, tags, ...head };
    operations.push({ type: "edit-conversation", conversationId: row.id, editedAt: row.updatedAt, fields });
  }
  for (const conversationId of lost.trashed) operations.push({ type: "delete-conversation", conversationId });
  for (const conversationId of lost.erased) operations.push({ type: "delete-conversation", conversationId, forever: true });
  return operations;
}

/** An answer that was being written is given back as far as it came; one without any content is not worth a row. */
function offered(row: StoredMessage) {
  const { id, parentId, role, model, usage, error, tokenCount, createdAt, metadata } = row;
  const content = row.content.filter((block) => block.type !== "text" || block.text !== "");
  if (content.length === 0) return null;
  const status = isUnfinished(row.status) ? ("interrupted" as const) : row.status;
  const more = { ...(model && { model }), ...(usage && { usage }), ...(error && { error }), ...(tokenCount !== undefined && { tokenCount }) };
  return { id, parentId, role, content, status, createdAt, metadata, ...more };
}

function withoutKnown(operations: readonly Operation[], outbox: readonly OutboxEntry[]): Operation[] {
  const messages = new Set(outbox.flatMap((entry) => messageIdsOf(entry.operation)));
  const key = (operation: Operation) =>
    `${operation.type} ${conversationOf(operation)} ${operation.type === "delete-conversation" && operation.forever === true}`;
  const others = new Set(outbox.map((entry) => key(entry.operation)));
  return operations.filter((operation) =>
    operation.type === "append-message" ? !messages.has(operation.message.id) : operation.type === "edit-conversation" || !others.has(key(operation)),
  );
}

/**
 * Conversations that were erased here and that the feed shows alive: a device that had not heard of it gave them back after a restore. Erased is
 * final, so they are erased again.
 */
export async function eraseAgain(tx: Writing, conversations: readonly Conversation[], around: Surroundings): Promise<void> {
  const erased = await tx.erased(conversations.map((row) => row.id));
  if (erased.size === 0) return;
  const outbox = await tx.outbox();
  const heals = healing({ ...nothingLost, erased: [...erased] });
  await tx.putOutbox(inFront(withoutKnown(heals, outbox), outbox, around));
}

function inFront(operations: readonly Operation[], outbox: readonly OutboxEntry[], around: Surroundings): OutboxEntry[] {
  const first = outbox.reduce((least, entry) => Math.min(least, entry.order), 1);
  const madeAt = around.now();
  return operations.map((operation, index) => ({
    id: around.newId(),
    order: first - operations.length + index,
    conversationId: conversationOf(operation),
    operation,
    madeAt,
    state: "waiting",
    reason: "",
    looks: 0,
    isHeal: true,
  }));
}

/** The id under which a whole answer is given back where the server kept a cut one: the same on every device. */
export function healedId(id: string): string {
  return derivedId(id, "given back");
}
