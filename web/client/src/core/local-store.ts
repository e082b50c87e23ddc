// The door to what is kept on the device. IndexedDB is behind it in a browser, plain maps in tests.
import type { ContentBlock, Conversation, Message, Preset } from "../types";
import type { OutboxEntry } from "./outbox";
import type { UnsentFile } from "./unsent-file";

/** A message as it came from the server. Within one epoch the greater `seq` is the newer row; a later epoch is newer than any. */
export interface StoredMessage extends Message {
  epoch: number;
  /** What a message in the trash says, where this device had its words when it was deleted. */
  kept?: ContentBlock[];
  /** It was in the trash until it was brought back; the time of deleting that this has undone. */
  undeleted?: number;
}

/** How far this device has come. */
export interface SyncState {
  /** 0: nothing was ever read from the server; then nothing may be sent either. */
  epoch: number;
  /** Where the feed goes on; null: a snapshot comes first. */
  cursor: string | null;
  /** Where the snapshot goes on that brings the messages, newest conversation first; null: there is nothing more to fetch. */
  fill: string | null;
  /** How many rows this device is giving back after a restore. */
  restored: number;
  /** Absent: an earlier page, which knew of no presets, has read the feed meanwhile. It takes this away with all that it writes here. */
  hasPresets?: boolean;
}

export const initialState: SyncState = { epoch: 0, cursor: null, fill: null, restored: 0 };

/** When a conversation was last opened here, for what leaves the device first. */
export interface Opened {
  conversationId: string;
  openedAt: number;
}

/** What has come of an answer while it was written. */
export interface SeenAnswer {
  messageId: string;
  conversationId: string;
  content: ContentBlock[];
  seenAt: number;
}

/** What a committed transaction has changed. */
export interface StoreChange {
  /** Conversations whose row, or whose entries in the outbox, changed; `all`: too many to name. */
  conversations: ReadonlySet<string> | "all";
  /** Conversations with changed messages. */
  messages: ReadonlySet<string> | "all";
  /** Conversations in which messages were deleted or brought back by the server's word. */
  deletions: ReadonlySet<string>;
  /** Entries of the outbox that were added, changed or taken away. */
  outbox: ReadonlySet<string>;
  /** Files whose way to the server has changed. */
  files: ReadonlySet<string>;
  /** Something in the outbox waits to be sent that was not there, or not so, before. */
  isToSend: boolean;
  state: boolean;
  presets: boolean;
}

export interface Reading {
  state(): Promise<SyncState>;
  /** All that was not sent, in the order of sending: as much as there is. */
  outbox(): Promise<OutboxEntry[]>;
  /** Those of these conversations, in the order of sending. */
  outboxOf(conversationIds: readonly string[]): Promise<OutboxEntry[]>;
  /** In the order asked for; undefined where there is none. */
  outboxEntries(ids: readonly string[]): Promise<(OutboxEntry | undefined)[]>;
  /** Up to `limit` that wait, in the order of sending; `after` null: from the first one. */
  nextWaiting(after: number | null, limit: number): Promise<OutboxEntry[]>;
  failedEntries(): Promise<OutboxEntry[]>;
  /** The lowest and the highest `order` in the outbox; null: it is empty. */
  orders(): Promise<{ first: number; last: number } | null>;
  /** The creation that waits of a conversation for the late messages of a deleted one. */
  recoveryOf(conversationId: string): Promise<OutboxEntry | undefined>;
  /** In the order asked for; undefined where there is none. */
  conversations(ids: readonly string[]): Promise<(Conversation | undefined)[]>;
  /** Newest activity first. */
  newestConversations(limit: number): Promise<Conversation[]>;
  allConversations(): Promise<Conversation[]>;
  /** By id; `after` null: from the first one. */
  conversationsAfter(after: string | null, limit: number): Promise<Conversation[]>;
  /** Which of these conversations and messages were erased for good, or are forgotten. */
  erased(ids: readonly string[]): Promise<Set<string>>;
  allErased(): Promise<string[]>;
  messages(ids: readonly string[]): Promise<(StoredMessage | undefined)[]>;
  /** Those with `positionMin <= position <= positionMax`, by position. */
  messagesBetween(conversationId: string, positionMin: number, positionMax: number): Promise<StoredMessage[]>;
  /** How many have a position of `positionMin` or more. */
  countFrom(conversationId: string, positionMin: number): Promise<number>;
  /** All messages under one of `parents` (null: first messages), by position. */
  children(conversationId: string, parents: readonly (string | null)[]): Promise<StoredMessage[]>;
  /** Those with a greater `seq`, by `seq`. */
  messagesAfter(seq: number): Promise<StoredMessage[]>;
  /** Of which conversations any message is held. */
  conversationsWithMessages(): Promise<string[]>;
  /** Answers that were being written when they were last heard of. */
  unfinished(): Promise<StoredMessage[]>;
  /** What was seen of answers while they were written. In the order asked for; undefined where there is nothing. */
  seenAnswers(messageIds: readonly string[]): Promise<(SeenAnswer | undefined)[]>;
  allSeenAnswers(): Promise<SeenAnswer[]>;
  unsentFiles(): Promise<UnsentFile[]>;
  /** Also deleted ones. */
  presets(): Promise<Preset[]>;
}

/** Nothing of a transaction is there until its `work` has resolved and the commit succeeded; then all of it is, also after a power cut. */
export interface Writing extends Reading {
  putState(state: SyncState): Promise<void>;
  putOutbox(entries: readonly OutboxEntry[]): Promise<void>;
  deleteOutbox(ids: readonly string[]): Promise<void>;
  putConversations(rows: readonly Conversation[]): Promise<void>;
  deleteConversations(ids: readonly string[]): Promise<void>;
  putErased(ids: readonly string[]): Promise<void>;
  putMessages(rows: readonly StoredMessage[]): Promise<void>;
  /** What is told of the commit has these conversations in `deletions`. */
  noteDeletions(conversationIds: Iterable<string>): void;
  deleteMessages(ids: readonly string[]): Promise<void>;
  /** With what was seen of their answers. */
  deleteMessagesOf(conversationIds: readonly string[]): Promise<void>;
  putSeenAnswers(seen: readonly SeenAnswer[]): Promise<void>;
  deleteSeenAnswers(messageIds: readonly string[]): Promise<void>;
  putUnsentFiles(files: readonly UnsentFile[]): Promise<void>;
  deleteUnsentFiles(ids: readonly string[]): Promise<void>;
  putPresets(rows: readonly Preset[]): Promise<void>;
  clearPresets(): Promise<void>;
}

/**
 * `work` may await nothing but the calls of its transaction: a browser commits as soon as nothing else is asked for. Rejects with what `work`
 * threw, with StorageFullError, or with StorageClosedError, and then nothing was written.
 */
export interface LocalStore {
  read<T>(work: (tx: Reading) => Promise<T>): Promise<T>;
  write<T>(work: (tx: Writing) => Promise<T>): Promise<T>;
  /** Hears of every commit through this door, and of those of other tabs. */
  subscribe(listener: (change: StoreChange) => void): () => void;
}

/** The device has no room for it; nothing was lost that was stored before. */
export class StorageFullError extends Error {
  override readonly name = "StorageFullError";
}

/** The store is closed: a newer page has taken it over, or it was wiped. */
export class StorageClosedError extends Error {
  override readonly name = "StorageClosedError";
}

/** Which of two rows of the same message is newer. */
export function isNewer(row: StoredMessage, held: StoredMessage | undefined): boolean {
  if (!held) return true;
  return row.epoch > held.epoch || (row.epoch === held.epoch && row.seq >= held.seq);
}
