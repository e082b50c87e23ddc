// The messages of one conversation that were deleted alone, and which ones a person means who deletes from one on.
import type { Api } from "../api";
import { deletionsOf } from "../core/deleted";
import type { Reading } from "../core/local-store";
import { namedMax, type OutboxEntry } from "../core/outbox";
import { UnreachableError } from "../problem";
import type { Message } from "../types";

export interface Trash {
  /** Those that were deleted last first; what was deleted together by position. */
  readonly messages: readonly Message[];
  /** False: the server could not be asked, so that there may be more. */
  readonly isWhole: boolean;
}

const pageRows = 200;

/** In groups that fit in one operation each. */
export function chosen(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / namedMax) }, (_, index) => ids.slice(index * namedMax, (index + 1) * namedMax));
}

/** The message and what stands under it on this device, as far as it is not deleted: nobody deletes what was not seen. */
export async function branchOf(tx: Reading, conversationId: string, id: string, entries: readonly OutboxEntry[]): Promise<string[]> {
  const { isDeleted } = deletionsOf(entries);
  const branch = [id];
  for (let asked = [id]; asked.length > 0; ) {
    const below = await tx.children(conversationId, asked);
    branch.push(...below.filter((row) => !isDeleted(row)).map((row) => row.id));
    asked = below.map((row) => row.id);
  }
  return branch;
}

interface PendingDeletions {
  /** Deleted here with its words, and not on the server. */
  deleted: Message[];
  /** In the trash of the server when it was last heard of, with the words that this device had. */
  known: Message[];
  /** Restored or erased here, and not on the server. */
  gone: ReadonlySet<string>;
}

export async function readPending(tx: Reading, conversationId: string): Promise<PendingDeletions> {
  const entries = await tx.outboxOf([conversationId]);
  const { pending } = deletionsOf(entries);
  const rows = await tx.messages([...pending.keys()]);
  const madeAt = new Map(entries.flatMap(({ operation, madeAt: at }) => ("messageIds" in operation ? operation.messageIds.map((id) => [id, at] as const) : [])));
  const deleted = rows.flatMap((row) => (row && row.deletedAt === undefined && pending.get(row.id) === "deleted" ? [{ ...row, deletedAt: madeAt.get(row.id)! }] : []));
  const gone = new Set([...pending].flatMap(([id, wish]) => (wish === "deleted" ? [] : [id])));
  const all = await tx.messagesBetween(conversationId, 0, Number.MAX_SAFE_INTEGER);
  const known = all.flatMap(({ kept, ...row }) => (row.deletedAt !== undefined && !row.isErased && kept && !gone.has(row.id) ? [{ ...row, content: kept }] : []));
  return { deleted, known, gone };
}

export async function readTrash(api: Api, conversationId: string, { deleted, known, gone }: PendingDeletions, signal: AbortSignal): Promise<Trash> {
  const messages = new Map(deleted.map((message) => [message.id, message]));
  let isWhole = true;
  try {
    for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
      const page = await api.listMessages(conversationId, { trash: true, limit: pageRows, ...(cursor === undefined ? {} : { cursor }) }, signal);
      for (const message of page.messages) if (!gone.has(message.id)) messages.set(message.id, message);
      cursor = page.nextCursor ?? undefined;
    }
  } catch (error) {
    if (signal.aborted || !(error instanceof UnreachableError)) throw error;
    isWhole = false;
    for (const message of known) messages.set(message.id, message);
  }
  const newestFirst = (a: Message, b: Message) => (b.deletedAt ?? 0) - (a.deletedAt ?? 0) || a.position - b.position;
  return { messages: [...messages.values()].sort(newestFirst), isWhole };
}
