// One open conversation, from the device: its newest messages at once, older ones on demand, what waits to be sent, and answers as they come.
import type { Api } from "../api";
import type { ConversationSnapshot, QueuedMessage, ViewPhase } from "../snapshots";
import { enqueue } from "../core/local-writes";
import { StorageFullError, type LocalStore, type Reading, type StoreChange } from "../core/local-store";
import type { AskOperation, Operation } from "../core/outbox";
import { putRows } from "../core/rows";
import type { ServerClock } from "../core/server-clock";
import type { Surroundings } from "../core/server-door";
import type { UnsentMessage } from "../drafts";
import type { LiveAnswers } from "../live/live-answers";
import { duetOf, textOf, type MessageRow } from "../message-row";
import { Observable } from "../observable";
import { explain, ProblemError, UnreachableError } from "../problem";
import type { AttachmentBlock, ConversationSettings } from "../types";
import * as windows from "../window";
import { AnswersView } from "./answers-view";
import type { BranchMemory } from "./branch-memory";
import { newestLeaf, readPath, type PathPart } from "./path-reader";
import { endAfter, isShown, queuedOf, queueStart } from "./queue";
import { emptySnapshot, isRowUnfinished, publishMs, sameOr, withLive } from "./shown-rows";
import { branchOf, chosen, readPending, readTrash, type Trash } from "./trash";
import { forkOf, readWholePath, type WholePath } from "./whole-path";

export interface LocalViewParts {
  api: Api;
  store: LocalStore;
  live: LiveAnswers;
  branches: BranchMemory;
  clock: ServerClock;
  around: Surroundings;
  /** Whether the server was reached last, and whether the device has all conversations. */
  connection: () => { state: "starting" | "online" | "offline"; isBehind: boolean };
  onConnection: (listener: () => void) => () => void;
  /** An action failed that could not be kept for later; a sentence for a person. */
  onFailure: (sentence: string) => void;
  onOpened: (conversationId: string) => void;
  /** What the person allows here now. */
  allowedTools: () => string[];
  settingsOfNew: () => ConversationSettings;
}

/** `end`: under `parentId`, or what was put there from this device since; `here`: beside what stands there already. */
interface Asked {
  text: string;
  files: readonly AttachmentBlock[];
  models: string[];
  parentId: string | null;
  place: "end" | "here";
  replaces?: string;
  duet?: AskOperation["duet"];
}

const pageRows = 50;
/** Read at once on the way back to a message that is looked for. */
const backRows = 500;

/**
 * Call `open` once, `dispose` at the end. Every method is safe in any phase: what is not possible does nothing. What is asked, edited and chosen
 * here is on the device when the promise resolves.
 */
export class LocalConversationView extends Observable<ConversationSnapshot> {
  private path: MessageRow[] = [];
  private missing: string | null = null;
  private hasOlderHere = false;
  private window: windows.PathWindow = { start: 0, end: 0 };
  private parts: Pick<ConversationSnapshot, "phase" | "failure" | "isLoadingOlder" | "olderFailure" | "sought" | "unsent" | "finished">;
  private readonly closing = new AbortController();
  private readonly stops: (() => void)[] = [];
  private readonly running = new Set<string>();
  private readonly stopWanted = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private reading: Promise<void> = Promise.resolve();
  private isReadWanted = false;
  private fetchedHead: string | null = null;
  /** What the last reading knew of messages that were deleted or brought back here. */
  private deletions = "[]";
  /** Messages were deleted or brought back anywhere: the next reading looks at all that are shown, not at the newest alone. */
  private isWholeWanted = false;
  private isMade: boolean;
  private isOpen = false;
  private isAskedAhead = false;
  private opening: Promise<void> | null = null;

  constructor(private readonly outside: LocalViewParts, readonly id: string, options: { isNew: boolean }) {
    const phase: ViewPhase = options.isNew ? "ready" : "loading";
    super({ ...emptySnapshot, phase });
    this.parts = { ...emptySnapshot, phase };
    this.isMade = !options.isNew;
  }

  get isRunning(): boolean {
    return this.snapshot().isRunning;
  }

  /** Reads what the device has; the server is asked for what it lacks. Called again, it tries again; while it is at it, that is the same try. */
  open(): Promise<void> {
    this.opening ??= this.openOnce().finally(() => (this.opening = null));
    return this.opening;
  }

  private async openOnce(): Promise<void> {
    this.begin();
    if (this.parts.phase === "missing" || this.parts.phase === "failed") this.set({ phase: "loading", failure: "" });
    await this.readSoon();
    if (this.missing !== null && this.path.length === 0) await this.fetchNewest();
    // Not waited for: what is heard of the connection meanwhile has to be read.
    if (this.parts.phase === "loading" && !this.isAskedAhead) void this.fetchAhead();
    if (this.parts.phase === "ready") this.outside.onOpened(this.id);
  }

  dispose(): void {
    this.closing.abort();
    for (const stop of this.stops.splice(0)) stop();
    if (this.timer) clearTimeout(this.timer);
  }

  /** Shows older messages: from what is shown, from the device, or from the server. */
  async showOlder(): Promise<void> {
    if (this.window.start > 0) {
      this.window = windows.shiftOlder(this.window);
      return this.publishNow();
    }
    const first = this.path[0]?.message;
    if (this.parts.isLoadingOlder || !first || first.parentId === null) return;
    this.set({ isLoadingOlder: true, olderFailure: "" });
    try {
      let part = await this.readOlder(first.parentId);
      if (part.rows.length === 0 && part.missing !== null) {
        await this.fetch(part.missing);
        part = await this.readOlder(first.parentId);
      }
      this.putInFront(first.id, part);
      this.window = windows.shiftOlder(this.window);
      this.set({ isLoadingOlder: false });
    } catch (error) {
      if (!this.closing.signal.aborted) this.set({ isLoadingOlder: false, olderFailure: explain(error) });
    }
  }

  /**
   * Brings a message of this conversation among the rows, wherever it is: on the path that is shown, or on another branch, which is shown then.
   * False: there is no such message, or it cannot be read now.
   */
  async showMessage(id: string): Promise<boolean> {
    await this.open();
    await this.until(({ phase }) => phase !== "loading");
    while (this.parts.isLoadingOlder && !this.closing.signal.aborted) await this.until((now) => !now.isLoadingOlder);
    if (this.parts.phase !== "ready" || this.closing.signal.aborted) return false;
    this.set({ isLoadingOlder: true, olderFailure: "" });
    try {
      const position = await this.positionOf(id);
      let isHere = position !== null && (await this.loadBackTo(id, position));
      if (position !== null && !isHere) {
        await this.switchBranch(id);
        isHere = await this.loadBackTo(id, position);
      }
      if (isHere) this.window = windows.windowAround(this.path.findIndex((row) => row.message.id === id), this.path.length);
      this.set({ isLoadingOlder: false, ...(isHere && { sought: { id, times: (this.parts.sought?.times ?? 0) + 1 } }) });
      return isHere;
    } catch (error) {
      if (!this.closing.signal.aborted) this.set({ isLoadingOlder: false, olderFailure: explain(error) });
      return false;
    }
  }

  /** The whole path that is shown, from its first message on. What is in view stays as it is. */
  async readWhole(options: { signal: AbortSignal; onProgress?: (count: number) => void }): Promise<WholePath> {
    await this.open();
    const readOlder = (from: string) => this.readOlder(from, backRows);
    return readWholePath(this.path, { ...options, readOlder, fetch: (upTo) => this.fetch(upTo) });
  }

  /** Makes a conversation that begins with everything up to this message; resolves with its id, once it is on this device. */
  async fork(upTo: string, signal: AbortSignal): Promise<string> {
    const { store, around } = this.outside;
    const { rows, isWhole } = await this.readWhole({ signal });
    const end = rows.findIndex((row) => row.message.id === upTo);
    const { conversation } = await store.read((tx) => readPath(tx, this.id, 1));
    if (!isWhole || end < 0 || !conversation) throw new UnreachableError();
    const { id, operations } = forkOf(conversation, rows.slice(0, end + 1), around.newId, around.now());
    await enqueue(store, around, operations);
    return id;
  }

  showNewer(): void {
    if (this.window.end >= this.path.length) return;
    this.window = windows.shiftNewer(this.window, this.path.length);
    this.publishNow();
  }

  showNewest(): void {
    this.window = windows.windowAtEnd(this.path.length);
    this.publishNow();
  }

  /**
   * Asks, under the last message that is shown here, or that was sent from this device since; whatever has been added elsewhere. While that is an
   * answer that is being written, the question waits for it.
   */
  send(text: string, models: string[], files: readonly AttachmentBlock[] = []): Promise<void> {
    return this.ask({ text, files, models, parentId: this.path.at(-1)?.message.id ?? null, place: "end" });
  }

  /** Asks the question again in other words: a sibling of `id`. */
  async edit(id: string, text: string, models: string[], files: readonly AttachmentBlock[] = []): Promise<void> {
    const row = this.rowOf(id);
    if (row) await this.ask({ text, files, models, parentId: row.message.parentId, place: "here", replaces: id });
  }

  /** Answers the same question again: a sibling of the answer `id`. In a duet: the same turn again. */
  async again(id: string, models: string[]): Promise<void> {
    const message = this.shownOf(id)?.message;
    if (!message?.parentId) return;
    const duet = duetOf(message);
    if (duet) await this.goOn(message.parentId, duet.models, 1);
    else await this.answer(message.parentId, models);
  }

  /** Begins a duet: two models talk about `text` to each other, for this many answers of both together. */
  startDuet(text: string, models: readonly [string, string], turns: number): Promise<void> {
    return this.ask({ text, files: [], models: [models[0]], parentId: this.path.at(-1)?.message.id ?? null, place: "end", duet: { models, turns } });
  }

  /** Lets a duet go on after this message. */
  goOn(id: string, models: readonly [string, string], turns: number): Promise<void> {
    const before = this.shownOf(id)?.message;
    const duet = before && duetOf(before);
    const first = models[duet ? duet.turn % 2 : 0]!;
    return this.enqueue([{ type: "ask", conversationId: this.id, parentId: id, ...this.askedOf([first]), duet: { models, turns } }]);
  }

  /** Goes on after an answer that was cut short. */
  continueAfter(id: string, models: string[]): Promise<void> {
    return this.answer(id, models);
  }

  /** Stops every answer that is being written in this conversation, and those that are about to be. */
  async stop(): Promise<void> {
    const unfinished = new Set(this.outside.live.of(this.id).filter(isRowUnfinished).map((row) => row.message.id));
    for (const row of this.path.slice(0, this.queueStart()).slice(-8)) {
      if (!isRowUnfinished(row)) continue;
      if (row.origin === "sending") this.stopWanted.add(row.message.id);
      else unfinished.add(row.message.id);
    }
    await Promise.all([...unfinished].map((id) => this.cancel(id)));
  }

  /** Stops one answer, and keeps what came of it. */
  stopAnswer(id: string): Promise<void> {
    return this.cancel(id);
  }

  /** All that was answered under this message; to be disposed by the caller. */
  answersTo(parentId: string): AnswersView {
    const { store, live } = this.outside;
    return new AnswersView({ store, live, conversationId: this.id, parentId });
  }

  /** Shows another sibling and what followed it, in every tab and on every device: where one was in it, or its newest message. */
  async switchBranch(id: string): Promise<void> {
    const { store, clock, branches } = this.outside;
    const leaf = this.path.at(-1)?.message.id;
    const left = this.path.filter((row) => (row.message.siblingIds?.length ?? 0) > 1).map((row) => row.message.id);
    if (leaf) branches.remember(this.id, left, leaf);
    const last = branches.leafOf(this.id, id);
    const head = await store.read(async (tx) => {
      const [isThere] = last === undefined ? [] : await tx.messages([last]);
      return newestLeaf(tx, this.id, isThere?.conversationId === this.id ? isThere.id : id, await tx.outboxOf([this.id]));
    });
    await this.enqueue([{ type: "edit-conversation", conversationId: this.id, editedAt: clock.stamp(), fields: { headId: head } }]);
    if (this.missing !== null && this.path.length === 0) await this.fetchNewest();
  }

  /**
   * Deletes a message, or all that this device has of its branch: at once, everywhere, into the trash of the conversation for 30 days. What others
   * write under it stays. An answer among them that is being written ends with what it has. Resolves with the way back.
   */
  async remove(id: string, extent: "alone" | "branch"): Promise<{ count: number; isStopped: boolean; undo: () => Promise<void> }> {
    const { store, live, clock } = this.outside;
    const head = this.path.at(-1)?.message.id;
    const ids = await store.read(async (tx) => (extent === "alone" ? [id] : branchOf(tx, this.id, id, await tx.outboxOf([this.id]))));
    const isStopped = live.of(this.id).some((row) => isRowUnfinished(row) && ids.includes(row.message.id));
    const editedAt = clock.stamp();
    await this.enqueue(chosen(ids).map((messageIds) => ({ type: "delete-messages", conversationId: this.id, messageIds, editedAt })));
    const undo = () => this.restore(ids, head !== undefined && ids.includes(head) ? head : undefined);
    return { count: ids.length, isStopped, undo };
  }

  /** Brings messages back out of the trash. `head`: what was shown as the last message. */
  async restore(ids: readonly string[], head?: string): Promise<void> {
    const { clock } = this.outside;
    const editedAt = clock.stamp();
    const operations: Operation[] = chosen(ids).map((messageIds) => ({ type: "restore-messages", conversationId: this.id, messageIds, editedAt }));
    if (head !== undefined) operations.push({ type: "edit-conversation", conversationId: this.id, editedAt, fields: { headId: head } });
    await this.enqueue(operations);
  }

  /** Erases the words of messages that are in the trash. Cannot be undone. */
  async removeForever(ids: readonly string[]): Promise<void> {
    const editedAt = this.outside.clock.stamp();
    await this.enqueue(chosen(ids).map((messageIds) => ({ type: "delete-messages", conversationId: this.id, messageIds, editedAt, forever: true })));
  }

  /** What is in the trash of this conversation, those deleted last first. Without the server: what was deleted here and is not sent yet. */
  async readTrash(signal: AbortSignal): Promise<Trash> {
    const { api, store } = this.outside;
    const pending = await store.read((tx) => readPending(tx, this.id));
    return readTrash(api, this.id, pending, signal);
  }

  /** Tries again to keep a message for which the device had no room. */
  async retryUnsent(): Promise<void> {
    const { unsent } = this.parts;
    if (!unsent) return;
    const place = unsent.replaces === undefined ? "end" : "here";
    await this.ask({ text: unsent.text, files: unsent.files, models: unsent.models, parentId: unsent.parentId ?? null, place, replaces: unsent.replaces });
  }

  takeBackUnsent(): string {
    const text = this.parts.unsent?.text ?? "";
    this.set({ unsent: null });
    return text;
  }

  private begin(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    const { store, live, onConnection } = this.outside;
    this.stops.push(
      store.subscribe((change) => {
        if (!this.isAboutThis(change)) return;
        this.isWholeWanted ||= change.messages === "all" || change.deletions.has(this.id);
        void this.readSoon();
      }),
      live.watch(this.id, () => this.noticeLive()),
      onConnection(() => this.noticeConnection()),
    );
  }

  private isAboutThis({ conversations, messages }: StoreChange): boolean {
    return conversations === "all" || messages === "all" || conversations.has(this.id) || messages.has(this.id);
  }

  private async ask(what: Asked): Promise<void> {
    const { around } = this.outside;
    this.begin();
    const { text, files, models, parentId } = what;
    const createdAt = around.now();
    const message = { id: around.newId(), parentId, content: [...files, ...(text === "" ? [] : [{ type: "text" as const, text }])], createdAt };
    const question: AskOperation = { type: "ask", conversationId: this.id, message, ...this.askedOf(models), ...(what.duet && { duet: what.duet }) };
    const settings = this.outside.settingsOfNew();
    const set = Object.keys(settings).length > 0 ? { settings } : {};
    const conversation = { id: this.id, createdAt, ...(models[0] ? { model: models[0] } : {}), ...set };
    const isFirst = !this.isMade;
    const operations = async (tx: Reading): Promise<Operation[]> => {
      if (isFirst) return [{ type: "create-conversation", conversation }, question];
      const under = what.place === "end" ? await endAfter(tx, this.id, parentId) : parentId;
      return [{ ...question, message: { ...message, parentId: under } }];
    };
    this.window = windows.windowAtEnd(this.path.length);
    const wasMade = this.isMade;
    this.isMade = true;
    try {
      await this.enqueue(operations);
      this.set({ unsent: null });
    } catch (error) {
      this.isMade = wasMade;
      const unsent: UnsentMessage = { id: message.id, text, files, parentId, models, createdAt, replaces: what.replaces };
      const reason = error instanceof StorageFullError ? "There is no room left on this device." : "This device could not store it.";
      this.set({ unsent: { ...unsent, reason } });
    }
  }

  private answer(parentId: string, models: string[]): Promise<void> {
    return this.enqueue([{ type: "ask", conversationId: this.id, parentId, ...this.askedOf(models) }]);
  }

  private askedOf(models: string[]): Pick<AskOperation, "models" | "answerIds" | "tools"> {
    const tools = this.outside.allowedTools();
    return { models, answerIds: models.map(() => this.outside.around.newId()), ...(tools.length > 0 && { tools }) };
  }

  private async enqueue(operations: Parameters<typeof enqueue>[2]): Promise<void> {
    await enqueue(this.outside.store, this.outside.around, operations);
    await this.readSoon();
  }

  private async cancel(id: string): Promise<void> {
    try {
      await this.outside.api.cancelGeneration(id);
    } catch (error) {
      if (!this.closing.signal.aborted) this.outside.onFailure(explain(error));
    }
  }

  /** As it is shown: with what was streamed of it since it was read. */
  private shownOf(id: string): MessageRow | undefined {
    return this.snapshot().rows.findLast((row) => row.message.id === id) ?? this.rowOf(id);
  }

  private rowOf(id: string): MessageRow | undefined {
    return this.path.findLast((row) => row.message.id === id);
  }

  /** Null: there is no such message in this conversation, on the device or the server. */
  private async positionOf(id: string): Promise<number | null> {
    const onPath = this.rowOf(id)?.message.position;
    if (onPath !== undefined) return onPath;
    const held = async () => (await this.outside.store.read((tx) => tx.messages([id])))[0];
    let row = await held();
    if (!row) {
      try {
        await this.fetch(id);
      } catch (error) {
        if (error instanceof ProblemError && !error.isTemporary) return null;
        throw error;
      }
      row = await held();
    }
    return row?.conversationId === this.id ? row.position : null;
  }

  /** Reads older messages, and shows none of them yet, until the message is on the path. False: it is on another branch. */
  private async loadBackTo(id: string, position: number): Promise<boolean> {
    for (;;) {
      if (this.rowOf(id)) return true;
      const first = this.path[0]?.message;
      // Positions grow along a path: what is not on it by now will not come.
      if (!first || first.parentId === null || first.position <= position) return false;
      let part = await this.readOlder(first.parentId, backRows);
      if (part.rows.length === 0 && part.missing !== null) {
        await this.fetch(part.missing);
        part = await this.readOlder(first.parentId, backRows);
        if (part.rows.length === 0) return false;
      }
      this.closing.signal.throwIfAborted();
      this.putInFront(first.id, part);
    }
  }

  /** Does nothing where the path was replaced meanwhile. */
  private putInFront(firstId: string, part: PathPart): void {
    if (this.path[0]?.message.id !== firstId) return;
    this.path = [...part.rows, ...this.path];
    this.missing = part.missing;
    this.hasOlderHere = part.hasOlder;
    this.window = windows.afterPrepend(this.window, part.rows.length);
  }

  private readOlder(from: string, rows = pageRows): Promise<PathPart> {
    return this.outside.store.read((tx) => readPath(tx, this.id, rows, { from }));
  }

  private async fetchNewest(): Promise<void> {
    try {
      await this.fetch();
      await this.readSoon();
    } catch (error) {
      if (this.closing.signal.aborted) return;
      const isGone = error instanceof ProblemError && (error.status === 404 || error.status === 410);
      if (!isGone && this.path.length === 0) this.set({ phase: "failed", failure: explain(error) });
    }
  }

  /** The first copy is still being fetched: this conversation is asked for beside it. */
  private async fetchAhead(): Promise<void> {
    this.isAskedAhead = true;
    const { api, store } = this.outside;
    const { signal } = this.closing;
    try {
      const { epoch } = await store.read((tx) => tx.state());
      const asked = [api.getConversation(this.id, signal), api.listMessages(this.id, { limit: pageRows, deleted: true }, signal)] as const;
      const [conversation, page] = await Promise.all(asked);
      await store.write(async (tx) => {
        if ((await tx.state()).epoch === epoch) await putRows(tx, epoch, [conversation], page.messages, this.outside.around);
      });
      await this.open();
    } catch {
      // It comes with the first copy; whether it is missing is known then.
    }
  }

  /** The page that ends in the message `upTo`, or the newest one, from the server into the store. */
  private async fetch(upTo?: string): Promise<void> {
    const { api, store } = this.outside;
    for (let isKept = false; !isKept; ) {
      const { epoch } = await store.read((tx) => tx.state());
      const page = await api.listMessages(this.id, { limit: pageRows, deleted: true, ...(upTo ? { upTo } : {}) }, this.closing.signal);
      // The first copy may have come in meanwhile, or the server was restored: whose rows these are is not known then.
      isKept = await store.write(async (tx) => {
        if ((await tx.state()).epoch !== epoch) return false;
        await putRows(tx, epoch, [], page.messages, this.outside.around);
        return true;
      });
    }
  }

  /** One reading at a time; what is asked for meanwhile is read once more after it. */
  private readSoon(): Promise<void> {
    if (this.isReadWanted) return this.reading;
    this.isReadWanted = true;
    this.reading = this.reading.then(async () => {
      if (!this.closing.signal.aborted) await this.read();
    });
    return this.reading;
  }

  private async read(): Promise<void> {
    const known = new Set(this.path.map((row) => row.message.id));
    try {
      const part = await this.outside.store.read((tx) => {
        // What is stored from here on is for the next reading.
        this.isReadWanted = false;
        const rows = this.isWholeWanted ? Math.max(pageRows, this.path.length) : pageRows;
        this.isWholeWanted = false;
        return readPath(tx, this.id, rows, { isKnown: (id) => known.size === 0 || known.has(id) });
      });
      this.take(part);
    } catch (error) {
      this.isReadWanted = false;
      if (this.parts.phase !== "ready") this.set({ phase: "failed", failure: explain(error) });
    }
  }

  private take(part: PathPart): void {
    if (!part.conversation) return this.takeNothing();
    this.isMade = true;
    const before = this.path;
    // Older pages may have been put in front since the reading began.
    const known = new Map(before.map((row, index) => [row.message.id, index]));
    if (part.rows.length === 0 && part.missing !== null && before.length > 0) {
      // The head came before its message; if it does not follow by itself, it is fetched, once.
      if (this.fetchedHead !== part.missing) void this.fetchNewest();
      this.fetchedHead = part.missing;
      return;
    }
    const parentId = part.rows[0]?.message.parentId;
    const joint = typeof parentId === "string" ? known.get(parentId) : undefined;
    const rows = part.rows.map((row) => sameOr(row, before[known.get(row.message.id) ?? -1]));
    if (joint === undefined) {
      this.missing = part.missing;
      this.hasOlderHere = part.hasOlder;
      this.path = rows;
    } else {
      this.path = [...before.slice(0, joint + 1), ...rows];
    }
    this.noticeDeletions(part);
    const isMoved = before.length !== this.path.length || before.at(-1)?.message.id !== this.path.at(-1)?.message.id;
    if (isMoved) this.window = windows.afterEndChange(this.window, before.length, this.path.length);
    for (const row of this.path.slice(-8)) if (!isRowUnfinished(row)) this.outside.live.settle(row.message.id);
    if (this.missing !== null && this.path.length === 0) return;
    this.set({ phase: "ready", failure: "" });
  }

  /** What was read may be the newest rows alone. */
  private noticeDeletions({ deletions = "[]" }: PathPart): void {
    if (deletions === this.deletions) return;
    this.deletions = deletions;
    if (this.path.length <= pageRows) return;
    this.isWholeWanted = true;
    void this.readSoon();
  }

  private takeNothing(): void {
    if (!this.isMade) return;
    const { state, isBehind } = this.outside.connection();
    if (this.path.length > 0) this.path = [];
    this.window = { start: 0, end: 0 };
    if (!isBehind) this.set({ phase: "missing", failure: "" });
    else if (state === "offline") this.set({ phase: "failed", failure: "It is not on this device yet, and the server cannot be reached." });
    else this.set({ phase: "loading" });
  }

  private noticeConnection(): void {
    if (this.parts.phase === "loading" || this.parts.phase === "failed") void this.open();
    else this.publishSoon();
  }

  private noticeLive(): void {
    for (const row of this.outside.live.of(this.id)) {
      const { id } = row.message;
      if (isRowUnfinished(row)) {
        this.running.add(id);
        if (this.stopWanted.delete(id)) void this.cancel(id);
      } else if (this.running.delete(id) && this.rowOf(id)) {
        this.parts = { ...this.parts, finished: { id, text: textOf(row.message) } };
        return this.publishNow();
      }
    }
    this.publishSoon();
  }

  private queueStart(): number {
    const { live, connection } = this.outside;
    return queueStart(this.path, connection().state === "online", (id) => live.get(id));
  }

  /** The queue that is shown already, where nothing in it has changed. */
  private sameQueue(queued: readonly QueuedMessage[]): readonly QueuedMessage[] {
    const before = this.snapshot().queued;
    const isSame = queued.length === before.length && queued.every((one, at) => one.id === before[at]!.id && one.reason === before[at]!.reason);
    return isSame ? before : queued;
  }

  /** Resolves when it is so, or when the view is closed. */
  private until(isSo: (now: ConversationSnapshot) => boolean): Promise<void> {
    if (isSo(this.snapshot()) || this.closing.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = this.subscribe(() => {
        if (!isSo(this.snapshot())) return;
        stop();
        resolve();
      });
      this.closing.signal.addEventListener("abort", () => (stop(), resolve()), { once: true });
    });
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
    if (this.closing.signal.aborted) return;
    const { live, connection } = this.outside;
    const isOnline = connection().state === "online";
    const shownEnd = this.queueStart();
    const end = Math.min(this.window.end, shownEnd);
    const rows = this.path.slice(this.window.start, end).filter(isShown).map((row) => withLive(row, live.get(row.message.id)));
    const before = this.snapshot().rows;
    const isSame = rows.length === before.length && rows.every((row, index) => row === before[index]);
    const isStored = this.path.slice(0, shownEnd).slice(-4).some((row) => row.origin === "server" && isRowUnfinished(withLive(row, live.get(row.message.id))));
    const isRunning = (isOnline && isStored) || live.of(this.id).some(isRowUnfinished);
    this.publish({
      ...this.parts,
      rows: isSame ? before : rows,
      hasOlder: this.window.start > 0 || this.missing !== null || this.hasOlderHere,
      hasNewer: this.window.end < shownEnd,
      isRunning,
      queued: this.sameQueue(queuedOf(this.path, shownEnd)),
      isReconnecting: isRunning && !isOnline,
    });
  }
}
