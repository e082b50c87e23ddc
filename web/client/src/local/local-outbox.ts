// What waits to be sent, and what was refused, for a person to see.
import type { Outbox, OutboxItem, OutboxKind, OutboxSnapshot } from "../client";
import type { LocalStore } from "../core/local-store";
import { discardEntry, retryEntries } from "../core/local-writes";
import { filesOfOperation, textOfOperation, type Operation, type OutboxEntry } from "../core/outbox";
import type { Surroundings } from "../core/server-door";
import { Observable } from "../observable";
import type { Conversation } from "../types";

export class LocalOutbox extends Observable<OutboxSnapshot> implements Outbox {
  private readonly entries = new Map<string, OutboxEntry>();
  private reading: Promise<void> = Promise.resolve();
  /** What has changed since the last reading; null: nothing was read yet. */
  private changed: Set<string> | null = null;
  private isWanted = false;
  private readonly unsubscribe: () => void;

  constructor(
    private readonly store: LocalStore,
    private readonly around: Surroundings,
    private readonly conversation: (id: string) => Conversation | undefined,
  ) {
    super({ items: [], waiting: 0, failed: 0 });
    this.unsubscribe = store.subscribe(({ outbox }) => {
      for (const id of outbox) this.changed?.add(id);
      if (outbox.size > 0) void this.read();
    });
  }

  close(): void {
    this.unsubscribe();
  }

  /** Resolves when what has changed so far is shown. */
  read(): Promise<void> {
    if (this.isWanted) return this.reading;
    this.isWanted = true;
    this.reading = this.reading.then(() => this.readChanged()).catch(() => undefined);
    return this.reading;
  }

  private async readChanged(): Promise<void> {
    const ids = this.changed && [...this.changed];
    this.changed = new Set();
    this.isWanted = false;
    if (ids?.length === 0) return;
    try {
      const rows = await this.store.read((tx) => (ids ? tx.outboxEntries(ids) : tx.outbox()));
      for (const id of ids ?? []) this.entries.delete(id);
      for (const entry of rows) if (entry) this.entries.set(entry.id, entry);
    } catch {
      // What was to be read is read with the next change.
      if (!ids) this.changed = null;
      else for (const id of ids) this.changed?.add(id);
      return;
    }
    this.publish(new Shown([...this.entries.values()], (entry) => this.itemOf(entry)));
  }

  async retry(id?: string): Promise<void> {
    await retryEntries(this.store, this.around, id);
    await this.read();
  }

  async discard(id: string): Promise<string> {
    const text = await discardEntry(this.store, id);
    await this.read();
    return text;
  }

  private itemOf(entry: OutboxEntry): OutboxItem {
    const { id, conversationId, madeAt, state, reason, operation } = entry;
    const title = this.conversation(conversationId)?.title ?? "";
    return { id, kind: kinds[operation.type], conversationId, title, text: textOfOperation(operation), files: filesOfOperation(operation), madeAt, state, reason };
  }
}

/** Thousands wait after a restore: only who looks at the items pays for them. */
class Shown implements OutboxSnapshot {
  readonly waiting: number;
  readonly failed: number;
  private made: readonly OutboxItem[] | null = null;

  constructor(private readonly entries: OutboxEntry[], private readonly itemOf: (entry: OutboxEntry) => OutboxItem) {
    this.failed = entries.reduce((count, entry) => count + (entry.state === "failed" ? 1 : 0), 0);
    this.waiting = entries.length - this.failed;
  }

  get items(): readonly OutboxItem[] {
    this.made ??= this.entries.sort((a, b) => a.order - b.order).map(this.itemOf);
    return this.made;
  }
}

const kinds: Record<Operation["type"], OutboxKind> = {
  "create-conversation": "create",
  "append-message": "append",
  "edit-conversation": "edit",
  "delete-conversation": "delete",
  "restore-conversation": "restore",
  "delete-messages": "delete-messages",
  "restore-messages": "restore-messages",
  "edit-preset": "preset",
  "delete-preset": "preset",
  ask: "ask",
};
