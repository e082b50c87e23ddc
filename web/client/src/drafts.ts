// What a person has written and not yet handed over: drafts, and messages that could not be sent.

/** The part of Web Storage that is used. */
export type KeyValueStore = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** A message that was sent from here and that the server has not confirmed. */
export interface UnsentMessage {
  id: string;
  text: string;
  /** Undefined: under the head; null: a new first message. */
  parentId: string | null | undefined;
  models: string[];
  createdAt: number;
  /** The message whose sibling this is: an edit. */
  replaces?: string;
}

/** The draft's key before a conversation has an id. */
export const newConversationKey = "new";

/**
 * Keeps drafts and unsent messages per conversation in the browser's storage, so that a reload or a crash of the page
 * loses nothing. A full or forbidden storage is not an error: things are then kept in memory only.
 */
export class Drafts {
  private readonly memory = new Map<string, string>();
  constructor(private readonly storage: KeyValueStore | null) {}

  draft(conversation: string): string {
    return this.get(`threadkeep.draft.${conversation}`) ?? "";
  }

  /** An empty text removes the draft. */
  keepDraft(conversation: string, text: string): void {
    this.set(`threadkeep.draft.${conversation}`, text || null);
  }

  unsent(conversation: string): UnsentMessage | null {
    const kept = this.get(`threadkeep.unsent.${conversation}`);
    if (!kept) return null;
    try {
      const value = JSON.parse(kept) as UnsentMessage;
      return typeof value.id === "string" && typeof value.text === "string" ? value : null;
    } catch {
      return null;
    }
  }

  /** Null removes it: the server has it, or the person threw it away. */
  keepUnsent(conversation: string, message: UnsentMessage | null): void {
    this.set(`threadkeep.unsent.${conversation}`, message && JSON.stringify(message));
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
