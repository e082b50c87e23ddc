// Answers that are being written, as far as this tab has heard: rows of the server with what was streamed since.
import { withEvent, withMessage, type MessageRow } from "../message-row";
import { isUnfinished, type GenerationEvent, type Message } from "../types";
import type { TabChannel, TabMessage } from "./tab-channel";

/** Filled by what the leading tab says. It keeps an answer until its final row is in the store, so that nothing flickers. */
export class LiveAnswers {
  private readonly rows = new Map<string, MessageRow>();
  /** Who tells of which answer: where two tabs lead for want of locks, or one has taken over, the pieces of only one count. */
  private readonly sources = new Map<string, string>();
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
    if (message.kind === "events") for (const event of message.events) this.apply(event, message.from);
    else if (message.kind === "here") for (const row of message.messages) this.hold(row, message.from);
    else if (message.kind === "ended") for (const id of message.answerIds) this.end(id, message.from);
    else return;
    for (const listener of this.listeners.get(message.conversationId) ?? []) listener();
  }

  /** What was cut off is what the store has of it. */
  private end(id: string, from: string): void {
    if (this.sources.get(id) !== from) return;
    this.sources.delete(id);
    const row = this.rows.get(id);
    if (row && isUnfinished(row.message.status)) this.rows.delete(id);
  }

  /** A whole row is something to go on from, whoever tells it. */
  private hold(message: Message, from: string): void {
    const held = this.rows.get(message.id);
    if (!held && !isUnfinished(message.status)) return;
    this.rows.set(message.id, withMessage(held, message));
    this.sources.set(message.id, from);
  }

  private apply(event: GenerationEvent, from: string): void {
    if (event.event === "message") {
      if (event.message.role === "assistant") this.hold(event.message, from);
      return;
    }
    if (!("messageId" in event) || this.sources.get(event.messageId) !== from) return;
    const row = this.rows.get(event.messageId);
    if (row) this.rows.set(event.messageId, withEvent(row, event));
  }
}
