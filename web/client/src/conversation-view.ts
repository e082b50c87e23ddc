// One open conversation: its newest page, older ones on demand, what is sent from here, and the answers being written.
import type { Api } from "./api";
import type { Drafts, UnsentMessage } from "./drafts";
import { followGeneration } from "./generation-stream";
import { newId } from "./ids";
import { MessagePath } from "./message-path";
import { rowOf, textOf, withEvent, withMessage, type MessageRow } from "./message-row";
import { Observable } from "./observable";
import { explain, ProblemError } from "./problem";
import { isUnfinished, type Conversation, type GenerationEvent, type Message, type MessagePage } from "./types";
import * as windows from "./window";

export type ViewPhase = "loading" | "ready" | "missing" | "failed";

/** What the page shows of a conversation. Replaced as a whole on each change, at most 25 times a second. */
export interface ConversationSnapshot {
  readonly phase: ViewPhase;
  /** Why it could not be loaded, when `phase` is `failed`. */
  readonly failure: string;
  /** The window of the shown path, oldest first; at most `windowRowsMax` rows. */
  readonly rows: readonly MessageRow[];
  readonly hasOlder: boolean;
  readonly isLoadingOlder: boolean;
  readonly olderFailure: string;
  /** Newer messages are loaded, but outside the window. */
  readonly hasNewer: boolean;
  readonly isRunning: boolean;
  readonly isReconnecting: boolean;
  /** A message that could not be sent; kept on this device until it is sent or thrown away. */
  readonly unsent: (UnsentMessage & { reason: string }) | null;
  /** The last answer that ended while it was watched, for the live region. */
  readonly finished: { id: string; text: string } | null;
}

export interface ViewHooks {
  /** The conversation was read from, or changed on, the server. */
  onConversation: (conversation: Conversation) => void;
  onTitle: (conversationId: string, title: string) => void;
  /** Something was said in the conversation just now. */
  onActivity: (conversationId: string) => void;
  /** An action other than sending failed; a sentence for a person. */
  onFailure: (sentence: string) => void;
}

interface RunningStream {
  readonly abort: AbortController;
  readonly answerIds: Set<string>;
  /** The question that was sent with it, until the server has confirmed it. */
  pending: UnsentMessage | null;
  /** The message whose place the first answer takes. */
  readonly replaces?: string;
  readonly pathBefore: readonly string[];
  /** The first answer takes its place on the shown path; those after it are its siblings. */
  firstAnswer: string | null;
  readonly isAttached: boolean;
  isReconnecting: boolean;
  stopRequested: boolean;
}

/** Updates while an answer streams are gathered for this long. */
const publishMs = 40;
const pageRows = 50;

/**
 * Holds no React and no DOM. Call `open` once, `dispose` at the end; running answers go on at the server all the same.
 * Every method is safe in any phase: what is not possible does nothing.
 */
export class ConversationView extends Observable<ConversationSnapshot> {
  private readonly path = new MessagePath();
  private window: windows.PathWindow = { start: 0, end: 0 };
  private readonly streams = new Set<RunningStream>();
  private readonly closing = new AbortController();
  private olderCursor: string | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private isStored: boolean;
  private parts: Omit<ConversationSnapshot, "rows" | "hasNewer" | "isRunning" | "isReconnecting" | "hasOlder">;

  constructor(
    private readonly api: Api,
    private readonly drafts: Drafts,
    private readonly hooks: ViewHooks,
    readonly id: string,
    options: { isNew: boolean },
  ) {
    const phase: ViewPhase = options.isNew ? "ready" : "loading";
    super({ ...emptySnapshot, phase });
    this.parts = { ...emptySnapshot, phase };
    this.isStored = !options.isNew;
  }

  /** Loads the newest page and attaches to answers that are being written. Called again, it tries again. */
  async open(): Promise<void> {
    if (!this.isStored) return;
    if (this.parts.phase === "missing") this.set({ phase: "loading", failure: "" });
    try {
      const signal = this.closing.signal;
      const [conversation, page] = await Promise.all([
        this.api.getConversation(this.id, signal),
        this.api.listMessages(this.id, { limit: pageRows }, signal).catch(emptyWhenDeleted),
      ]);
      this.hooks.onConversation(conversation);
      this.takeEnd(page.messages, page.nextCursor);
      this.recallUnsent();
      this.attach();
      this.set({ phase: "ready", failure: "" });
    } catch (error) {
      if (this.closing.signal.aborted || this.parts.phase === "ready") return;
      const isMissing = error instanceof ProblemError && error.status === 404;
      const unsent = this.drafts.unsent(this.id);
      if (isMissing && unsent) {
        this.isStored = false;
        this.set({ phase: "ready", unsent: { ...unsent, reason: interruptedSending } });
      } else this.set(isMissing ? { phase: "missing" } : { phase: "failed", failure: explain(error) });
    }
  }

  /** Reads the newest page again, unless an answer is being followed here. Failures are silent. */
  async refresh(): Promise<void> {
    if (this.parts.phase !== "ready" || !this.isStored || this.streams.size > 0) return;
    await this.reconcile();
    this.attach();
  }

  dispose(): void {
    this.closing.abort();
    for (const stream of this.streams) stream.abort.abort();
    if (this.timer) clearTimeout(this.timer);
  }

  get isRunning(): boolean {
    return this.streams.size > 0;
  }

  /** Shows older messages: from what is loaded, or the next page from the server. */
  async showOlder(): Promise<void> {
    if (this.window.start > 0) {
      this.window = windows.shiftOlder(this.window);
      return this.publishNow();
    }
    if (this.olderCursor === null || this.parts.isLoadingOlder) return;
    this.set({ isLoadingOlder: true, olderFailure: "" });
    try {
      const query = { cursor: this.olderCursor, limit: pageRows };
      const page = await this.api.listMessages(this.id, query, this.closing.signal);
      const added = this.path.prepend(page.messages, this.isLive);
      this.olderCursor = page.nextCursor;
      this.window = windows.shiftOlder(windows.afterPrepend(this.window, added));
      this.set({ isLoadingOlder: false });
    } catch (error) {
      if (!this.closing.signal.aborted) this.set({ isLoadingOlder: false, olderFailure: explain(error) });
    }
  }

  /** Shows newer messages that are loaded, but were left out of the window. */
  showNewer(): void {
    if (this.window.end >= this.path.length) return;
    this.window = windows.shiftNewer(this.window, this.path.length);
    this.publishNow();
  }

  showNewest(): void {
    this.window = windows.windowAtEnd(this.path.length);
    this.publishNow();
  }

  /** Asks. The message is on this device from now on, and on the server when its row says so. */
  send(text: string, models: string[]): void {
    const parentId = this.path.lastId;
    this.ask({ id: newId(), text, parentId, models, createdAt: Date.now() });
  }

  /** Asks the question again in other words: a sibling of `id`. */
  edit(id: string, text: string, models: string[]): void {
    const row = this.path.row(id);
    if (!row) return;
    const { parentId } = row.message;
    this.ask({ id: newId(), text, parentId, models, createdAt: Date.now(), replaces: id });
  }

  /** Sends the unsent message again, under the same id: it cannot arrive twice. */
  retryUnsent(): void {
    const { unsent } = this.parts;
    if (!unsent) return;
    const { reason: _, ...message } = unsent;
    this.ask(message);
  }

  /** Gives the unsent message's text back, for the composer, and forgets the message. */
  takeBackUnsent(): string {
    const text = this.parts.unsent?.text ?? "";
    this.drafts.keepUnsent(this.id, null);
    this.set({ unsent: null });
    return text;
  }

  /** Answers the same question again: a sibling of the answer `id`. */
  again(id: string, models: string[]): void {
    const parentId = this.path.row(id)?.message.parentId;
    if (!parentId) return;
    this.answer(parentId, models, id);
  }

  /** Goes on after an answer that was cut short. */
  continueAfter(id: string, models: string[]): void {
    this.answer(id, models);
  }

  /** Stops every answer that is being written here. */
  async stop(): Promise<void> {
    const unfinished: string[] = [];
    for (const stream of this.streams) {
      if (stream.answerIds.size === 0) stream.stopRequested = true;
      for (const id of stream.answerIds) {
        const row = this.path.row(id);
        if (row && isUnfinished(row.message.status)) unfinished.push(id);
      }
    }
    await Promise.all(unfinished.map((id) => this.cancel(id)));
  }

  /** Shows another sibling and what followed it; remembered on the server. */
  async switchBranch(id: string): Promise<void> {
    try {
      this.hooks.onConversation(await this.api.patchConversation(this.id, { headId: id }));
      const messages: Message[] = [];
      let cursor: string | null = null;
      do {
        const query: { limit: number; cursor?: string } = { limit: 100, ...(cursor ? { cursor } : {}) };
        const page = await this.api.listMessages(this.id, query, this.closing.signal);
        messages.unshift(...page.messages);
        cursor = page.nextCursor;
      } while (cursor !== null && messages.length < 1000 && !messages.some((message) => message.id === id));
      this.takeEnd(messages, cursor);
      this.attach();
      this.publishNow();
    } catch (error) {
      if (!this.closing.signal.aborted) this.hooks.onFailure(explain(error));
    }
  }

  private ask(message: UnsentMessage): void {
    if (this.isRunning) return;
    this.drafts.keepUnsent(this.id, message);
    const pathBefore = this.path.save();
    this.path.put(rowOf(questionOf(this.id, message), "sending"));
    this.changeEnd(() => this.path.show(message.id, message.parentId ?? null, message.replaces));
    this.window = windows.windowAtEnd(this.path.length);
    this.set({ unsent: null });
    const { id, text, parentId, models } = message;
    const content = [{ type: "text", text }];
    const start = async (signal: AbortSignal) => {
      if (!this.isStored) {
        this.hooks.onConversation(
          await this.api.createConversation({ id: this.id, ...(models[0] ? { model: models[0] } : {}) }),
        );
        this.isStored = true;
      }
      return this.api.startGeneration(this.id, { message: { id, parentId, content }, models }, signal);
    };
    this.follow({ pending: message, pathBefore, start });
    this.hooks.onActivity(this.id);
  }

  private answer(parentId: string, models: string[], replaces?: string): void {
    if (this.isRunning) return;
    const body = { parentId, models, answerIds: models.map(() => newId()) };
    const start = (signal: AbortSignal) => this.api.startGeneration(this.id, body, signal);
    this.follow({ pathBefore: this.path.save(), start, replaces });
  }

  private attach(): void {
    for (const row of this.path.slice(this.path.length - 8, this.path.length)) {
      const { id, role, status } = row.message;
      if (role !== "assistant" || !isUnfinished(status) || this.isLive(id)) continue;
      this.follow({ pathBefore: this.path.save(), answerId: id });
    }
  }

  private follow(what: {
    pathBefore: readonly string[];
    pending?: UnsentMessage;
    replaces?: string;
    start?: (signal: AbortSignal) => Promise<Response>;
    answerId?: string;
  }): void {
    const stream: RunningStream = {
      abort: new AbortController(),
      answerIds: new Set(what.answerId ? [what.answerId] : []),
      pending: what.pending ?? null,
      replaces: what.replaces,
      pathBefore: what.pathBefore,
      firstAnswer: what.answerId ?? null,
      isAttached: what.answerId !== undefined,
      isReconnecting: false,
      stopRequested: false,
    };
    this.streams.add(stream);
    followGeneration({
      api: this.api,
      start: what.start,
      answerId: what.answerId,
      signal: stream.abort.signal,
      onEvent: (event) => this.apply(stream, event),
      onConnection: (state) => {
        stream.isReconnecting = state === "reconnecting";
        this.publishSoon();
      },
    }).then(
      () => this.ended(stream, null),
      (error: unknown) => this.ended(stream, error),
    );
    this.publishNow();
  }

  private apply(stream: RunningStream, event: GenerationEvent): void {
    if (event.event === "message") return this.applyMessage(stream, event.message);
    if (event.event === "title") return this.hooks.onTitle(event.conversationId, event.title);
    if (event.event === "end") return;
    const row = this.path.row(event.messageId);
    if (!row) return;
    const next = withEvent(row, event);
    if (next === row) return;
    this.path.put(next);
    const hasEnded = event.event === "status" && !isUnfinished(next.message.status);
    if (hasEnded && this.path.indexOf(event.messageId) >= 0) {
      this.parts = { ...this.parts, finished: { id: event.messageId, text: textOf(next.message) } };
    }
    if (hasEnded) this.publishNow();
    else this.publishSoon();
  }

  private applyMessage(stream: RunningStream, message: Message): void {
    const { id, parentId } = message;
    this.path.put(withMessage(this.path.row(id), message));
    if (message.role === "assistant") {
      stream.answerIds.add(id);
      if (stream.stopRequested) void this.cancel(id);
      if (stream.firstAnswer === null) {
        stream.firstAnswer = id;
        this.changeEnd(() => this.path.show(id, parentId, stream.replaces));
      } else if (id !== stream.firstAnswer) {
        this.path.addSibling(stream.firstAnswer, id);
      }
    } else if (!stream.isAttached) {
      if (stream.pending?.id === id) {
        stream.pending = null;
        this.drafts.keepUnsent(this.id, null);
      }
      this.changeEnd(() => this.path.show(id, parentId));
    }
    this.publishNow();
  }

  private ended(stream: RunningStream, error: unknown): void {
    this.streams.delete(stream);
    if (this.closing.signal.aborted) return;
    if (error !== null && stream.pending) {
      const { pending } = stream;
      this.changeEnd(() => {
        this.path.restore(stream.pathBefore);
        this.path.forget(pending.id);
      });
      return this.set({ unsent: { ...pending, reason: explain(error) } });
    }
    if (error !== null && stream.answerIds.size === 0) this.hooks.onFailure(explain(error));
    this.publishNow();
    this.hooks.onActivity(this.id);
    void this.reconcile();
  }

  private async cancel(id: string): Promise<void> {
    try {
      const message = await this.api.cancelGeneration(id);
      const row = this.path.row(id);
      if (row && isUnfinished(row.message.status)) this.path.put(withMessage(row, message));
      this.publishNow();
    } catch (error) {
      if (!this.closing.signal.aborted) this.hooks.onFailure(explain(error));
    }
  }

  /** The server's rows are the truth: what was put together from events is replaced by them. */
  private async reconcile(): Promise<void> {
    const head = this.path.lastId;
    if (head === null || !this.isStored) return;
    try {
      const last = this.path.row(head);
      const query = { limit: pageRows, ...(last?.origin === "server" ? { head } : {}) };
      const page = await this.api.listMessages(this.id, query, this.closing.signal);
      if (this.path.lastId !== head || this.streams.size > 0) return;
      this.takeEnd(page.messages, page.nextCursor);
      this.publishNow();
      this.hooks.onConversation(await this.api.getConversation(this.id, this.closing.signal));
    } catch {
      // What is shown stays; the next opening reads it again.
    }
  }

  private takeEnd(messages: readonly Message[], cursor: string | null): void {
    const isFirst = this.path.length === 0;
    this.changeEnd(() => {
      if (!this.path.replaceEnd(messages, this.isLive) || isFirst) this.olderCursor = cursor;
    });
  }

  private recallUnsent(): void {
    const unsent = this.drafts.unsent(this.id);
    if (!unsent || this.streams.size > 0) return;
    if (this.path.row(unsent.id)?.origin === "server") this.drafts.keepUnsent(this.id, null);
    else this.parts = { ...this.parts, unsent: { ...unsent, reason: interruptedSending } };
  }

  private readonly isLive = (id: string): boolean => {
    for (const stream of this.streams) if (stream.answerIds.has(id)) return true;
    return false;
  };

  private changeEnd(change: () => void): void {
    const before = this.path.length;
    const lastBefore = this.path.lastId;
    change();
    if (this.path.length === before && this.path.lastId === lastBefore) return;
    this.window = windows.afterEndChange(this.window, before, this.path.length);
  }

  private set(parts: Partial<typeof this.parts>): void {
    this.parts = { ...this.parts, ...parts };
    this.publishNow();
  }

  private publishSoon(): void {
    this.timer ??= setTimeout(() => this.publishNow(), publishMs);
  }

  private publishNow(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const rows = this.path.slice(this.window.start, this.window.end);
    const before = this.snapshot().rows;
    const isSame = rows.length === before.length && rows.every((row, index) => row === before[index]);
    this.publish({
      ...this.parts,
      rows: isSame ? before : rows,
      hasOlder: this.window.start > 0 || this.olderCursor !== null,
      hasNewer: this.window.end < this.path.length,
      isRunning: this.streams.size > 0,
      isReconnecting: [...this.streams].some((stream) => stream.isReconnecting),
    });
  }
}

/** The messages of a conversation in the trash are not given out: it is shown without them, to be restored. */
function emptyWhenDeleted(error: unknown): MessagePage {
  if (error instanceof ProblemError && error.status === 410) return { messages: [], nextCursor: null, headId: null };
  throw error;
}

const interruptedSending = "The page was closed before the server had confirmed it.";

const emptySnapshot: ConversationSnapshot = {
  phase: "loading",
  failure: "",
  rows: [],
  hasOlder: false,
  isLoadingOlder: false,
  olderFailure: "",
  hasNewer: false,
  isRunning: false,
  isReconnecting: false,
  unsent: null,
  finished: null,
};

function questionOf(conversationId: string, message: UnsentMessage): Message {
  return {
    id: message.id,
    conversationId,
    parentId: message.parentId ?? null,
    role: "user",
    content: [{ type: "text", text: message.text }],
    status: "complete",
    createdAt: message.createdAt,
    metadata: {},
    position: 0,
    seq: 0,
  };
}
