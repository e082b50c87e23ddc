// A store in plain maps: for tests, and for a browser that gives no storage.
import { initialState, type LocalStore, type Reading, type SeenAnswer, type StoreChange, type StoredMessage, type SyncState, type Writing } from "../core/local-store";
import type { UnsentFile } from "../core/unsent-file";
import { recoveredBy, type OutboxEntry } from "../core/outbox";
import type { Conversation, Preset } from "../types";

/** One transaction at a time, in the order they were asked for. Rows are shared, never copied: they are not changed in place anywhere. */
export class MemoryStore implements LocalStore {
  readonly conversationRows = new Map<string, Conversation>();
  readonly messageRows = new Map<string, StoredMessage>();
  readonly outboxRows = new Map<string, OutboxEntry>();
  readonly seenRows = new Map<string, SeenAnswer>();
  readonly fileRows = new Map<string, UnsentFile>();
  readonly presetRows = new Map<string, Preset>();
  readonly erasedIds = new Set<string>();
  syncState: SyncState = initialState;
  /** Called before each commit; throwing there is a transaction that was cut off. */
  beforeCommit: () => void = () => undefined;

  private readonly listeners = new Set<(change: StoreChange) => void>();
  private last: Promise<unknown> = Promise.resolve();

  read<T>(work: (tx: Reading) => Promise<T>): Promise<T> {
    return this.after(() => work(new MemoryTransaction(this)));
  }

  write<T>(work: (tx: Writing) => Promise<T>): Promise<T> {
    return this.after(async () => {
      const tx = new MemoryTransaction(this);
      try {
        const value = await work(tx);
        this.beforeCommit();
        this.tell(tx.change);
        return value;
      } catch (error) {
        tx.undo();
        throw error;
      }
    });
  }

  subscribe(listener: (change: StoreChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(change: StoreChange): void {
    for (const listener of [...this.listeners]) listener(change);
  }

  private after<T>(run: () => Promise<T>): Promise<T> {
    const next = this.last.then(run);
    this.last = next.catch(() => undefined);
    return next;
  }
}

class MemoryTransaction implements Writing {
  private readonly undoing: (() => void)[] = [];
  readonly change = { conversations: new Set<string>(), messages: new Set<string>(), deletions: new Set<string>(), outbox: new Set<string>(), files: new Set<string>(), isToSend: false, state: false, presets: false };
  constructor(private readonly store: MemoryStore) {}

  undo(): void {
    for (const step of this.undoing.reverse()) step();
  }

  async state() {
    return this.store.syncState;
  }
  async outbox() {
    return [...this.store.outboxRows.values()].sort(byOrder);
  }
  async outboxOf(conversationIds: readonly string[]) {
    const ids = new Set(conversationIds);
    return this.entries((entry) => ids.has(entry.conversationId));
  }
  async outboxEntries(ids: readonly string[]) {
    return ids.map((id) => this.store.outboxRows.get(id));
  }
  async nextWaiting(after: number | null, limit: number) {
    return this.entries((entry) => entry.state === "waiting" && (after === null || entry.order > after)).slice(0, limit);
  }
  async failedEntries() {
    return this.entries((entry) => entry.state === "failed");
  }
  async orders() {
    const rows = await this.outbox();
    const [first, last] = [rows[0], rows.at(-1)];
    return first && last ? { first: first.order, last: last.order } : null;
  }
  async recoveryOf(conversationId: string) {
    return this.entries((entry) => recoveredBy(entry.operation) === conversationId)[0];
  }
  async conversations(ids: readonly string[]) {
    return ids.map((id) => this.store.conversationRows.get(id));
  }
  async newestConversations(limit: number) {
    return (await this.allConversations()).sort((a, b) => b.updatedAt - a.updatedAt).slice(0, limit);
  }
  async allConversations() {
    return [...this.store.conversationRows.values()];
  }
  async conversationsAfter(after: string | null, limit: number) {
    const rows = (await this.allConversations()).sort((a, b) => (a.id < b.id ? -1 : 1));
    return rows.filter((row) => after === null || row.id > after).slice(0, limit);
  }
  async erased(ids: readonly string[]) {
    return new Set(ids.filter((id) => this.store.erasedIds.has(id)));
  }
  async allErased() {
    return [...this.store.erasedIds];
  }
  async messages(ids: readonly string[]) {
    return ids.map((id) => this.store.messageRows.get(id));
  }
  async messagesBetween(conversationId: string, positionMin: number, positionMax: number) {
    const isIn = (row: StoredMessage) => row.conversationId === conversationId && row.position >= positionMin && row.position <= positionMax;
    return this.where(isIn).sort(byPosition);
  }
  async countFrom(conversationId: string, positionMin: number) {
    return this.where((row) => row.conversationId === conversationId && row.position >= positionMin).length;
  }
  async children(conversationId: string, parents: readonly (string | null)[]) {
    return this.where((row) => row.conversationId === conversationId && parents.includes(row.parentId)).sort(byPosition);
  }
  async messagesAfter(seq: number) {
    return this.where((row) => row.seq > seq).sort((a, b) => a.seq - b.seq);
  }
  async conversationsWithMessages() {
    return [...new Set([...this.store.messageRows.values()].map((row) => row.conversationId))];
  }
  async unfinished() {
    return this.where((row) => row.status === "reserved" || row.status === "streaming");
  }
  async seenAnswers(messageIds: readonly string[]) {
    return messageIds.map((id) => this.store.seenRows.get(id));
  }
  async allSeenAnswers() {
    return [...this.store.seenRows.values()];
  }
  async unsentFiles() {
    return [...this.store.fileRows.values()];
  }
  async presets() {
    return [...this.store.presetRows.values()];
  }

  async putState(state: SyncState) {
    const before = this.store.syncState;
    this.undoing.push(() => (this.store.syncState = before));
    this.store.syncState = state;
    this.change.state = true;
  }
  async putOutbox(entries: readonly OutboxEntry[]) {
    for (const entry of entries) {
      this.set(this.store.outboxRows, entry.id, entry);
      this.touchOutbox(entry);
      if (entry.state === "waiting") this.change.isToSend = true;
    }
  }
  async deleteOutbox(ids: readonly string[]) {
    for (const id of ids) {
      const entry = this.store.outboxRows.get(id);
      if (!entry) continue;
      this.set(this.store.outboxRows, id, undefined);
      this.touchOutbox(entry);
    }
  }
  async putConversations(rows: readonly Conversation[]) {
    for (const row of rows) {
      this.set(this.store.conversationRows, row.id, row);
      this.change.conversations.add(row.id);
    }
  }
  async deleteConversations(ids: readonly string[]) {
    for (const id of ids) {
      this.set(this.store.conversationRows, id, undefined);
      this.change.conversations.add(id);
    }
  }
  async putErased(ids: readonly string[]) {
    for (const id of ids) {
      if (this.store.erasedIds.has(id)) continue;
      this.store.erasedIds.add(id);
      this.undoing.push(() => this.store.erasedIds.delete(id));
    }
  }
  async putMessages(rows: readonly StoredMessage[]) {
    for (const row of rows) {
      this.set(this.store.messageRows, row.id, row);
      this.change.messages.add(row.conversationId);
    }
  }
  noteDeletions(conversationIds: Iterable<string>) {
    for (const id of conversationIds) this.change.deletions.add(id);
  }
  async deleteMessages(ids: readonly string[]) {
    for (const id of ids) {
      const row = this.store.messageRows.get(id);
      if (!row) continue;
      this.set(this.store.messageRows, id, undefined);
      this.change.messages.add(row.conversationId);
    }
  }
  async deleteMessagesOf(conversationIds: readonly string[]) {
    if (conversationIds.length === 0) return;
    const ids = new Set(conversationIds);
    await this.deleteMessages(this.where((row) => ids.has(row.conversationId)).map((row) => row.id));
    await this.deleteSeenAnswers([...this.store.seenRows.values()].filter((one) => ids.has(one.conversationId)).map((one) => one.messageId));
  }
  async putSeenAnswers(seen: readonly SeenAnswer[]) {
    for (const one of seen) this.set(this.store.seenRows, one.messageId, one);
  }
  async deleteSeenAnswers(messageIds: readonly string[]) {
    for (const id of messageIds) if (this.store.seenRows.has(id)) this.set(this.store.seenRows, id, undefined);
  }
  async putUnsentFiles(files: readonly UnsentFile[]) {
    for (const file of files) {
      this.set(this.store.fileRows, file.id, file);
      this.change.files.add(file.id);
      this.change.isToSend = true;
    }
  }
  async deleteUnsentFiles(ids: readonly string[]) {
    for (const id of ids) {
      this.set(this.store.fileRows, id, undefined);
      this.change.files.add(id);
    }
  }

  async putPresets(rows: readonly Preset[]) {
    for (const row of rows) this.set(this.store.presetRows, row.id, row);
    if (rows.length > 0) this.change.presets = true;
  }
  async clearPresets() {
    for (const id of [...this.store.presetRows.keys()]) this.set(this.store.presetRows, id, undefined);
    this.change.presets = true;
  }

  private where(isIn: (row: StoredMessage) => boolean): StoredMessage[] {
    const rows: StoredMessage[] = [];
    for (const row of this.store.messageRows.values()) if (isIn(row)) rows.push(row);
    return rows;
  }
  private entries(isIn: (entry: OutboxEntry) => boolean): OutboxEntry[] {
    return [...this.store.outboxRows.values()].filter(isIn).sort(byOrder);
  }
  private touchOutbox({ id, conversationId, operation }: OutboxEntry): void {
    if ("presetId" in operation) this.change.presets = true;
    this.change.outbox.add(id);
    this.change.conversations.add(conversationId);
    this.change.messages.add(conversationId);
  }
  private set<T>(rows: Map<string, T>, id: string, row: T | undefined): void {
    const before = rows.get(id);
    this.undoing.push(() => (before === undefined ? rows.delete(id) : rows.set(id, before)));
    if (row === undefined) rows.delete(id);
    else rows.set(id, row);
  }
}

function byPosition(a: StoredMessage, b: StoredMessage): number {
  return a.position - b.position;
}

function byOrder(a: OutboxEntry, b: OutboxEntry): number {
  return a.order - b.order;
}
