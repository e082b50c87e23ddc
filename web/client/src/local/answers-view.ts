// All answers to one question at once: each as the store has it, with what was streamed in its place.
import { deletionsOf } from "../core/deleted";
import type { LocalStore, Reading, StoreChange } from "../core/local-store";
import type { LiveAnswers } from "../live/live-answers";
import type { MessageRow } from "../message-row";
import { Observable } from "../observable";
import { isRowUnfinished, publishMs, sameOr, withLive } from "./shown-rows";

export interface AnswersParts {
  store: LocalStore;
  live: LiveAnswers;
  conversationId: string;
  /** The question, or whatever they stand under. */
  parentId: string;
}

/** Oldest first; empty until they were read. Call `dispose` at the end. */
export class AnswersView extends Observable<readonly MessageRow[]> {
  private stored: readonly MessageRow[] = [];
  private readonly stops: (() => void)[];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private isDisposed = false;

  constructor(private readonly parts: AnswersParts) {
    super([]);
    const { store, live, conversationId } = parts;
    this.stops = [store.subscribe((change) => this.isAboutThis(change) && void this.read()), live.watch(conversationId, () => this.publishSoon())];
    void this.read();
  }

  dispose(): void {
    this.isDisposed = true;
    for (const stop of this.stops.splice(0)) stop();
    if (this.timer) clearTimeout(this.timer);
  }

  private isAboutThis({ messages }: StoreChange): boolean {
    return messages === "all" || messages.has(this.parts.conversationId);
  }

  private async read(): Promise<void> {
    // What cannot be read now is read at the next change; the page shows one answer meanwhile.
    const answers = await this.parts.store.read((tx) => this.answersOf(tx)).catch(() => null);
    if (!answers || this.isDisposed) return;
    const before = new Map(this.stored.map((row) => [row.message.id, row]));
    this.stored = answers.map((message) => sameOr({ message, origin: "server" }, before.get(message.id)));
    this.publishNow();
  }

  private async answersOf(tx: Reading) {
    const { conversationId, parentId } = this.parts;
    const { isDeleted } = deletionsOf(await tx.outboxOf([conversationId]));
    const children = await tx.children(conversationId, [parentId]);
    return children.filter((message) => message.role === "assistant" && !isDeleted(message));
  }

  private publishSoon(): void {
    this.timer ??= setTimeout(() => this.publishNow(), publishMs);
  }

  private publishNow(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const { live } = this.parts;
    const rows = this.stored.map((row) => (isRowUnfinished(row) ? withLive(row, live.get(row.message.id)) : row));
    const before = this.snapshot();
    if (rows.length !== before.length || rows.some((row, at) => row !== before[at])) this.publish(rows);
  }
}
