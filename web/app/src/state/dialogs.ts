// Which dialog is open. One at a time.
import { Observable } from "@threadkeep/client";
import { isRecord } from "./kept";

export type OpenDialog =
  | { name: "palette" }
  | { name: "shortcuts" }
  | { name: "import"; files?: readonly File[]; onAttach?: () => void }
  | { name: "delete-forever"; ids: readonly string[] }
  | { name: "move"; ids: readonly string[] }
  | { name: "tags"; ids: readonly string[] }
  | { name: "rename-group"; kind: "folder" | "tag"; from: string }
  | { name: "outbox" }
  | { name: "clear-device" }
  | { name: "connect" }
  | { name: "duet" }
  /** `chat`: a conversation, `folder:NAME`, or `default`. */
  | { name: "settings"; chat: string }
  | { name: "deleted-messages"; chat: string }
  | { name: "outline"; chat: string; kind: "questions" | "bookmarks" }
  | null;

class Dialogs extends Observable<OpenDialog> {
  constructor() {
    super(null);
  }
  open(dialog: OpenDialog): void {
    this.publish(dialog);
  }
  close(): void {
    this.publish(null);
  }
}

export const dialogs = new Dialogs();

/**
 * Whether the side bar is drawn over the page, on narrow screens. While it is, it has an entry of its own in the history: the way back closes it first.
 * What is opened from it takes that entry over.
 */
class DrawerState extends Observable<boolean> {
  constructor() {
    super(false);
    globalThis.addEventListener?.("popstate", () => this.publish(isDrawerEntry()));
  }
  set(isOpen: boolean): void {
    if (isOpen === this.snapshot()) return;
    this.publish(isOpen);
    if (isOpen) history.pushState({ drawer: true }, "");
    // Not before what was chosen in it has been opened.
    else setTimeout(() => !this.snapshot() && isDrawerEntry() && history.back());
  }
}

export function isDrawerEntry(): boolean {
  return isRecord(history.state) && history.state.drawer === true;
}

export const drawer = new DrawerState();
