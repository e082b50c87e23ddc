// Messages that a person wants to find again; remembered in this browser.
import { Observable } from "@threadkeep/client";
import { isRecord, keep, readKept } from "./kept";

/** By the id of the message: the conversation, and when it was marked. */
export type Bookmarks = Readonly<Record<string, { readonly chat: string; readonly at: number }>>;

const key = "threadkeep.bookmarks";
const bookmarksMax = 2_000;

class BookmarkList extends Observable<Bookmarks> {
  constructor() {
    const kept = Object.entries(readKept<Record<string, unknown>>(key, {}, isRecord));
    super(Object.fromEntries(kept.filter(([, one]) => isRecord(one) && typeof one.chat === "string" && typeof one.at === "number")) as Bookmarks);
    // Another tab has changed them.
    globalThis.addEventListener?.("storage", (event) => (event as StorageEvent).key === key && this.publish(readKept<Bookmarks>(key, {}, isRecord)));
  }

  /** False: there is no room for more. */
  toggle(chat: string, messageId: string): boolean {
    const { [messageId]: before, ...others } = this.snapshot();
    if (!before && Object.keys(others).length >= bookmarksMax) return false;
    const next = before ? others : { ...others, [messageId]: { chat, at: Date.now() } };
    keep(key, next);
    this.publish(next);
    return true;
  }

  /** The ids of the messages of a conversation. */
  of(chat: string): Set<string> {
    return new Set(Object.entries(this.snapshot()).flatMap(([id, one]) => (one.chat === chat ? [id] : [])));
  }
}

export const bookmarks = new BookmarkList();
