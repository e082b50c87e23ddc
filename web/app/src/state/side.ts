// What the side bar shows, and which of it is selected.
import { Observable, type ListFilter } from "@threadkeep/client";
import type { IconName } from "../components/ui/icon";

export type SideView =
  | { kind: "main" }
  | { kind: "archived" }
  | { kind: "trash" }
  | { kind: "unread" }
  | { kind: "folder"; name: string }
  | { kind: "tag"; name: string }
  /** What a search has found, to do something with all of it. */
  | { kind: "found"; words: string; ids: readonly string[] };

/** The one key of a view: two views with the same key show the same. */
export function keyOf(view: SideView): string {
  if (view.kind === "folder" || view.kind === "tag") return `${view.kind} ${view.name}`;
  return view.kind === "found" ? `found ${view.words}` : view.kind;
}

/** What a view asks the list for; null: the four lists as they are, or ids that are known already. */
export function filterOf(view: SideView): ListFilter | null {
  switch (view.kind) {
    case "unread":
      return { isUnread: true, isArchived: false };
    case "folder":
      return { folder: view.name, isArchived: false };
    case "tag":
      return { tag: view.name, isArchived: false };
    default:
      return null;
  }
}

interface ViewWords {
  icon: IconName;
  title: string;
  note: string;
  /** For a view without conversations. */
  empty: string;
}

export function wordsOf(view: SideView): ViewWords {
  switch (view.kind) {
    case "main":
      return { icon: "chat", title: "Conversations", note: "", empty: "Your conversations will be listed here." };
    case "archived":
      return { icon: "archive", title: "Archive", note: "Kept, found by search, out of the way.", empty: "Nothing is archived." };
    case "trash":
      return { icon: "trash", title: "Trash", note: "Deleted conversations stay here for 30 days.", empty: "The trash is empty." };
    case "unread":
      return { icon: "unread", title: "Unread", note: "", empty: "Everything is read." };
    case "folder":
      return { icon: "folder", title: view.name, note: "", empty: "This folder is empty. It goes away by itself." };
    case "tag":
      return { icon: "tag", title: view.name, note: "", empty: "Nothing has this tag." };
    case "found":
      return { icon: "search", title: `“${view.words}”`, note: "What the search has found on this device.", empty: "Nothing was found." };
  }
}

class Side extends Observable<SideView> {
  constructor() {
    super({ kind: "main" });
  }
  show(view: SideView): void {
    if (keyOf(view) !== keyOf(this.snapshot())) selection.clear();
    this.publish(view);
  }
}

/** The conversations that are chosen for the next action. Not empty: the list is in the mode of choosing. */
class Selection extends Observable<ReadonlySet<string>> {
  private anchor: string | null = null;
  constructor() {
    super(new Set());
  }

  toggle(id: string): void {
    const next = new Set(this.snapshot());
    if (!next.delete(id)) next.add(id);
    this.anchor = id;
    this.publish(next);
  }

  /** Adds everything between the last one that was toggled and `id`, in the order they are listed. */
  extendTo(id: string, listed: readonly string[]): void {
    const from = this.anchor === null ? -1 : listed.indexOf(this.anchor);
    const to = listed.indexOf(id);
    if (from < 0 || to < 0) return this.toggle(id);
    const between = listed.slice(Math.min(from, to), Math.max(from, to) + 1);
    this.publish(new Set([...this.snapshot(), ...between]));
  }

  set(ids: Iterable<string>): void {
    this.publish(new Set(ids));
  }

  clear(): void {
    this.anchor = null;
    if (this.snapshot().size > 0) this.publish(new Set());
  }
}

export const selection = new Selection();
export const side = new Side();
