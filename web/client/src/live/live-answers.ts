// Answers that are being written, as far as this tab has heard: rows of the server with what was streamed since.
import { withEvent, withMessage, type MessageRow } from "../message-row";
import { isUnfinished, type GenerationEvent } from "../types";
import type { TabChannel, TabMessage } from "./tab-channel";

/** Filled by what the leading tab says. It keeps an answer until its final row is in the store, so that nothing flickers. */
export class LiveAnswers {
  private readonly rows = new Map<string, MessageRow>();
  private readonly listeners = new Map<string, Set<() => void>>();
  private readonly stopListening: () => void;

  constructor(private readonly channel: TabChannel) {
    this.stopListening = channel.subscribe((message) => this.take(message));
  }

  get(answerId: string): MessageRow | undefined {
    return this.rows.get(answerId);
  }

  of(conversationId: string): MessageRow[] {
    return [...this.rows.values()].filter((row) => row.message.conversationId === conversationId);
  }

  /** The store has a row: what is final there needs no live one. */
  settle(id: string): void {
    this.rows.delete(id);
  }

  /** Calls `listener` after each change in one conversation; asks the leading tab how far its answers are. */
  watch(conversationId: string, listener: () => void): () => void {
    const listeners = this.listeners.get(conversationId) ?? new Set();
    this.listeners.set(conversationId, listeners.add(listener));
    this.channel.send({ kind: "where", conversationId });
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.listeners.delete(conversationId);
    };
  }

  close(): void {
    this.stopListening();
  }

  private take(message: TabMessage): void {
    if (message.kind === "events") for (const event of message.events) this.apply(event);
    else if (message.kind === "here") for (const row of message.messages) this.rows.set(row.id, withMessage(this.rows.get(row.id), row));
    else if (message.kind === "ended") for (const id of message.answerIds) this.end(id);
    else return;
    for (const listener of this.listeners.get(message.conversationId) ?? []) listener();
  }

  /** What was cut off is what the store has of it. */
  private end(id: string): void {
    const row = this.rows.get(id);
    if (row && isUnfinished(row.message.status)) this.rows.delete(id);
  }

  private apply(event: GenerationEvent): void {
    if (event.event === "message") {
      const { message } = event;
      if (message.role !== "assistant") return;
      const held = this.rows.get(message.id);
      if (held || isUnfinished(message.status)) this.rows.set(message.id, withMessage(held, message));
      return;
    }
    if (!("messageId" in event)) return;
    const row = this.rows.get(event.messageId);
    if (row) this.rows.set(event.messageId, withEvent(row, event));
  }
}
