// The leading tab's streams: of the questions it has sent, and of answers that other devices have begun.
import type { Api } from "../api";
import { textOfOperation, type AskOperation } from "../core/outbox";
import { followGeneration } from "../generation-stream";
import { newId } from "../ids";
import { withEvent, withMessage, type MessageRow } from "../message-row";
import { UnreachableError } from "../problem";
import { isUnfinished, type GenerationEvent, type Message } from "../types";
import type { SeenKeeper } from "./seen-keeper";
import type { TabChannel } from "./tab-channel";

interface Followed {
  conversationId: string;
  answerIds: Set<string>;
  rows: Map<string, MessageRow>;
  waiting: GenerationEvent[];
  timer: ReturnType<typeof setTimeout> | null;
}

/** Events are gathered for this long before they are told to the tabs. */
const gatherMs = 30;
/** Browsers allow six connections to a host; the rest is left for everything else. */
const streamsMax = 3;

export interface FollowerHooks {
  /** An answer has come to its end at the server. */
  onEnd: () => void;
  onTitle: (conversationId: string, title: string) => void;
  /** A stream has broken off in the middle; it is tried again. */
  onLost: () => void;
}

export class Follower {
  private readonly streams = new Set<Followed>();
  private readonly from = newId();
  private readonly stopListening: () => void;

  constructor(
    private readonly api: Api,
    private readonly channel: TabChannel,
    private readonly signal: AbortSignal,
    private readonly hooks: FollowerHooks,
    private readonly seen: SeenKeeper,
  ) {
    this.stopListening = channel.subscribe((message) => {
      if (message.kind === "where") this.tellWhere(message.conversationId);
    });
    signal.addEventListener("abort", this.stopListening, { once: true });
  }

  /** Sends a question. Resolves with its rows once all are stored; the stream is followed on. Rejects as the server's door does. */
  ask(operation: AskOperation): Promise<Message[]> {
    const { conversationId, message, answerIds } = operation;
    const missing = new Set([...(message ? [message.id] : []), ...answerIds]);
    const stored: Message[] = [];
    return new Promise((resolve, reject) => {
      const onEvent = (event: GenerationEvent) => {
        if (event.event === "message" && missing.delete(event.message.id)) stored.push(event.message);
        // A retry that joins a running answer is told of the answers only; the question's row comes with the next pull.
        const areAnswersThere = answerIds.every((id) => !missing.has(id));
        if (missing.size === 0 || (event.event !== "message" && areAnswersThere)) resolve(stored);
      };
      const start = (signal: AbortSignal) => begin(this.api, operation, signal);
      this.follow({ conversationId, answerIds, start, onEvent }).then(() => reject(new UnreachableError()), reject);
    });
  }

  /** Follows what the store says is being written, unless it is followed already; the newest first, as many as there is room for. */
  attach(unfinished: readonly Message[]): void {
    const newest = [...unfinished].sort((a, b) => b.seq - a.seq);
    for (const { id, conversationId } of newest) {
      if (this.streams.size >= streamsMax) return;
      if (this.isFollowed(id)) continue;
      this.follow({ conversationId, answerIds: [id], answerId: id }).catch(() => undefined);
    }
  }

  private isFollowed(id: string): boolean {
    for (const stream of this.streams) if (stream.answerIds.has(id)) return true;
    return false;
  }

  private async follow(what: {
    conversationId: string;
    answerIds: readonly string[];
    answerId?: string;
    start?: (signal: AbortSignal) => Promise<Response>;
    onEvent?: (event: GenerationEvent) => void;
  }): Promise<void> {
    const { conversationId } = what;
    const stream: Followed = { conversationId, answerIds: new Set(what.answerIds), rows: new Map(), waiting: [], timer: null };
    this.streams.add(stream);
    try {
      await followGeneration({
        api: this.api,
        start: what.start,
        answerId: what.answerId,
        signal: this.signal,
        onConnection: (state) => state === "reconnecting" && this.lost(),
        onEvent: (event) => {
          this.take(stream, event);
          what.onEvent?.(event);
        },
      });
    } finally {
      this.flush(stream);
      this.streams.delete(stream);
      this.channel.send({ kind: "ended", from: this.from, conversationId, answerIds: [...stream.answerIds] });
      this.hooks.onEnd();
    }
  }

  /** The server may have less of it when it is back. */
  private lost(): void {
    void this.seen.flush();
    this.hooks.onLost();
  }

  private take(stream: Followed, event: GenerationEvent): void {
    if (event.event === "title") return this.hooks.onTitle(event.conversationId, event.title);
    if (event.event === "end") return;
    if (event.event === "message") {
      const { message } = event;
      if (message.role === "assistant") stream.answerIds.add(message.id);
      stream.rows.set(message.id, withMessage(stream.rows.get(message.id), message));
    } else {
      const before = stream.rows.get(event.messageId);
      const row = before && withEvent(before, event);
      if (row) stream.rows.set(event.messageId, row);
      if (row) this.seen.take(row);
    }
    stream.waiting.push(event);
    const isLast = event.event === "status" && !isUnfinished(event.status);
    if (isLast) this.flush(stream);
    else stream.timer ??= setTimeout(() => this.flush(stream), gatherMs);
  }

  private flush(stream: Followed): void {
    if (stream.timer) clearTimeout(stream.timer);
    stream.timer = null;
    if (stream.waiting.length === 0) return;
    this.channel.send({ kind: "events", from: this.from, conversationId: stream.conversationId, events: stream.waiting });
    stream.waiting = [];
  }

  private tellWhere(conversationId: string): void {
    for (const stream of this.streams) {
      if (stream.conversationId !== conversationId) continue;
      this.flush(stream);
      const messages = [...stream.rows.values()].map((row) => row.message).filter((message) => message.role === "assistant");
      if (messages.length > 0) this.channel.send({ kind: "here", from: this.from, conversationId, messages });
    }
  }
}

function begin(api: Api, operation: AskOperation, signal: AbortSignal): Promise<Response> {
  const { conversationId, message, parentId, models, answerIds, tools, duet } = operation;
  // A server of before does not know the field.
  const allowed = tools && tools.length > 0 ? { tools } : {};
  if (duet) {
    const said = message && { prompt: textOfOperation(operation), id: message.id, parentId: message.parentId, createdAt: message.createdAt };
    return api.startDuet(conversationId, { ...duet, ...(said ?? { parentId }), answerId: answerIds[0], ...allowed }, signal);
  }
  const asked = { models, answerIds, ...allowed };
  const body = message
    ? { message: { id: message.id, parentId: message.parentId, content: message.content, createdAt: message.createdAt }, ...asked }
    : { parentId: parentId!, ...asked };
  return api.startGeneration(conversationId, body, signal);
}
