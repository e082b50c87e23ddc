// Conversations that are dragged to a folder: the one that was taken hold of, or all that are selected with it.
import { change } from "../state/actions";
import { selection } from "../state/side";

const kind = "application/x-threadkeep-conversations";

export function beginDrag(transfer: DataTransfer, id: string): void {
  const selected = selection.snapshot();
  transfer.setData(kind, JSON.stringify(selected.has(id) ? [...selected] : [id]));
  transfer.effectAllowed = "copyMove";
}

/** What is dragged may be dropped on a folder. What it is can be read only when it is dropped. */
export function isDrag(transfer: DataTransfer): boolean {
  return transfer.types.includes(kind);
}

export function dropInFolder(transfer: DataTransfer, folder: string): void {
  const ids: unknown = JSON.parse(transfer.getData(kind) || "[]");
  if (!Array.isArray(ids) || ids.length === 0) return;
  selection.clear();
  change(ids as string[], { folder });
}
