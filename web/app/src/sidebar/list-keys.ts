// The single keys of the list. They act on what is selected, or else on the conversation that has the focus.
import type { Conversation } from "@threadkeep/client";
import { change, remove } from "../state/actions";
import { list } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { selection, side, type SideView } from "../state/side";

type Act = (ids: readonly string[], first: Conversation) => void;

const acts: Record<string, Act> = {
  e: (ids, first) => change(ids, { isArchived: !first.isArchived }),
  u: (ids, first) => change(ids, { isUnread: !first.isUnread }),
  p: (ids, first) => change(ids, { isPinned: !first.isPinned }),
  v: (ids) => dialogs.open({ name: "move", ids }),
  t: (ids) => dialogs.open({ name: "tags", ids }),
  "#": (ids) => remove(ids),
  Delete: (ids) => remove(ids),
};

const actsInTrash: Record<string, Act> = {
  e: (ids) => change(ids, { restore: true }),
  "#": (ids) => dialogs.open({ name: "delete-forever", ids }),
  Delete: (ids) => dialogs.open({ name: "delete-forever", ids }),
};

/** `on`: `selected` where no row has the focus. False when the key means nothing here. */
export function actOnKey(key: string, focused: string, view: SideView, listed: readonly string[], on: "row" | "selected" = "row"): boolean {
  if (on === "selected" && (key === "x" || key === "X")) return false;
  if (key === "x") selection.toggle(focused);
  else if (key === "X") selection.extendTo(focused, listed);
  else if (key === "*") selection.set(listed);
  else if (key === "Escape") return escape();
  else {
    const act = (view.kind === "trash" ? actsInTrash : acts)[key];
    const chosen = [...selection.snapshot()];
    const ids = chosen.length > 0 ? chosen : [focused];
    const first = list.get(ids[0] ?? "");
    if (!act || !first) return false;
    selection.clear();
    act(ids, first);
  }
  return true;
}

/** One step back: from the selection, then from the view. */
function escape(): boolean {
  if (selection.snapshot().size > 0) selection.clear();
  else if (side.snapshot().kind !== "main") side.show({ kind: "main" });
  else return false;
  return true;
}
