// What waits to be sent, and what was refused, for a person to see.
import type { Outbox, OutboxItem, OutboxKind, OutboxSnapshot } from "../client";
import type { LocalStore } from "../core/local-store";
import { discardEntry, retryEntries } from "../core/local-writes";
import { textOfOperation, type Operation, type OutboxEntry } from "../core/outbox";
import type { Surroundings } from "../core/server-door";
import { Observable } from "../observable";
import type { Conversation } from "../types";

export class LocalOutbox extends Observable<OutboxSnapshot> implements Outbox {
  private reading: Promise<void> = Promise.resolve();
  private isWanted = false;
  private readonly unsubscribe: () => void;

  constructor(
    private readonly store: LocalStore,
    private readonly around: Surroundings,
    private readonly conversation: (id: string) => Conversation | undefined,
  ) {
    super({ items: [], waiting: 0, failed: 0 });
    this.unsubscribe = store.subscribe((change) => change.outbox && void this.read());
  }

  close(): void {
    this.unsubscribe();
  }

  read(): Promise<void> {
    if (this.isWanted) return this.reading;
    this.isWanted = true;
    this.reading = this.reading.then(async () => {
      this.isWanted = false;
      const entries = await this.store.read((tx) => tx.outbox()).catch(() => null);
      if (!entries) return;
      const items = entries.map((entry) => this.itemOf(entry));
      const failed = items.filter((item) => item.state === "failed").length;
      this.publish({ items, failed, waiting: items.length - failed });
    });
    return this.reading;
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
    return { id, kind: kinds[operation.type], conversationId, title, text: textOfOperation(operation), madeAt, state, reason };
  }
}

const kinds: Record<Operation["type"], OutboxKind> = {
  "create-conversation": "create",
  "append-message": "append",
  "edit-conversation": "edit",
  "delete-conversation": "delete",
  "restore-conversation": "restore",
  ask: "ask",
};
