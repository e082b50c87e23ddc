// Puts the client together: the store, the list, the outbox, and the leading tab's engine.
import { createApi, type Api } from "./api";
import { UnsentError, type Client, type ConnectionSnapshot } from "./client";
import { initialState, type LocalStore } from "./core/local-store";
import { ServerClock } from "./core/server-clock";
import { Drafts, type KeyValueStore } from "./drafts";
import type { LocalFiles } from "./files/device-files";
import { newId } from "./ids";
import { Engine } from "./live/engine";
import { leadWhenFirst } from "./live/leader";
import { LiveAnswers } from "./live/live-answers";
import { TabChannel, type TabMessage } from "./live/tab-channel";
import { BranchMemory } from "./local/branch-memory";
import { heldConversation, type HeldConversation } from "./local/held";
import { keepWithinBudget, LocalStorageRoom } from "./local/device-storage";
import { LocalList } from "./local/local-list";
import { LocalOutbox } from "./local/local-outbox";
import { DeviceSearch } from "./local/device-search";
import { LocalConversationView } from "./local/local-view";
import { RunningConversations } from "./local/running";
import { Observable } from "./observable";
import type { LocalPresets } from "./presets";
import { DexieStore, type ClosedBecause } from "./store/dexie-store";
import type { ConversationSettings } from "./types";

export interface ClientOptions {
  api?: Api;
  /** The name of the database; one for each user and server. */
  name?: string;
  /** For drafts; the browser's localStorage when left out. */
  drafts?: KeyValueStore | null;
  /** `memory`: nothing is kept on this device after the tab is closed, for a shared computer. */
  keep?: "device" | "memory";
  /** An action failed that could not be kept for later; a sentence for a person. */
  onFailure?: (sentence: string) => void;
  /** The tools that need to be allowed and that are, in this conversation, for what is asked now. Left out: none. */
  allowedTools?: (conversationId: string) => string[];
  /** What a conversation that begins with this device's question is set to. Left out: nothing. */
  settingsOfNew?: (conversationId: string) => ConversationSettings;
  /** The conversation that is shown first: its newest messages are read beside the list. `viewOf` gives that view once, begun already. */
  first?: string | null;
  /** What nobody waits for begins then: all the other conversations, the server, the text index. Left out: at once. */
  workAfter?: Promise<void>;
}

/** Resolves when the copy is open and the newest conversations are in the list; needs no answer of the server. */
export async function openClient(options: ClientOptions = {}): Promise<Client> {
  const client = new LocalClient(options);
  await client.start();
  return client;
}

/** Files are no one's business most of the time. */
const filesTidyMs = 5 * 60_000;

class Connection extends Observable<ConnectionSnapshot> {
  constructor() {
    super({ state: "starting", isBehind: true, waiting: 0, failed: 0, reload: "no", isKept: true, restored: 0 });
  }
  set(parts: Partial<ConnectionSnapshot>): void {
    const next = { ...this.snapshot(), ...parts };
    if (JSON.stringify(next) !== JSON.stringify(this.snapshot())) this.publish(next);
  }
}

class LocalClient implements Client {
  readonly api: Api;
  readonly connection = new Connection();
  readonly drafts: Drafts;
  readonly storage: LocalStorageRoom;
  private readonly memory: KeyValueStore | null;
  private readonly branches: BranchMemory;
  list!: LocalList;
  outbox!: LocalOutbox;
  search!: DeviceSearch;
  running!: RunningConversations;
  private store!: LocalStore;
  private kept: DexieStore | null = null;
  private first: LocalConversationView | null = null;
  private localFiles: Promise<LocalFiles> | null = null;
  private localPresets: Promise<LocalPresets> | null = null;
  private filesTidiedAt = Date.now();
  private listIsWhole!: () => void;
  private readonly wholeList = new Promise<void>((resolve) => (this.listIsWhole = resolve));
  private live!: LiveAnswers;
  private engine!: Engine;
  private readonly name: string;
  private readonly clock = new ServerClock(() => Date.now());
  private readonly around = { now: () => Math.round(this.clock.now()), newId };
  private readonly channel: TabChannel;
  private readonly closing = new AbortController();
  private readonly onFailure: (sentence: string) => void;

  constructor(private readonly options: ClientOptions) {
    this.name = options.name ?? "threadkeep";
    this.api = options.api ?? createApi({ onServerTime: (ms) => this.clock.observe(ms) });
    this.channel = new TabChannel(this.name);
    this.memory = options.drafts === undefined ? browserStorage() : options.drafts;
    this.drafts = new Drafts(this.memory);
    this.branches = new BranchMemory(this.memory);
    this.storage = new LocalStorageRoom((globalThis.navigator as Navigator | undefined)?.storage);
    this.onFailure = options.onFailure ?? (() => undefined);
  }

  async start(): Promise<void> {
    this.store = await this.openStore();
    const { store, around, clock, channel, api } = this;
    this.live = new LiveAnswers(channel);
    this.list = new LocalList(store, around, clock, this.memory);
    this.outbox = new LocalOutbox(store, around, (id) => this.list.get(id));
    this.search = new DeviceSearch(this.list, this.kept);
    this.running = new RunningConversations(store, this.connection);
    const hasRoom = () => this.storage.hasRoom();
    const whenIdle = (signal: AbortSignal) => this.tidy(signal);
    const sendFiles = async () => (await this.files()).sendWaiting();
    this.engine = new Engine({ api, store, clock, channel, around, hasRoom, sendFiles, whenIdle });
    this.outbox.subscribe(() => this.connection.set({ waiting: this.outbox.snapshot().waiting, failed: this.outbox.snapshot().failed }));
    store.subscribe((change) => change.state && void this.readState());
    channel.subscribe((message) => this.hear(message));
    const list = Promise.all([this.readState(), this.list.begin(), this.outbox.read()]);
    if (this.options.first) {
      this.first = this.makeView(this.options.first, { isNew: false });
      void this.first.open();
    }
    await list;
    this.watchBrowser();
    void (this.options.workAfter ?? Promise.resolve()).then(() => this.closing.signal.aborted || this.startWork());
  }

  /** What a person does not wait for: all the other conversations, and the server. */
  private startWork(): void {
    this.running.begin();
    this.list.complete().then(this.listIsWhole, this.listIsWhole);
    this.lead();
    this.channel.send({ kind: "connection?" });
    void this.storage.refresh();
  }

  viewOf(id: string): LocalConversationView {
    const { first } = this;
    this.first = null;
    if (first?.id === id) return first;
    first?.dispose();
    return this.makeView(id, { isNew: false });
  }
  newView(): LocalConversationView {
    return this.makeView(newId(), { isNew: true });
  }

  files(): Promise<LocalFiles> {
    this.localFiles ??= this.openFiles().catch((error: unknown) => {
      this.localFiles = null;
      throw error;
    });
    return this.localFiles;
  }

  private async openFiles(): Promise<LocalFiles> {
    const { makeFiles } = await import("./files");
    const { store, kept, api, around, name, storage, drafts } = this;
    return makeFiles({ store, db: kept?.db ?? null, baseUrl: api.baseUrl, around, name, storage, drafts, signal: this.closing.signal });
  }

  presets(): Promise<LocalPresets> {
    this.localPresets ??= import("./presets")
      .then(({ openPresets }) => openPresets(this.store, this.around, this.clock))
      .catch((error: unknown) => {
        this.localPresets = null;
        throw error;
      });
    return this.localPresets;
  }

  held(id: string): Promise<HeldConversation | null> {
    return heldConversation(this.store, id);
  }

  syncNow(): void {
    this.channel.send({ kind: "sync" });
  }
  noticeNewVersion(): void {
    this.channel.send({ kind: "new-version" });
  }

  async signOut(how: "onlyWhenSent" | "evenUnsent" = "onlyWhenSent"): Promise<void> {
    const unsent = how === "onlyWhenSent" ? (await this.store.read((tx) => tx.outbox())).length : 0;
    if (unsent > 0) throw new UnsentError(unsent);
    this.close();
    this.drafts.clear();
    await this.kept?.wipe();
  }

  close(): void {
    this.closing.abort();
    this.first?.dispose();
    this.list.close();
    this.running.close();
    this.outbox.close();
    this.live.close();
    this.channel.close();
    this.kept?.close();
  }

  private lead(): void {
    const lead = (signal: AbortSignal) => this.engine.lead(signal);
    if (this.kept) leadWhenFirst(this.name, this.closing.signal, lead);
    else void lead(this.closing.signal);
  }

  private makeView(id: string, options: { isNew: boolean }): LocalConversationView {
    const { api, store, live, clock, around, connection, onFailure } = this;
    const onOpened = (conversationId: string) => {
      void this.kept?.db.opened.put({ conversationId, openedAt: Date.now() }).catch(() => undefined);
      // It may be opened before the list has it.
      void this.wholeList.then(() => this.markRead(conversationId)).catch(() => undefined);
    };
    const allowedTools = () => this.options.allowedTools?.(id) ?? [];
    const settingsOfNew = () => this.options.settingsOfNew?.(id) ?? {};
    return new LocalConversationView(
      { api, store, live, branches: this.branches, clock, around, connection: connection.snapshot, onConnection: connection.subscribe, onFailure, onOpened, allowedTools, settingsOfNew },
      id,
      options,
    );
  }

  private async markRead(conversationId: string): Promise<void> {
    if (this.list.get(conversationId)?.isUnread) await this.list.setUnread(conversationId, false);
  }

  private async openStore(): Promise<LocalStore> {
    try {
      // Reading the name of what a site may not have throws in some browsers.
      if (this.options.keep === "memory" || typeof indexedDB === "undefined") return await this.memoryStore();
      this.kept = await DexieStore.open(this.name, { onClosed: (why) => this.lostStore(why) });
      return this.kept;
    } catch {
      return await this.memoryStore();
    }
  }

  private async memoryStore(): Promise<LocalStore> {
    this.connection.set({ isKept: false });
    const { MemoryStore } = await import("./store/memory-store");
    return new MemoryStore();
  }

  /** A newer page, or a sign-out in another tab, has taken the copy: nothing more may be stored or sent from here. */
  private lostStore(why: ClosedBecause): void {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    this.connection.set({ reload: "old-tab", isKept: why !== "lost" });
  }

  private async readState(): Promise<void> {
    const state = await this.store.read((tx) => tx.state()).catch(() => initialState);
    this.connection.set({ isBehind: state.cursor === null, restored: state.restored });
  }

  private hear(message: TabMessage): void {
    if (message.kind === "connection") {
      this.connection.set({ state: message.state, isBehind: message.isBehind });
      this.clock.take(message.clock);
    } else if (message.kind === "new-version" && this.connection.snapshot().reload === "no") this.connection.set({ reload: "new-version" });
  }

  /** The leading tab's spare time: the text index, and the budget. */
  private async tidy(signal: AbortSignal): Promise<void> {
    if (!this.kept) return;
    await this.search.indexSome(signal);
    if (Date.now() - this.filesTidiedAt > filesTidyMs) {
      this.filesTidiedAt = Date.now();
      if ((await this.kept.db.files.count()) > 0) await (await this.files()).tidy();
    }
    await keepWithinBudget(this.kept, this.storage);
  }

  private watchBrowser(): void {
    const look = () => {
      if (globalThis.document?.visibilityState !== "hidden") this.syncNow();
    };
    const options = { signal: this.closing.signal };
    globalThis.addEventListener?.("online", look, options);
    // Streams that are open may hang for long: a request shows how things stand.
    globalThis.addEventListener?.("offline", look, options);
    globalThis.addEventListener?.("focus", look, options);
    globalThis.document?.addEventListener("visibilitychange", look, options);
  }
}

function browserStorage(): KeyValueStore | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
