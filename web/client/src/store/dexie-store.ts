// The copy on the device, in IndexedDB.
import Dexie, { type Table, type Transaction } from "dexie";
import { openChannel } from "../channel";
import {
  initialState,
  StorageClosedError,
  StorageFullError,
  type LocalStore,
  type Opened,
  type Reading,
  type SeenAnswer,
  type StoreChange,
  type StoredMessage,
  type SyncState,
  type Writing,
} from "../core/local-store";
import type { UnsentFile } from "../core/unsent-file";
import { recoveredFrom, type OutboxEntry } from "../core/outbox";
import { isUnfinished, type Conversation, type Preset } from "../types";

/** A message with what its indexes need: IndexedDB cannot index `null` or `false`. */
interface MessageRecord extends StoredMessage {
  /** The parent, "" for a first message. */
  under: string;
  /** Only there while the answer is being written. */
  unfinished?: 1;
}
/** A message that the text index has to look at again: new, changed or gone. */
export interface TextQueueRecord {
  messageId: string;
  /** There when the message is gone for good: its words must go too. */
  gone?: 1;
}
/** A part of the text index; see search/text-index.ts. */
export interface TextSegment {
  n: number;
  words: string;
  starts: Uint32Array;
  places: Uint16Array;
  messageIds: string[];
  times: Float64Array;
}

/** The bytes of a file. */
export interface FileRecord {
  id: string;
  bytes: Blob;
  size: number;
  usedAt: number;
}

/**
 * The tables. Another tab may run an older or a newer page on the same data: versions only add tables and indexes, they never drop or rename
 * one, and a field that is indexed keeps its meaning.
 */
export class DeviceDatabase extends Dexie {
  declare conversations: Table<Conversation, string>;
  declare messages: Table<MessageRecord, string>;
  declare outbox: Table<OutboxEntry, string>;
  declare erased: Table<{ id: string }, string>;
  declare state: Table<SyncState & { key: "sync" }, string>;
  declare opened: Table<Opened, string>;
  declare textQueue: Table<TextQueueRecord, string>;
  declare textSegments: Table<TextSegment, number>;
  declare seenAnswers: Table<SeenAnswer, string>;
  declare unsentFiles: Table<UnsentFile, string>;
  declare presets: Table<Preset, string>;
  /** Not among the tables that every transaction takes: bytes are put and read by themselves. */
  declare files: Table<FileRecord, string>;

  constructor(name: string) {
    super(name, { chromeTransactionDurability: "strict" });
    this.version(1).stores({
      conversations: "id, updatedAt",
      messages: "id, [conversationId+position], [conversationId+under], seq, unfinished",
      outbox: "id, order",
      erased: "id",
      state: "key",
      opened: "conversationId, openedAt",
      textQueue: "messageId",
      textSegments: "n",
    });
    // What is indexed here stands in every entry that was written before: nothing of it has to be changed.
    this.version(2).stores({ outbox: `id, order, [conversationId+order], [state+order], ${recoveredFromPath}` });
    this.version(3).stores({ seenAnswers: "messageId, conversationId" });
    this.version(4).stores({ unsentFiles: "id", files: "id, usedAt" });
    this.version(5).stores({ presets: "id" });
  }
}

const recoveredFromPath = `operation.conversation.metadata.${recoveredFrom}`;

export type ClosedBecause = "newer-page" | "wiped" | "lost";

export interface DexieStoreOptions {
  /** Hears that this store has closed by itself; nothing works through it any more. */
  onClosed?: (why: ClosedBecause) => void;
}

/** Opening takes a few milliseconds, an upgrade of a large copy some hundreds. */
const openMsMax = 2_000;

/** Steps of promises between a commit and the readings that follow it, with some to spare: all of it before the browser does anything else. */
const gatherHops = 12;

export class DexieStore implements LocalStore {
  readonly db: DeviceDatabase;
  private readonly listeners = new Set<(change: StoreChange) => void>();
  private readonly channel: BroadcastChannel | null;
  private isClosed = false;
  private isOpened = false;
  private readonly reads: { work: (tx: Reading) => Promise<unknown>; resolve: (value: unknown) => void; reject: (error: unknown) => void }[] = [];

  private constructor(readonly name: string, options: DexieStoreOptions) {
    this.db = new DeviceDatabase(name);
    this.channel = openChannel(`${name}.changes`);
    // A tab with an older page says nothing of deletions and files.
    if (this.channel) this.channel.onmessage = (event: MessageEvent<StoreChange>) => this.tell({ ...event.data, deletions: event.data.deletions ?? new Set(), files: event.data.files ?? new Set() });
    // Left open, or opened again by itself, this page's older code would put back what the newer page's upgrade has changed. `false` keeps
    // Dexie's own listener from running, which allows just that.
    this.db.on("versionchange", (event) => {
      if (!this.isOpened) return true;
      this.close();
      options.onClosed?.(event.newVersion === null ? "wiped" : "newer-page");
      return false;
    });
    // Also told when we close it ourselves, and when it could not be opened, which is no loss.
    this.db.on("close", () => {
      if (this.isClosed || !this.isOpened) return;
      queueMicrotask(() => this.close());
      options.onClosed?.("lost");
    });
  }

  /**
   * Rejects when the browser gives no storage, or says nothing for `openMsMax`: a wedged backend, or another tab whose upgrade does not end. A copy that a newer page has upgraded opens too: what that one has added is left alone.
   */
  static async open(name: string, options: DexieStoreOptions = {}): Promise<DexieStore> {
    const store = new DexieStore(name, options);
    try {
      await within(openMsMax, store.db.open());
      store.isOpened = true;
      return store;
    } catch (error) {
      store.close();
      throw error;
    }
  }

  close(): void {
    this.isClosed = true;
    this.db.close({ disableAutoOpen: true });
    this.channel?.close();
  }

  /** Erases everything, in every tab: the others hear that they are closed. */
  async wipe(): Promise<void> {
    this.close();
    await Dexie.delete(this.name);
  }

  /** What is asked for at one time is read in one transaction: after a commit the list, the outbox, the open conversation and the sending each ask. */
  read<T>(work: (tx: Reading) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const isFirst = this.reads.length === 0;
      this.reads.push({ work, resolve: resolve as (value: unknown) => void, reject });
      if (isFirst) void this.readTogether();
    });
  }

  private async readTogether(): Promise<void> {
    for (let hop = 0; hop < gatherHops; hop += 1) await undefined;
    const reads = this.reads.splice(0);
    try {
      // Who waits goes on outside of the transaction: inside of it, what is stored next would be taken as part of it.
      const outcomes = await guarded(() =>
        this.db.transaction("r", coreTables(this.db), (tx) => {
          const reading = new DexieTransaction(this.db, tx);
          return Promise.all(reads.map(({ work }) => outcomeOf(() => work(reading))));
        }),
      );
      outcomes.forEach((outcome, index) => ("value" in outcome ? reads[index]!.resolve(outcome.value) : reads[index]!.reject(outcome.error)));
    } catch (error) {
      for (const { reject } of reads) reject(error);
    }
  }

  async write<T>(work: (tx: Writing) => Promise<T>): Promise<T> {
    let change: StoreChange | null = null;
    const value = await guarded(() =>
      this.db.transaction("rw", coreTables(this.db), async (tx) => {
        const writing = new DexieTransaction(this.db, tx);
        const result = await work(writing);
        change = writing.change;
        return result;
      }),
    );
    if (change) {
      this.tell(change);
      if (!this.isClosed) this.channel?.postMessage(change);
    }
    return value;
  }

  subscribe(listener: (change: StoreChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(change: StoreChange): void {
    for (const listener of [...this.listeners]) listener(change);
  }
}

function coreTables(db: DeviceDatabase): Table[] {
  return [db.conversations, db.messages, db.outbox, db.erased, db.state, db.textQueue, db.seenAnswers, db.unsentFiles, db.presets];
}

class DexieTransaction implements Writing {
  readonly change = { conversations: new Set<string>(), messages: new Set<string>(), deletions: new Set<string>(), outbox: new Set<string>(), files: new Set<string>(), isToSend: false, state: false, presets: false };
  constructor(private readonly db: DeviceDatabase, _tx: Transaction) {}

  async state(): Promise<SyncState> {
    const held = await this.db.state.get("sync");
    return held ? { epoch: held.epoch, cursor: held.cursor, fill: held.fill, restored: held.restored, hasPresets: held.hasPresets } : initialState;
  }
  outbox() {
    return this.db.outbox.orderBy("order").toArray();
  }
  async outboxOf(conversationIds: readonly string[]) {
    const of = (id: string) => this.db.outbox.where("[conversationId+order]").between([id, Dexie.minKey], [id, Dexie.maxKey]).toArray();
    const lists = await Promise.all(conversationIds.map(of));
    return lists.length === 1 ? lists[0]! : lists.flat().sort((a, b) => a.order - b.order);
  }
  outboxEntries(ids: readonly string[]) {
    return this.db.outbox.bulkGet([...ids]);
  }
  nextWaiting(after: number | null, limit: number) {
    const range = [["waiting", after ?? Dexie.minKey], ["waiting", Dexie.maxKey]] as const;
    return this.db.outbox.where("[state+order]").between(...range, after === null, true).limit(limit).toArray();
  }
  failedEntries() {
    return this.db.outbox.where("[state+order]").between(["failed", Dexie.minKey], ["failed", Dexie.maxKey]).toArray();
  }
  async orders() {
    const ends = [this.db.outbox.orderBy("order"), this.db.outbox.orderBy("order").reverse()].map((rows) => rows.limit(1).keys());
    const [[first], [last]] = (await Promise.all(ends)) as [number[], number[]];
    return first === undefined || last === undefined ? null : { first, last };
  }
  recoveryOf(conversationId: string) {
    return this.db.outbox.where(recoveredFromPath).equals(conversationId).first();
  }
  conversations(ids: readonly string[]) {
    return this.db.conversations.bulkGet([...ids]);
  }
  newestConversations(limit: number) {
    return this.db.conversations.orderBy("updatedAt").reverse().limit(limit).toArray();
  }
  allConversations() {
    return this.db.conversations.toArray();
  }
  conversationsAfter(after: string | null, limit: number) {
    const from = after === null ? this.db.conversations.toCollection() : this.db.conversations.where("id").above(after);
    return from.limit(limit).toArray();
  }
  async erased(ids: readonly string[]) {
    const rows = await this.db.erased.bulkGet([...ids]);
    return new Set(rows.flatMap((row) => row?.id ?? []));
  }
  async allErased() {
    return (await this.db.erased.toCollection().primaryKeys()) as string[];
  }
  messages(ids: readonly string[]) {
    return this.db.messages.bulkGet([...ids]);
  }
  messagesBetween(conversationId: string, positionMin: number, positionMax: number) {
    const range = [[conversationId, positionMin], [conversationId, positionMax]] as const;
    return this.db.messages.where("[conversationId+position]").between(...range, true, true).toArray();
  }
  countFrom(conversationId: string, positionMin: number) {
    const range = [[conversationId, positionMin], [conversationId, Dexie.maxKey]] as const;
    return this.db.messages.where("[conversationId+position]").between(...range, true, true).count();
  }
  children(conversationId: string, parents: readonly (string | null)[]) {
    // One request each, all at once: for many keys Dexie's own way is a cursor, which goes to and fro for every row.
    const under = (parent: string | null) => this.db.messages.where("[conversationId+under]").equals([conversationId, parent ?? ""]).toArray();
    // Dexie's own promise: after several others, who awaits it inside of a function of his own is outside of the transaction.
    return Dexie.Promise.all(parents.map(under)).then((rows) => rows.flat().sort((a, b) => a.position - b.position)) as unknown as Promise<StoredMessage[]>;
  }
  messagesAfter(seq: number) {
    return this.db.messages.where("seq").above(seq).toArray();
  }
  async conversationsWithMessages() {
    const keys = (await this.db.messages.orderBy("[conversationId+position]").keys()) as unknown as [string, number][];
    return [...new Set(keys.map(([id]) => id))];
  }
  unfinished() {
    return this.db.messages.where("unfinished").equals(1).toArray();
  }
  seenAnswers(messageIds: readonly string[]) {
    return this.db.seenAnswers.bulkGet([...messageIds]);
  }
  allSeenAnswers() {
    return this.db.seenAnswers.toArray();
  }
  unsentFiles() {
    return this.db.unsentFiles.toArray();
  }
  presets() {
    return this.db.presets.toArray();
  }

  async putState(state: SyncState) {
    await this.db.state.put({ ...state, key: "sync" });
    this.change.state = true;
  }
  async putOutbox(entries: readonly OutboxEntry[]) {
    if (entries.length === 0) return;
    await this.db.outbox.bulkPut([...entries]);
    this.touchOutbox(entries);
    if (entries.some((entry) => entry.state === "waiting")) this.change.isToSend = true;
  }
  async deleteOutbox(ids: readonly string[]) {
    if (ids.length === 0) return;
    const entries = await this.db.outbox.bulkGet([...ids]);
    await this.db.outbox.bulkDelete([...ids]);
    this.touchOutbox(entries.filter((entry) => entry !== undefined));
  }
  async putConversations(rows: readonly Conversation[]) {
    if (rows.length === 0) return;
    await this.db.conversations.bulkPut([...rows]);
    for (const row of rows) this.change.conversations.add(row.id);
  }
  async deleteConversations(ids: readonly string[]) {
    if (ids.length === 0) return;
    await this.db.conversations.bulkDelete([...ids]);
    for (const id of ids) this.change.conversations.add(id);
  }
  async putErased(ids: readonly string[]) {
    await this.db.erased.bulkPut(ids.map((id) => ({ id })));
  }
  async putMessages(rows: readonly StoredMessage[]) {
    if (rows.length === 0) return;
    const records = rows.map((row): MessageRecord => ({ ...row, under: row.parentId ?? "", ...unfinishedMark(row) }));
    await this.db.messages.bulkPut(records);
    const readable = rows.filter((row) => !isUnfinished(row.status)).map((row) => ({ messageId: row.id }));
    if (readable.length > 0) await this.db.textQueue.bulkPut(readable);
    for (const row of rows) this.change.messages.add(row.conversationId);
  }
  noteDeletions(conversationIds: Iterable<string>) {
    for (const id of conversationIds) this.change.deletions.add(id);
  }
  async deleteMessages(ids: readonly string[]) {
    if (ids.length === 0) return;
    const rows = await this.db.messages.bulkGet([...ids]);
    for (const row of rows) if (row) this.change.messages.add(row.conversationId);
    await this.forget([...ids]);
  }
  async deleteMessagesOf(conversationIds: readonly string[]) {
    for (const id of conversationIds) {
      const ids = await this.db.messages.where("[conversationId+position]").between([id, Dexie.minKey], [id, Dexie.maxKey]).primaryKeys();
      if (ids.length === 0) continue;
      await this.forget(ids as string[]);
      this.change.messages.add(id);
    }
    if (conversationIds.length > 0) await this.db.seenAnswers.where("conversationId").anyOf([...conversationIds]).delete();
  }
  async putSeenAnswers(seen: readonly SeenAnswer[]) {
    await this.db.seenAnswers.bulkPut([...seen]);
  }
  async deleteSeenAnswers(messageIds: readonly string[]) {
    if (messageIds.length > 0) await this.db.seenAnswers.bulkDelete([...messageIds]);
  }
  async putUnsentFiles(files: readonly UnsentFile[]) {
    if (files.length === 0) return;
    await this.db.unsentFiles.bulkPut([...files]);
    for (const { id } of files) this.change.files.add(id);
    this.change.isToSend = true;
  }
  async deleteUnsentFiles(ids: readonly string[]) {
    if (ids.length === 0) return;
    await this.db.unsentFiles.bulkDelete([...ids]);
    for (const id of ids) this.change.files.add(id);
  }
  async putPresets(rows: readonly Preset[]) {
    if (rows.length === 0) return;
    await this.db.presets.bulkPut([...rows]);
    this.change.presets = true;
  }
  async clearPresets() {
    await this.db.presets.clear();
    this.change.presets = true;
  }

  private async forget(ids: string[]): Promise<void> {
    await this.db.messages.bulkDelete(ids);
    await this.db.textQueue.bulkPut(ids.map((messageId) => ({ messageId, gone: 1 as const })));
  }
  private touchOutbox(entries: readonly OutboxEntry[]): void {
    for (const { id, conversationId, operation } of entries) {
      if ("presetId" in operation) this.change.presets = true;
      this.change.outbox.add(id);
      this.change.conversations.add(conversationId);
      this.change.messages.add(conversationId);
    }
  }
}

async function within<T>(ms: number, promise: PromiseLike<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StorageClosedError("The browser does not open the copy on this device.")), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function outcomeOf(run: () => Promise<unknown>): Promise<{ value: unknown } | { error: unknown }> {
  try {
    return { value: await run() };
  } catch (error) {
    return { error };
  }
}

function unfinishedMark(row: StoredMessage): { unfinished?: 1 } {
  return isUnfinished(row.status) ? { unfinished: 1 } : {};
}

async function guarded<T>(run: () => PromiseLike<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (named(error, "QuotaExceededError")) throw new StorageFullError("There is no room on this device.", { cause: error });
    if (named(error, "DatabaseClosedError")) throw new StorageClosedError("The copy on this device is closed.", { cause: error });
    throw error;
  }
}

function named(error: unknown, name: string): boolean {
  const { name: own, inner } = (error ?? {}) as { name?: string; inner?: unknown };
  return own === name || (inner !== undefined && inner !== error && named(inner, name));
}
