// The messages of one conversation that are known here, and the path through them that is shown.
import { rowOf, withMessage, type MessageRow } from "./message-row";
import { isUnfinished, type Message } from "./types";

/** Rows by id, and the shown path, oldest first. The path may lack its beginning: older pages are put in front. */
export class MessagePath {
  private readonly rows = new Map<string, MessageRow>();
  private shown: string[] = [];

  get length(): number {
    return this.shown.length;
  }
  get lastId(): string | null {
    return this.shown.at(-1) ?? null;
  }
  row(id: string): MessageRow | undefined {
    return this.rows.get(id);
  }
  last(): MessageRow | undefined {
    const id = this.lastId;
    return id === null ? undefined : this.rows.get(id);
  }
  indexOf(id: string): number {
    return this.shown.lastIndexOf(id);
  }
  ids(): readonly string[] {
    return this.shown;
  }
  slice(start: number, end: number): MessageRow[] {
    const rows: MessageRow[] = [];
    for (const id of this.shown.slice(start, end)) {
      const row = this.rows.get(id);
      if (row) rows.push(row);
    }
    return rows;
  }

  put(row: MessageRow): void {
    this.rows.set(row.message.id, row);
  }

  /** Puts an older page in front; messages that are there already are left out. Returns how many were new. */
  prepend(messages: readonly Message[], isLive: (id: string) => boolean): number {
    const held = new Set(this.shown);
    const added = messages.filter((message) => !held.has(message.id));
    for (const message of messages) this.merge(message, isLive);
    this.shown = [...added.map((message) => message.id), ...this.shown];
    return added.length;
  }

  /**
   * Makes the newest page of a path the end of what is shown. What is loaded before the page's first message stays
   * when it leads up to it. Returns true when earlier messages were kept, so that their cursor still holds.
   */
  replaceEnd(messages: readonly Message[], isLive: (id: string) => boolean): boolean {
    for (const message of messages) this.merge(message, isLive);
    const ids = messages.map((message) => message.id);
    const first = messages[0];
    let kept = 0;
    if (first) {
      const same = this.indexOf(first.id);
      kept = same >= 0 ? same : first.parentId === null ? 0 : this.indexOf(first.parentId) + 1;
    }
    this.shown = [...this.shown.slice(0, kept), ...ids];
    return kept > 0;
  }

  /** Shows `id` after `parentId`, or in the place of `replaces`; what came after that place is no longer shown. */
  show(id: string, parentId: string | null, replaces?: string): void {
    if (this.indexOf(id) >= 0) return;
    const place = replaces === undefined ? -1 : this.indexOf(replaces);
    const at = place >= 0 ? place : parentId === null ? 0 : this.indexOf(parentId) + 1;
    if (place < 0 && at === 0 && parentId !== null && this.shown.length > 0) {
      this.shown = [...this.shown, id];
      return;
    }
    const old = this.shown[at];
    this.shown = [...this.shown.slice(0, at), id];
    if (old !== undefined) this.addSibling(old, id);
  }

  /** Records on every known sibling that `added` is one of them. */
  addSibling(of: string, added: string): void {
    const ids = this.rows.get(of)?.message.siblingIds ?? [of];
    const all = ids.includes(added) ? ids : [...ids, added];
    for (const id of all) {
      const row = this.rows.get(id);
      if (!row) continue;
      const message = { ...row.message, siblingIds: all, siblingCount: all.length };
      this.rows.set(id, { ...row, message });
    }
  }

  /** What is shown now, to be given back to `restore` when an optimistic change failed. */
  save(): readonly string[] {
    return this.shown;
  }
  restore(saved: readonly string[]): void {
    this.shown = [...saved];
  }

  /** Forgets a message that never reached the server. */
  forget(id: string): void {
    this.rows.delete(id);
    this.shown = this.shown.filter((shown) => shown !== id);
    for (const row of [...this.rows.values()]) {
      const ids = row.message.siblingIds;
      if (!ids?.includes(id)) continue;
      const rest = ids.filter((sibling) => sibling !== id);
      const message = { ...row.message, siblingIds: rest, siblingCount: rest.length };
      this.rows.set(message.id, { ...row, message });
    }
  }

  /** A row of a page. An answer that is followed live knows more than the page does. */
  private merge(message: Message, isLive: (id: string) => boolean): void {
    const held = this.rows.get(message.id);
    if (held && isUnfinished(message.status) && isLive(message.id)) {
      const { siblingCount, siblingIds } = message;
      this.put({ ...held, message: { ...held.message, siblingCount, siblingIds } });
      return;
    }
    const same = held?.origin === "server" && held.message.seq === message.seq;
    if (same && sameSiblings(held.message, message)) return;
    this.put(held && isUnfinished(message.status) ? withMessage(held, message) : rowOf(message));
  }
}

function sameSiblings(a: Message, b: Message): boolean {
  return (a.siblingIds ?? []).join() === (b.siblingIds ?? []).join();
}
