// A change of the list as operations for the outbox, and what takes it back. Pure.
import type { ListChange } from "../client";
import type { EditableFields, Operation } from "../core/outbox";
import type { Conversation, SettingsChange } from "../types";

export interface Planned {
  operations: Operation[];
  /** As operations too; their stamps are made when they are used. */
  undo: (stamp: () => number) => Operation[];
}

/** Conversations that the change would leave as they are get no operation. */
export function planChange(rows: readonly Conversation[], change: ListChange, stamp: () => number): Planned {
  const operations: Operation[] = [];
  const undoing: ((stamp: () => number) => Operation)[] = [];
  for (const row of rows) {
    const conversationId = row.id;
    if ("trash" in change || "restore" in change) {
      const isTrash = "trash" in change;
      if (isTrash === (row.deletedAt !== undefined)) continue;
      operations.push({ type: isTrash ? "delete-conversation" : "restore-conversation", conversationId });
      undoing.push(() => ({ type: isTrash ? "restore-conversation" : "delete-conversation", conversationId }));
      continue;
    }
    const fields = fieldsOf(row, change);
    const before: EditableFields = {};
    for (const name of Object.keys(fields) as (keyof EditableFields)[]) Object.assign(before, { [name]: valueOf(row, name, fields) });
    if (JSON.stringify(before) === JSON.stringify(fields)) continue;
    operations.push({ type: "edit-conversation", conversationId, editedAt: stamp(), fields });
    undoing.push((later) => ({ type: "edit-conversation", conversationId, editedAt: later(), fields: before }));
  }
  return { operations, undo: (later) => undoing.map((make) => make(later)) };
}

function fieldsOf(row: Conversation, change: Exclude<ListChange, { trash: true } | { restore: true }>): EditableFields {
  if ("addTags" in change) return { tags: [...new Set([...row.tags, ...change.addTags])] };
  if ("removeTags" in change) return { tags: row.tags.filter((tag) => !change.removeTags.includes(tag)) };
  return change;
}

/** A title that the program made is given back by taking the person's away. */
function valueOf(row: Conversation, name: keyof EditableFields, fields: EditableFields): unknown {
  if (name === "settings") return Object.fromEntries(Object.keys(fields.settings ?? {}).map((one) => [one, row.settings?.[one as keyof SettingsChange] ?? null]));
  if (name === "title" && row.titleSource !== "user") return "";
  if (name === "isUnread") return row.isUnread ?? false;
  return row[name];
}
