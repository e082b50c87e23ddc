// What was done on this device and is not on the server: the entries, and which of them go next. Pure.
import type { AttachmentBlock, ContentBlock, Conversation, ConversationSettings, MessageFailure, MessageStatus, PresetFields, Role, SettingsChange, Usage } from "../types";
import type { UnsentFile } from "./unsent-file";

export type EditableFields = Partial<
  Pick<Conversation, "title" | "isArchived" | "isPinned" | "isUnread" | "folder" | "tags" | "model" | "headId">
> & { settings?: SettingsChange };

export interface NewConversation {
  id: string;
  title?: string;
  model?: string | null;
  settings?: ConversationSettings;
  metadata?: Record<string, unknown>;
  createdAt?: number;
}

export interface NewMessage {
  id: string;
  /** Left out: under the head. `null`: a new first message. */
  parentId?: string | null;
  role: Role;
  content: ContentBlock[];
  status?: MessageStatus;
  model?: string | null;
  usage?: Usage;
  error?: MessageFailure;
  tokenCount?: number;
  createdAt?: number;
  metadata?: Record<string, unknown>;
}

/** The operations of docs/sync.md, and `ask`, which travels as POST .../generations or .../duet. */
export type Operation =
  | { type: "create-conversation"; conversation: NewConversation }
  | { type: "append-message"; conversationId: string; message: NewMessage }
  | { type: "edit-conversation"; conversationId: string; editedAt: number; fields: EditableFields }
  | { type: "delete-conversation"; conversationId: string; forever?: boolean }
  | { type: "restore-conversation"; conversationId: string }
  | { type: "delete-messages"; conversationId: string; messageIds: string[]; editedAt: number; forever?: boolean }
  | { type: "restore-messages"; conversationId: string; messageIds: string[]; editedAt: number }
  | { type: "edit-preset"; presetId: string; editedAt: number; fields: PresetFields }
  | { type: "delete-preset"; presetId: string; editedAt: number }
  | AskOperation;

/** `message` is a new question; without it `parentId` is answered again or continued. One id for each model. */
export interface AskOperation {
  type: "ask";
  conversationId: string;
  message?: { id: string; parentId: string | null; content: ContentBlock[]; createdAt: number };
  parentId?: string;
  models: string[];
  answerIds: string[];
  /** What the person allowed when it was asked; left out: nothing that needs it. */
  tools?: string[];
  /** Two models answer each other; `models` and `answerIds` hold who speaks first. Travels as POST .../duet. */
  duet?: { models: readonly [string, string]; turns: number };
}

/** What goes into a push. */
export type PushableOperation = Exclude<Operation, AskOperation>;

export interface OutboxEntry {
  /** A ULID made with the operation; the server runs it once. */
  id: string;
  /** Entries are sent in this order. */
  order: number;
  conversationId: string;
  operation: Operation;
  madeAt: number;
  state: "waiting" | "failed";
  /** Why it failed, as a sentence. */
  reason: string;
  /** How often the server did not know what it stands on. */
  looks: number;
  /** Gives back what a restore of the server lost; not made by a person just now. */
  isHeal: boolean;
}

/** What it is about, and what it must keep its order with: a conversation, or a preset. */
export function conversationOf(operation: Operation): string {
  if ("presetId" in operation) return operation.presetId;
  return operation.type === "create-conversation" ? operation.conversation.id : operation.conversationId;
}

/** One operation that deletes or restores messages names no more than this. */
export const namedMax = 1000;

/** The messages that exist once the operation has run, their parents first. */
export function messageIdsOf(operation: Operation): string[] {
  if (operation.type === "append-message") return [operation.message.id];
  if (operation.type !== "ask") return [];
  return [...(operation.message ? [operation.message.id] : []), ...operation.answerIds];
}

/** The message that the operation's first one stands under; undefined: under the head, or it makes none. */
export function parentOf(operation: Operation): string | null | undefined {
  if (operation.type === "append-message") return operation.message.parentId;
  if (operation.type === "ask") return operation.message ? operation.message.parentId : operation.parentId;
  return undefined;
}

export function withParent(operation: Operation, parentId: string | null | undefined): Operation {
  if (operation.type === "append-message") return { ...operation, message: { ...operation.message, parentId } };
  if (operation.type !== "ask") return operation;
  if (!operation.message) return { ...operation, parentId: parentId ?? undefined };
  return { ...operation, message: { ...operation.message, parentId: parentId ?? null } };
}

/** The field of a conversation's metadata that names the deleted one whose late messages it holds. */
export const recoveredFrom = "recoveredFrom";

/** The deleted conversation whose late messages the operation makes a place for. */
export function recoveredBy(operation: Operation): unknown {
  return operation.type === "create-conversation" ? operation.conversation.metadata?.[recoveredFrom] : undefined;
}

/** Older than this, an entry is not sent unasked: the server may have forgotten the ids it stands on. */
export const unaskedMsMax = 180 * 24 * 3600 * 1000;
export const batchOperationsMax = 100;
/** Below the server's 8 MiB, with room for the characters that JSON escapes. */
export const batchCharsMax = 2 * 1024 * 1024;

export type NextToSend = { kind: "batch"; entries: OutboxEntry[] } | { kind: "ask"; entry: OutboxEntry } | null;

/**
 * Finds what goes out next: the longest run of operations for one push, or one question. Offer it what waits, in order, until it returns something;
 * `end` says what it is when nothing more waits. Entries of one conversation keep their order; a conversation that is waiting for something lets the
 * others pass.
 */
export class NextRun {
  private readonly held = new Set<string>();
  private readonly batch: OutboxEntry[] = [];
  private chars = 0;

  /** `blocked`: it cannot go yet, and holds what comes after it in its conversation. */
  offer(entry: OutboxEntry, can: "go" | "blocked"): NextToSend {
    if (entry.state !== "waiting" || this.held.has(entry.conversationId)) return null;
    const isAsk = entry.operation.type === "ask";
    if (can === "blocked" || (isAsk && this.batch.length > 0)) {
      this.held.add(entry.conversationId);
      return null;
    }
    if (isAsk) return { kind: "ask", entry };
    this.chars += JSON.stringify(entry.operation).length;
    if (this.batch.length > 0 && this.chars > batchCharsMax) return this.end();
    this.batch.push(entry);
    return this.batch.length < batchOperationsMax ? null : this.end();
  }

  end(): NextToSend {
    return this.batch.length > 0 ? { kind: "batch", entries: this.batch } : null;
  }
}

/** Why a message was not sent that stands under one that the server has refused; and once that one is thrown away. */
export const followsRefused = "It follows a message that was not sent.";
export const followedDiscarded = "The message before it was thrown away. Send it if it still matters.";

/** The entries without one that is thrown away: what stood under its messages moves up to what they stood under. */
export function withoutEntry(entries: readonly OutboxEntry[], id: string): { removed: string[]; changed: OutboxEntry[] } {
  const gone = entries.find((entry) => entry.id === id);
  if (!gone) return { removed: [], changed: [] };
  if (gone.operation.type === "create-conversation") {
    const same = entries.filter((entry) => entry.conversationId === gone.conversationId);
    return { removed: same.map((entry) => entry.id), changed: [] };
  }
  const messages = new Set(messageIdsOf(gone.operation));
  const parentId = parentOf(gone.operation);
  const changed: OutboxEntry[] = [];
  const removed = [id];
  for (const entry of entries) {
    const parent = parentOf(entry.operation);
    if (entry.id === id || typeof parent !== "string" || !messages.has(parent)) continue;
    const isAnswerOnly = entry.operation.type === "ask" && !entry.operation.message;
    if (isAnswerOnly) removed.push(entry.id);
    else changed.push({ ...entry, operation: withParent(entry.operation, parentId), reason: entry.reason === followsRefused ? followedDiscarded : entry.reason });
  }
  return { removed, changed };
}

/** The files that the message of an operation refers to. */
export function filesOfOperation(operation: Operation): AttachmentBlock[] {
  return filesIn(contentOf(operation));
}

export function filesIn(content: readonly ContentBlock[]): AttachmentBlock[] {
  return content.filter((block): block is AttachmentBlock => (block.type === "image" || block.type === "file") && typeof (block as AttachmentBlock).attachmentId === "string");
}

/** What the server has taken is taken for there for so long: it keeps a file that no message refers to for a week. */
const fileSentMsMax = 3 * 24 * 3600 * 1000;

export function isFileSent({ sentAt }: UnsentFile, now: number): boolean {
  return sentAt !== null && now - sentAt < fileSentMsMax;
}

function contentOf(operation: Operation): readonly ContentBlock[] {
  if (operation.type === "append-message") return operation.message.content;
  return operation.type === "ask" ? (operation.message?.content ?? []) : [];
}

/** The words of an entry, for a person: the message's text, or the new title or name. */
export function textOfOperation(operation: Operation): string {
  if (operation.type === "edit-preset") return operation.fields.name ?? "";
  if (operation.type === "edit-conversation") return operation.fields.title ?? "";
  const texts = contentOf(operation).map((block) => (block.type === "text" && typeof block.text === "string" ? block.text : ""));
  return texts.filter((text) => text !== "").join("\n\n");
}
