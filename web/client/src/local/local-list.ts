// The list of conversations, from the device.
import type { KeyValueStore } from "../drafts";
import type { Conversations, ListChange, ListCounts, ListFilter, Undo } from "../client";
import type { ListSnapshot, ListState } from "../snapshots";
import { enqueue } from "../core/local-writes";
import type { LocalStore, StoreChange } from "../core/local-store";
import type { Operation } from "../core/outbox";
import { replayConversation } from "../core/replay";
import type { ServerClock } from "../core/server-clock";
import type { Surroundings } from "../core/server-door";
import { Observable } from "../observable";
import type { Conversation } from "../types";
import { countsOf, filterOf } from "./filters";
import { planChange } from "./list-changes";
import { OutboxByConversation } from "./outbox-by-conversation";

const scopes = ["pinned", "main", "archived", "trash"] as const;
/** More than a screen shows. */
const firstRows = 60;
/** Conversations read at once, after the first ones: a piece of work too short to be noticed. */
const stepRows = 400;
const countsKey = "threadkeep.counts";
/** Filters that were asked for and are kept up to date; the rest is made again when it is asked for. */
const selectsMax = 24;

/** Every method is safe before `begin` and `complete` have resolved; the list is then empty, or the newest part of it. */
export class LocalList extends Observable<ListSnapshot> implements Conversations {
  readonly counts: Observable<ListCounts>;
  private readonly shown = new Map<string, Conversation>();
  private readonly entries = new OutboxByConversation();
  private sorted: Conversation[] = [];
  private phase: "loading" | "ready" = "loading";
  private isAll = false;
  private readonly selects = new Map<string, Derived<ListState>>();
  private readonly countsDerived: Derived<ListCounts>;
  private pending: { ids: Set<string>; entries: Set<string>; isAll: boolean } | null = null;
  private reading: Promise<void> = Promise.resolve();
  private readonly unsubscribe: () => void;

  constructor(
    private readonly store: LocalStore,
    private readonly around: Surroundings,
    private readonly clock: ServerClock,
    /** Where the numbers of the last page are, for the time until all is read: what is above the list must not move it. */
    private readonly memory: KeyValueStore | null = null,
  ) {
    super({ pinned: empty, main: empty, archived: empty, trash: empty });
    this.countsDerived = new Derived(() => (this.isAll ? this.remember(countsOf(this.sorted)) : (this.remembered() ?? countsOf(this.sorted))));
    this.counts = this.countsDerived;
    this.unsubscribe = store.subscribe((change) => this.notice(change));
  }

  /** Reads the newest conversations, so that something is shown. */
  async begin(): Promise<void> {
    const first = await this.store.read(async (tx) => ({ rows: await tx.newestConversations(firstRows), outbox: await tx.outbox() }));
    this.entries.reset(first.outbox);
    this.take(first.rows);
    this.phase = "ready";
    this.update();
  }

  /** Reads all the others, in small steps. */
  async complete(): Promise<void> {
    let last: string | null = null;
    for (;;) {
      const step = this.inTurn(async () => {
        const rows = await this.store.read((tx) => tx.conversationsAfter(last, stepRows));
        for (const row of rows) this.put(row.id, replayConversation(row, this.entries.of(row.id)));
        last = rows.at(-1)?.id ?? last;
        return rows.length === stepRows;
      });
      if (!(await step)) break;
      await new Promise((resolve) => setTimeout(resolve));
    }
    this.sorted = [...this.shown.values()].sort(newestFirst);
    this.isAll = true;
    this.update();
  }

  close(): void {
    this.unsubscribe();
  }

  /** Whether every conversation of the device is in the list. */
  get isComplete(): boolean {
    return this.isAll;
  }

  get(id: string): Conversation | undefined {
    return this.shown.get(id);
  }

  /** Newest first. */
  all(): readonly Conversation[] {
    return this.sorted;
  }

  select(filter: ListFilter): Observable<ListState> {
    const key = JSON.stringify(Object.entries(filter).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)));
    let select = this.selects.get(key);
    if (!select) {
      const isIn = filterOf(filter);
      select = new Derived<ListState>((before) => this.stateOf(this.sorted.filter(isIn), before));
      for (const [old, { isWatched }] of this.selects) {
        if (this.selects.size < selectsMax) break;
        if (!isWatched) this.selects.delete(old);
      }
      this.selects.set(key, select);
    }
    return select;
  }

  idsOf(filter: ListFilter): string[] {
    return this.sorted.filter(filterOf(filter)).map((row) => row.id);
  }

  async change(ids: readonly string[], change: ListChange): Promise<Undo> {
    const rows = ids.flatMap((id) => this.shown.get(id) ?? []);
    const stamp = () => this.clock.stamp();
    const { operations, undo } = planChange(rows, change, stamp);
    await this.enqueue(operations);
    return () => this.enqueue(undo(stamp));
  }

  removeForever(ids: readonly string[]): Promise<void> {
    return this.enqueue(ids.map((conversationId) => ({ type: "delete-conversation", conversationId, forever: true })));
  }

  rename(id: string, title: string): Promise<Undo> {
    return this.change([id], { title });
  }
  setPinned(id: string, isPinned: boolean): Promise<Undo> {
    return this.change([id], { isPinned });
  }
  setArchived(id: string, isArchived: boolean): Promise<Undo> {
    return this.change([id], { isArchived });
  }
  setUnread(id: string, isUnread: boolean): Promise<Undo> {
    return this.change([id], { isUnread });
  }
  setModel(id: string, model: string): Promise<Undo> {
    return this.change([id], { model });
  }
  remove(id: string): Promise<Undo> {
    return this.change([id], { trash: true });
  }
  restore(id: string): Promise<Undo> {
    return this.change([id], { restore: true });
  }

  /** Resolves when what was noticed so far is shown. */
  async settled(): Promise<void> {
    while (this.pending) await this.reading;
    await this.reading;
  }

  /** One reading after the other: what is read later is newer. */
  private inTurn<T>(read: () => Promise<T>): Promise<T> {
    const turn = this.reading.then(read);
    this.reading = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  private remembered(): ListCounts | null {
    try {
      return JSON.parse(this.memory?.getItem(countsKey) ?? "null") as ListCounts | null;
    } catch {
      return null;
    }
  }

  private remember(counts: ListCounts): ListCounts {
    try {
      this.memory?.setItem(countsKey, JSON.stringify(counts));
    } catch {
      // The next page then counts for itself.
    }
    return counts;
  }

  private async enqueue(operations: readonly Operation[]): Promise<void> {
    if (operations.length === 0) return;
    await enqueue(this.store, this.around, operations);
    await this.settled();
  }

  private notice(change: StoreChange): void {
    if (change.conversations !== "all" && change.conversations.size === 0) return;
    const isFirst = this.pending === null;
    this.pending ??= { ids: new Set(), entries: new Set(), isAll: false };
    for (const id of change.outbox) this.pending.entries.add(id);
    if (change.conversations === "all") this.pending.isAll = true;
    else for (const id of change.conversations) this.pending.ids.add(id);
    if (isFirst) this.inTurn(() => this.readPending()).catch(() => undefined);
  }

  private async readPending(): Promise<void> {
    const { pending } = this;
    this.pending = null;
    if (!pending) return;
    if (pending.isAll) return this.readAll();
    const [ids, entryIds] = [[...pending.ids], [...pending.entries]];
    const { rows, entries } = await this.store.read(async (tx) => ({ rows: await tx.conversations(ids), entries: await tx.outboxEntries(entryIds) }));
    this.entries.replace(entryIds, entries);
    this.replace(ids.map((id, index) => [id, replayConversation(rows[index], this.entries.of(id))]));
    this.update();
  }

  private async readAll(): Promise<void> {
    const { rows, outbox } = await this.store.read(async (tx) => ({ rows: await tx.allConversations(), outbox: await tx.outbox() }));
    this.entries.reset(outbox);
    this.shown.clear();
    this.take(rows);
    this.isAll = true;
    this.phase = "ready";
    this.update();
  }

  private take(rows: readonly Conversation[]): void {
    const ids = new Set(rows.map((row) => row.id));
    for (const row of rows) this.put(row.id, replayConversation(row, this.entries.of(row.id)));
    for (const [id, entries] of this.entries.all()) if (!ids.has(id)) this.put(id, replayConversation(this.shown.get(id), entries));
    this.sorted = [...this.shown.values()].sort(newestFirst);
  }

  private replace(changed: [string, Conversation | undefined][]): void {
    const ids = new Set(changed.map(([id]) => id));
    const rest = this.sorted.filter((row) => !ids.has(row.id));
    const added = changed.flatMap(([, row]) => row ?? []).sort(newestFirst);
    for (const [id, row] of changed) this.put(id, row);
    this.sorted = merged(rest, added);
  }

  private put(id: string, row: Conversation | undefined): void {
    if (row) this.shown.set(id, row);
    else this.shown.delete(id);
  }

  private update(): void {
    const lists: Record<(typeof scopes)[number], Conversation[]> = { pinned: [], main: [], archived: [], trash: [] };
    for (const row of this.sorted) {
      lists[row.deletedAt ? "trash" : row.isArchived ? "archived" : row.isPinned ? "pinned" : "main"].push(row);
    }
    const before = this.snapshot();
    const next = {} as Record<(typeof scopes)[number], ListState>;
    for (const scope of scopes) next[scope] = this.stateOf(lists[scope], before[scope]);
    const isSame = scopes.every((scope) => next[scope] === before[scope]);
    if (!isSame) this.publish(next);
    this.countsDerived.refresh();
    for (const select of this.selects.values()) select.refresh();
  }

  private stateOf(items: readonly Conversation[], before: ListState | undefined): ListState {
    const { phase } = this;
    const isSame = before && before.phase === phase && before.items.length === items.length && before.items.every((row, index) => row === items[index]);
    return isSame ? before : { phase, items };
  }
}

/** A value that is made from the list: at once while somebody watches, otherwise when it is asked for. */
class Derived<T> extends Observable<T> {
  private isStale = false;
  private watchers = 0;
  constructor(private readonly make: (before: T | undefined) => T) {
    super(make(undefined));
  }

  override readonly snapshot = (): T => {
    this.refreshIfStale();
    return this.current();
  };

  override readonly subscribe = (listener: () => void): (() => void) => {
    this.refreshIfStale();
    this.watchers += 1;
    const stop = this.listen(listener);
    return () => {
      if (stop()) this.watchers -= 1;
    };
  };

  get isWatched(): boolean {
    return this.watchers > 0;
  }

  refresh(): void {
    this.isStale = true;
    if (this.isWatched) this.refreshIfStale();
  }

  private refreshIfStale(): void {
    if (!this.isStale) return;
    this.isStale = false;
    this.publish(this.make(this.current()));
  }
}

const empty: ListState = { phase: "loading", items: [] };

function newestFirst(a: Conversation, b: Conversation): number {
  return b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1);
}

function merged(a: readonly Conversation[], b: readonly Conversation[]): Conversation[] {
  const rows: Conversation[] = [];
  let next = 0;
  for (const row of a) {
    while (next < b.length && newestFirst(b[next]!, row) < 0) rows.push(b[next++]!);
    rows.push(row);
  }
  while (next < b.length) rows.push(b[next++]!);
  return rows;
}
