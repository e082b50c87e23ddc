// Which dialog is open. One at a time.
import { Observable } from "@threadkeep/client";

export type OpenDialog =
  | { name: "palette" }
  | { name: "shortcuts" }
  | { name: "import"; files?: readonly File[] }
  | { name: "delete-forever"; ids: readonly string[] }
  | { name: "move"; ids: readonly string[] }
  | { name: "tags"; ids: readonly string[] }
  | { name: "rename-group"; kind: "folder" | "tag"; from: string }
  | { name: "outbox" }
  | { name: "clear-device" }
  | { name: "connect" }
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

/** Whether the side bar is drawn over the page, on narrow screens. */
class DrawerState extends Observable<boolean> {
  constructor() {
    super(false);
  }
  set(isOpen: boolean): void {
    this.publish(isOpen);
  }
}

export const drawer = new DrawerState();
