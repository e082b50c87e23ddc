// Messages that were deleted alone: which of a conversation are, as far as this device knows. Pure.
import type { Message } from "../types";
import type { OutboxEntry } from "./outbox";

export type IsDeleted = (message: Pick<Message, "id" | "deletedAt" | "isErased">) => boolean;

/** By the server's rows, and by what waits in the outbox. What is erased stays so; a wish that was refused counts no more. */
export function deletionsOf(entries: readonly OutboxEntry[]): { isDeleted: IsDeleted; pending: ReadonlyMap<string, "deleted" | "erased" | "restored"> } {
  const pending = new Map<string, "deleted" | "erased" | "restored">();
  for (const { operation, state } of entries) {
    if (state === "failed") continue;
    if (operation.type === "delete-messages") for (const id of operation.messageIds) pending.set(id, operation.forever ? "erased" : "deleted");
    if (operation.type === "restore-messages") {
      for (const id of operation.messageIds) if (pending.get(id) !== "erased") pending.set(id, "restored");
    }
  }
  const isDeleted: IsDeleted = ({ id, deletedAt, isErased }) => {
    const wish = isErased ? undefined : pending.get(id);
    return wish === undefined ? deletedAt !== undefined : wish !== "restored";
  };
  return { isDeleted, pending };
}

/** A tree for others, without its deleted messages: what stood under one of them stands under what that stood under. */
export function withoutDeleted<Row extends Message>(rows: readonly Row[], isDeleted: IsDeleted = ({ deletedAt }) => deletedAt !== undefined) {
  const above = new Map<string, string | null>();
  const messages: Row[] = [];
  for (const row of rows) {
    const parentId = row.parentId === null ? null : above.has(row.parentId) ? above.get(row.parentId)! : row.parentId;
    if (isDeleted(row)) above.set(row.id, parentId);
    else messages.push(parentId === row.parentId ? row : { ...row, parentId });
  }
  return { messages, deleted: rows.length - messages.length };
}
