// What the page shows: of the list, and of one open conversation. Values that are replaced, never changed.
import type { UnsentMessage } from "./drafts";
import type { MessageRow } from "./message-row";
import type { AttachmentBlock, Conversation } from "./types";

/** The four lists; a conversation is in exactly one of them. */
export type ListScope = "pinned" | "main" | "archived" | "trash";

export interface ListState {
  /** `loading` until the first conversations were read from the device. */
  readonly phase: "loading" | "ready";
  /** Newest activity first. */
  readonly items: readonly Conversation[];
}

export type ListSnapshot = Readonly<Record<ListScope, ListState>>;

/** A message that waits until the answer before it is whole. */
export interface QueuedMessage {
  readonly id: string;
  /** Its entry of the outbox, for `outbox.discard`. */
  readonly outboxId: string;
  readonly text: string;
  readonly files: readonly AttachmentBlock[];
  /** Why it will not be sent, as a sentence; "" while it waits. */
  readonly reason: string;
}

export type ViewPhase = "loading" | "ready" | "missing" | "failed";

/** What the page shows of a conversation. Replaced as a whole on each change, at most 25 times a second. */
export interface ConversationSnapshot {
  readonly phase: ViewPhase;
  /** Why it could not be loaded, when `phase` is `failed`. */
  readonly failure: string;
  /** The window of the shown path, oldest first; at most `windowRowsMax` rows. */
  readonly rows: readonly MessageRow[];
  readonly hasOlder: boolean;
  readonly isLoadingOlder: boolean;
  readonly olderFailure: string;
  /** Newer messages are loaded, but outside the window. */
  readonly hasNewer: boolean;
  readonly isRunning: boolean;
  /** Sent while an answer was being written; in the order they will be asked. They are not among the rows. */
  readonly queued: readonly QueuedMessage[];
  readonly isReconnecting: boolean;
  /** A message that could not be sent; kept on this device until it is sent or thrown away. */
  readonly unsent: (UnsentMessage & { reason: string }) | null;
  /** The message that was looked for, once it is among the rows; `times` counts up when it is looked for again. */
  readonly sought: { readonly id: string; readonly times: number } | null;
  /** The last answer that ended while it was watched, for the live region. */
  readonly finished: { id: string; text: string } | null;
}
