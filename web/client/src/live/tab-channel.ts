// What the tabs of one browser say to each other, apart from what the store tells.
import { openChannel } from "../channel";
import type { ClockReading } from "../core/server-clock";
import type { GenerationEvent, Message } from "../types";

export type TabMessage =
  /** Events of running answers, as they come in at the tab that follows them. */
  | { kind: "events"; from: string; conversationId: string; events: GenerationEvent[] }
  /** A view was opened: whoever follows answers in it, say how far they are. */
  | { kind: "where"; conversationId: string }
  | { kind: "here"; from: string; conversationId: string; messages: Message[] }
  /** Nothing more will come of these answers' events; the rows of the feed count. */
  | { kind: "ended"; from: string; conversationId: string; answerIds: string[] }
  /** The leading tab's connection, for the others to show. */
  | { kind: "connection"; state: "online" | "offline"; isBehind: boolean; clock: ClockReading }
  | { kind: "connection?" }
  /** Something waits in the outbox, or somebody wants to know now. */
  | { kind: "sync" }
  | { kind: "new-version" };

/** Also hears its own messages, so that a tab needs no second way to speak to itself. Nothing is kept for tabs that come later. */
export class TabChannel {
  private readonly listeners = new Set<(message: TabMessage) => void>();
  private readonly channel: BroadcastChannel | null;
  private isClosed = false;

  constructor(name: string) {
    this.channel = openChannel(`${name}.tabs`);
    if (this.channel) this.channel.onmessage = (event: MessageEvent<TabMessage>) => this.tell(event.data);
  }

  /** Does nothing once it is closed. */
  send(message: TabMessage): void {
    if (this.isClosed) return;
    this.channel?.postMessage(message);
    this.tell(message);
  }

  subscribe(listener: (message: TabMessage) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    this.isClosed = true;
    this.channel?.close();
    this.listeners.clear();
  }

  private tell(message: TabMessage): void {
    for (const listener of [...this.listeners]) listener(message);
  }
}
