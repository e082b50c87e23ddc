// What a person has written and not yet handed over.
import { filesIn } from "./core/outbox";
import type { AttachmentBlock } from "./types";

/** The part of Web Storage that is used. */
export type KeyValueStore = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** A message that the device had no room for: in this page only. */
export interface UnsentMessage {
  id: string;
  text: string;
  files: readonly AttachmentBlock[];
  /** Undefined: under the head; null: a new first message. */
  parentId: string | null | undefined;
  models: string[];
  createdAt: number;
  /** The message whose sibling this is: an edit. */
  replaces?: string;
}

/** A long text that was pasted: it is sent before or after what was written by hand, and not shown in the field. */
export interface PastedText {
  readonly text: string;
  readonly place: "before" | "after";
}

function isPasted(value: unknown): value is PastedText {
  const { text, place } = (value ?? {}) as Partial<PastedText>;
  return typeof text === "string" && (place === "before" || place === "after");
}

/** The draft's key before a conversation has an id. */
export const newConversationKey = "new";

/**
 * Keeps drafts per conversation in the browser's storage, so that a reload or a crash of the page
 * loses nothing. A full or forbidden storage is not an error: things are then kept in memory only.
 */
export class Drafts {
  private readonly memory = new Map<string, string>();
  constructor(private readonly storage: KeyValueStore | null) {}

  draft(conversation: string): string {
    return this.get(`threadkeep.draft.${conversation}`) ?? "";
  }

  /**
   * Calls `listener` when another tab has changed the draft of `conversation`, with the text that it was before, until the returned function is
   * called. Who shows another text than `before` has written something of their own, which the other tab has not seen.
   */
  followDraft(conversation: string, listener: (before: string) => void): () => void {
    const key = `threadkeep.draft.${conversation}`;
    const onStorage = (event: StorageEvent) => {
      if (event.key === key) listener(event.oldValue ?? "");
    };
    globalThis.addEventListener?.("storage", onStorage);
    return () => globalThis.removeEventListener?.("storage", onStorage);
  }

  /** An empty text removes the draft. */
  keepDraft(conversation: string, text: string): void {
    this.set(`threadkeep.draft.${conversation}`, text || null);
  }

  /** The long pieces of a draft that were pasted. */
  pasted(conversation: string): PastedText[] {
    try {
      const value: unknown = JSON.parse(this.get(`threadkeep.pasted.${conversation}`) ?? "[]");
      return Array.isArray(value) ? value.filter(isPasted) : [];
    } catch {
      return [];
    }
  }

  keepPasted(conversation: string, pasted: readonly PastedText[]): void {
    this.set(`threadkeep.pasted.${conversation}`, pasted.length > 0 ? JSON.stringify(pasted) : null);
  }

  /** The files of a draft; their bytes lie with the others. */
  files(conversation: string): AttachmentBlock[] {
    try {
      const value: unknown = JSON.parse(this.get(`threadkeep.files.${conversation}`) ?? "[]");
      return Array.isArray(value) ? filesIn(value) : [];
    } catch {
      return [];
    }
  }

  keepFiles(conversation: string, files: readonly AttachmentBlock[]): void {
    this.set(`threadkeep.files.${conversation}`, files.length > 0 ? JSON.stringify(files) : null);
  }

  /** Of all drafts. */
  allFiles(): Set<string> {
    const ids = [...this.conversations(), newConversationKey].flatMap((conversation) => this.files(conversation).map((file) => file.attachmentId));
    return new Set(ids);
  }

  /** The conversations with a draft. */
  conversations(): string[] {
    const keys = [...this.memory.keys()];
    try {
      keys.push(...Object.keys(this.storage ?? {}));
    } catch {
      // What a storage does not name is found by its conversation only.
    }
    const names = keys.flatMap((key) => /^threadkeep\.(?:draft|pasted|files)\.(.+)$/.exec(key)?.[1] ?? []);
    return [...new Set(names)].filter((name) => name !== newConversationKey);
  }

  /** Forgets everything that was written and not sent. */
  clear(): void {
    this.memory.clear();
    try {
      for (const key of Object.keys(this.storage ?? {})) {
        if (/^threadkeep\.(draft|pasted|files|counts|branches)\b/.test(key)) this.storage?.removeItem(key);
      }
    } catch {
      // A storage that gives nothing out keeps nothing either.
    }
  }

  private get(key: string): string | null {
    const inMemory = this.memory.get(key);
    if (inMemory !== undefined) return inMemory;
    try {
      return this.storage?.getItem(key) ?? null;
    } catch {
      return null;
    }
  }

  private set(key: string, value: string | null): void {
    this.memory.delete(key);
    try {
      if (value === null) this.storage?.removeItem(key);
      else if (this.storage) this.storage.setItem(key, value);
      else this.memory.set(key, value);
    } catch {
      if (value !== null) this.memory.set(key, value);
    }
  }
}
