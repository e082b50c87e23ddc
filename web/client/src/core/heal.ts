// Giving back what a restore of the server has lost, as operations for the outbox.
import { isUnfinished, type Conversation, type Preset } from "../types";
import { derivedId } from "./derived-id";
import type { StoredMessage, Writing } from "./local-store";
import { conversationOf, messageIdsOf, namedMax, type Operation, type OutboxEntry } from "./outbox";
import type { Surroundings } from "./server-door";

const dayMs = 24 * 3600 * 1000;

/** What this device has and the server has not. */
export interface Lost {
  conversations: Conversation[];
  messages: StoredMessage[];
  /** In the trash here, and not there. */
  trashed: string[];
  /** Erased here, and back there. */
  erased: string[];
  /** Messages that are deleted, or were brought back from the trash, here alone. */
  deletions: StoredMessage[];
  /** As this device has them, deleted or not. */
  presets: Preset[];
}

export const nothingLost: Lost = { conversations: [], messages: [], trashed: [], erased: [], deletions: [], presets: [] };

export function healing(lost: Lost): Operation[] {
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
  const lastOf = new Map(lost.messages.map((message) => [message.conversationId, message.id]));
  for (const row of lost.conversations) {
    const { isArchived, isPinned, isUnread = false, folder, tags, headId, settings = {} } = row;
    const last = lastOf.get(row.id);
    const head = headId !== null && last !== undefined && last !== headId ? { headId } : {};
    const set = Object.keys(settings).length > 0 ? { settings } : {};
    const isPlain = !isArchived && !isPinned && !isUnread && folder === null && tags.length === 0 && !("headId" in head) && !("settings" in set);
    if (isPlain) continue;
    const fields = { isArchived, isPinned, isUnread, folder, tags, ...head, ...set };
    operations.push({ type: "edit-conversation", conversationId: row.id, editedAt: row.updatedAt, fields });
  }
  for (const { id, name, settings, updatedAt: editedAt, deletedAt } of lost.presets) {
    if (deletedAt !== undefined) operations.push({ type: "delete-preset", presetId: id, editedAt });
    else operations.push({ type: "edit-preset", presetId: id, editedAt, fields: { ...(name !== undefined && { name }), settings } });
  }
  operations.push(...deletionsAgain(lost.deletions));
  for (const conversationId of lost.trashed) operations.push({ type: "delete-conversation", conversationId });
  for (const conversationId of lost.erased) operations.push({ type: "delete-conversation", conversationId, forever: true });
  return operations;
}

/**
 * With the times that they were made at: whatever another device gives back, the later wish stays. When a message was brought back is not known: after
 * the deleting that it has undone, and before any other.
 */
function deletionsAgain(rows: readonly StoredMessage[]): Operation[] {
  const operations = new Map<string, Extract<Operation, { messageIds: string[] }>>();
  for (const { id, conversationId, deletedAt, undeleted, isErased } of rows) {
    const key = `${conversationId} ${deletedAt} ${undeleted} ${isErased}`;
    const known = operations.get(key);
    if (known && known.messageIds.length < namedMax) known.messageIds.push(id);
    else if (deletedAt === undefined) operations.set(key, { type: "restore-messages", conversationId, messageIds: [id], editedAt: (undeleted ?? 0) + 1 });
    else operations.set(key, { type: "delete-messages", conversationId, messageIds: [id], editedAt: deletedAt, ...(isErased && { forever: true }) });
  }
  return [...operations.values()];
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

export function withoutKnown(operations: readonly Operation[], outbox: readonly OutboxEntry[]): Operation[] {
  const messages = new Set(outbox.flatMap((entry) => messageIdsOf(entry.operation)));
  const key = (operation: Operation) =>
    `${operation.type} ${conversationOf(operation)} ${"forever" in operation && operation.forever === true} ${"messageIds" in operation ? operation.messageIds.join() : ""}`;
  const others = new Set(outbox.map((entry) => key(entry.operation)));
  return operations.filter((operation) =>
    operation.type === "append-message" ? !messages.has(operation.message.id) : operation.type.startsWith("edit-") || !others.has(key(operation)),
  );
}

/**
 * Conversations that were erased here and that the feed shows alive: a device that had not heard of it gave them back after a restore. Erased is
 * final, so they are erased again.
 */
export async function eraseAgain(tx: Writing, conversations: readonly Conversation[], around: Surroundings): Promise<void> {
  const erased = await tx.erased(conversations.map((row) => row.id));
  if (erased.size === 0) return;
  const heals = withoutKnown(healing({ ...nothingLost, erased: [...erased] }), await tx.outboxOf([...erased]));
  await tx.putOutbox(inFront(heals, await tx.orders(), around));
}

/** The same for messages. The server takes a time ahead of its clock as now: what is erased is not brought back by any edit. */
export async function eraseMessagesAgain(tx: Writing, rows: readonly StoredMessage[], around: Surroundings): Promise<void> {
  const deletions = rows.map((row) => ({ ...row, deletedAt: around.now() + dayMs, isErased: true as const }));
  const heals = withoutKnown(deletionsAgain(deletions), await tx.outboxOf([...new Set(rows.map((row) => row.conversationId))]));
  await tx.putOutbox(inFront(heals, await tx.orders(), around));
}

export function inFront(operations: readonly Operation[], orders: { first: number } | null, around: Surroundings): OutboxEntry[] {
  const first = Math.min(orders?.first ?? 1, 1);
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
