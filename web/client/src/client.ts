// What the page builds on: the contract of the local-first client. `openClient` makes one; README.md says it in short.
import type { Api } from "./api";
import type { Drafts } from "./drafts";
import type { ListSnapshot, ListState } from "./snapshots";
import type { HeldConversation } from "./local/held";
import type { LocalConversationView } from "./local/local-view";
import type { Observable } from "./observable";
import type { LocalPresets } from "./presets";
import type { AttachmentBlock, Conversation, SettingsChange } from "./types";

/** Everything of one user on this device. One per tab; the tabs of a browser share one copy and one connection. */
export interface Client {
  readonly api: Api;
  readonly list: Conversations;
  readonly outbox: Outbox;
  readonly connection: Observable<ConnectionSnapshot>;
  readonly storage: DeviceStorage;
  readonly drafts: Drafts;
  readonly search: LocalSearch;
  /** The conversations in which an answer is being written, as far as this device has heard; empty while the server is away. */
  readonly running: Observable<ReadonlySet<string>>;

  /** A view of a conversation; the caller opens it, keeps it as long as it likes, and disposes of it. */
  viewOf(id: string): LocalConversationView;
  /** A conversation that is nowhere yet: its first message makes it, on this device at once. */
  newView(): LocalConversationView;

  /** Files that messages refer to; their code is loaded on first use. */
  files(): Promise<DeviceFiles>;

  /** Settings for more than one conversation; their code is loaded on first use. */
  presets(): Promise<LocalPresets>;

  /** All of a conversation that is on this device, with what was not sent; null: it knows none. */
  held(id: string): Promise<HeldConversation | null>;

  /** Sends and pulls now, without waiting for the pause after a failure: for a button "try again". */
  syncNow(): void;
  /** The page's service worker has a newer page ready; every tab's `connection.reload` says so from now on. */
  noticeNewVersion(): void;
  /**
   * Erases the copy on this device, in all tabs. Rejects with UnsentError, and erases nothing, while something was not sent, unless
   * `evenUnsent` is given. The caller ends the session at the server.
   */
  signOut(how?: "onlyWhenSent" | "evenUnsent"): Promise<void>;
  /** Ends everything that runs in this tab. What is stored stays. */
  close(): void;
}

/** Thrown by `signOut`: this many things are on this device only. */
export class UnsentError extends Error {
  override readonly name = "UnsentError";
  constructor(readonly count: number) {
    super(`${count} on this device ${count === 1 ? "was" : "were"} not sent.`);
  }
}

export interface ConnectionSnapshot {
  /** `starting` until the server has answered or failed to. `offline`: it cannot be reached; everything goes on on the device. */
  readonly state: "starting" | "online" | "offline";
  /** What is shown may not be all: the first copy is being fetched, or a backup was restored at the server. */
  readonly isBehind: boolean;
  /** Changes that wait to be sent, and changes that the server has refused for good. The same numbers as in `outbox`. */
  readonly waiting: number;
  readonly failed: number;
  /**
   * `new-version`: a newer page is ready, reload when convenient. `old-tab`: a newer page in another tab has taken over the copy: this tab
   * stores and sends nothing any more until it is loaded again.
   */
  readonly reload: "no" | "new-version" | "old-tab";
  /** False when the browser gives no storage: everything then works from the server, and what is not sent is lost with the tab. */
  readonly isKept: boolean;
  /** After a restore at the server: how many rows this device is giving back. 0 when there is nothing of the kind. */
  readonly restored: number;
}

/** A file on its way to the server. */
export interface FileState {
  readonly size: number;
  readonly sentBytes: number;
  /** `failed`: the server has refused it for good. */
  readonly state: "waiting" | "sending" | "failed";
  /** Why it failed, or why it still waits, as a sentence; "" otherwise. */
  readonly reason: string;
}

/**
 * Files that messages refer to, by their `attachmentId`. What was attached here is on the device before `add` resolves, with or without the server, and
 * is sent as soon as that can be reached; a message that refers to it waits for it. Its snapshot: those that are not at the server yet.
 */
export interface DeviceFiles extends Observable<ReadonlyMap<string, FileState>> {
  /** Rejects with an Error whose message says why, in a sentence, when it cannot be kept. */
  add(file: File): Promise<AttachmentBlock>;
  /** It was taken out of what is being written: it is sent no further. */
  drop(id: string): Promise<void>;
  retry(id: string): Promise<void>;
  /** From the device, or from the server. Null: there is no such file of this user. Rejects when the server cannot be reached. */
  read(id: string): Promise<Blob | null>;
  /** As `read`, for a place where the picture is small: what is not on the device comes as a small one where the server has it so. */
  small(block: AttachmentBlock): Promise<Blob | null>;
  /** Null: it is not on this device. */
  held(id: string): Promise<Blob | null>;
}

export type OutboxKind = "create" | "ask" | "append" | "edit" | "delete" | "restore" | "delete-messages" | "restore-messages" | "preset";

/** One thing that was done on this device and that the server does not have yet. */
export interface OutboxItem {
  readonly id: string;
  readonly kind: OutboxKind;
  readonly conversationId: string;
  /** The conversation's title as it is shown; "" when it has none. */
  readonly title: string;
  /** What it is about: the message's text, the new title, "" otherwise. */
  readonly text: string;
  /** Files that its message refers to. */
  readonly files: readonly AttachmentBlock[];
  readonly madeAt: number;
  /** `failed`: the server has refused it, or it is too old to be sent unasked; it stays until it is tried again or thrown away. */
  readonly state: "waiting" | "failed";
  /** Why it failed, as a sentence; "" otherwise. */
  readonly reason: string;
}

export interface OutboxSnapshot {
  /** In the order they will be sent. */
  readonly items: readonly OutboxItem[];
  readonly waiting: number;
  readonly failed: number;
}

export interface Outbox extends Observable<OutboxSnapshot> {
  /** Tries a failed one again; without an id, all of them. */
  retry(id?: string): Promise<void>;
  /** Throws it away for good. Messages written under a discarded question move up to what it stood under. Returns the text, for the composer; its files are in the snapshot until then. */
  discard(id: string): Promise<string>;
}

/** Which conversations. Fields that are left out do not matter; `scope` left out: all that are not in the trash. */
export interface ListFilter {
  scope?: "main" | "pinned" | "archived" | "trash";
  /** `null`: in no folder. */
  folder?: string | null;
  tag?: string;
  isPinned?: boolean;
  isArchived?: boolean;
  isUnread?: boolean;
  /** Every word is in the title, also inside longer words. */
  words?: string;
}

export interface NamedCount {
  readonly name: string;
  readonly count: number;
  readonly unread: number;
}

/** Numbers over what is neither in the archive nor in the trash, except `archived` and `trash` themselves. */
export interface ListCounts {
  readonly all: number;
  readonly unread: number;
  readonly pinned: number;
  readonly archived: number;
  readonly trash: number;
  /** By name. */
  readonly folders: readonly NamedCount[];
  readonly tags: readonly NamedCount[];
}

/** One change of any number of conversations. */
export type ListChange =
  | { title: string }
  | { isPinned: boolean }
  | { isArchived: boolean }
  | { isUnread: boolean }
  | { folder: string | null }
  | { model: string }
  | { settings: SettingsChange }
  | { addTags: string[] }
  | { removeTags: string[] }
  | { trash: true }
  | { restore: true };

/** Takes a change back. It may be called once, at any time, also after a reload of other tabs. */
export type Undo = () => Promise<void>;

/**
 * All conversations, from the device. Its snapshot are the four lists of the side bar. Every change is on the device when its promise
 * resolves, is shown at once in every tab, and is sent when there is a connection; it never rejects because of the server.
 */
export interface Conversations extends Observable<ListSnapshot> {
  get(id: string): Conversation | undefined;
  /** One list by other criteria. The same observable for the same filter; cheap to ask for on every render. */
  select(filter: ListFilter): Observable<ListState>;
  /** The ids that `select` would show: for "all that match". */
  idsOf(filter: ListFilter): string[];
  readonly counts: Observable<ListCounts>;

  change(ids: readonly string[], change: ListChange): Promise<Undo>;
  /** Cannot be undone. */
  removeForever(ids: readonly string[]): Promise<void>;

  /** The same as `change` with one id. */
  rename(id: string, title: string): Promise<Undo>;
  setPinned(id: string, isPinned: boolean): Promise<Undo>;
  setArchived(id: string, isArchived: boolean): Promise<Undo>;
  setUnread(id: string, isUnread: boolean): Promise<Undo>;
  setModel(id: string, model: string): Promise<Undo>;
  remove(id: string): Promise<Undo>;
  restore(id: string): Promise<Undo>;
}

export interface StorageSnapshot {
  /** True: the browser does not clear it on its own account. */
  readonly isPersisted: boolean;
  readonly bytesUsed: number;
  /** What the browser would give; 0 when it does not say. */
  readonly bytesQuota: number;
  /** How much of that the client uses at most; beyond it, messages of conversations that were not opened for longest leave the device. */
  readonly bytesBudget: number;
}

export interface DeviceStorage extends Observable<StorageSnapshot> {
  /** Asks the browser to keep it; some ask the person, so call it after something was done, not on loading. */
  persist(): Promise<boolean>;
  refresh(): Promise<void>;
}

/** `[from, to)` in UTF-16 units of the text they come with. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface TextHit {
  readonly conversationId: string;
  readonly title: string;
  readonly messageId: string;
  readonly role: "user" | "assistant" | "system" | "tool";
  readonly createdAt: number;
  /** A piece of the message around the first word that was found. */
  readonly snippet: string;
  readonly ranges: readonly Range[];
}

export interface TextHits {
  readonly hits: readonly TextHit[];
  /** Messages that are on this device and not yet in the index: the hits may be more later. */
  readonly notYetIndexed: number;
}

/**
 * Search of what is on this device, with or without the server. Words and signs match anywhere, without regard to case and width, and without
 * accents where none are typed: the server's rule, tests/vectors/words.json.
 */
export interface LocalSearch {
  /** In memory, at once; newest first. */
  titles(words: string, limit?: number): readonly { conversation: Conversation; ranges: readonly Range[] }[];
  /** Every word is in the message; newest first. Loads its code and index on first use. */
  texts(words: string, options?: { limit?: number; signal?: AbortSignal }): Promise<TextHits>;
}
