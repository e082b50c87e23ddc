// One run of the sync model: four devices with the real core, a server, a network that loses, repeats and delays, storage that is cut off,
// restores from a backup; then quiet, and everything must have come together. The same seed gives the same run.
import { enqueue } from "../../src/core/local-writes";
import type { LocalStore, Writing } from "../../src/core/local-store";
import { messageIdsOf, recoveredFrom, type Operation, type OutboxEntry } from "../../src/core/outbox";
import { replayConversation, replayMessages } from "../../src/core/replay";
import { ServerClock } from "../../src/core/server-clock";
import type { ServerDoor } from "../../src/core/server-door";
import { LaterError, Sync } from "../../src/core/sync";
import { ProblemError, UnreachableError } from "../../src/problem";
import { MemoryStore } from "../../src/store/memory-store";
import type { Conversation, Message, Preset, SettingsChange } from "../../src/types";
import { doorTo, ModelServer, text, type ServerFault } from "./model-server";

/** Faults of the device's side, put in from outside: the core itself is what is tested. */
export type DeviceFault = "cursor-before-apply" | "remove-before-ack" | "ack-without-row" | "pull-clobbers-pending" | "device-clock";

export interface RunOptions {
  serverFault?: ServerFault;
  deviceFault?: DeviceFault;
  steps?: number;
  devices?: number;
}

export function randomFrom(seed: number): () => number {
  let state = Math.imul(seed, 2654435761) >>> 0 || 1;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

class StorageCut extends Error {}

interface Written {
  id: string;
  conversationId: string;
  words: string;
}
interface Renamed {
  conversationId: string;
  title: string;
  saw: string;
}

class World {
  readonly random: () => number;
  readonly server: ModelServer;
  readonly written: Written[] = [];
  readonly renamed: Renamed[] = [];
  readonly created: string[] = [];
  delayed: (() => void)[] = [];
  isQuiet = false;
  private ids = 0;
  constructor(seed: number, readonly options: RunOptions) {
    this.random = randomFrom(seed);
    this.server = new ModelServer(this.random, options.serverFault ?? null);
  }
  chance(p: number): boolean {
    return this.random() < p;
  }
  below(n: number): number {
    return Math.floor(this.random() * n);
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
  newId(prefix: string): string {
    this.ids += 1;
    return prefix + String(this.ids).padStart(26 - prefix.length, "0");
  }
}

class Device {
  readonly store = new MemoryStore();
  readonly sync: Sync;
  readonly clock: ServerClock;
  readonly around: { now: () => number; newId: () => string };
  isOnline = true;
  constructor(readonly world: World, readonly name: string) {
    const skewMs = world.below(2_000_000) - 1_000_000;
    const now = () => world.server.now + skewMs;
    this.clock = new ServerClock(now);
    this.around = { now, newId: () => world.newId(name) };
    this.store.beforeCommit = () => {
      if (!world.isQuiet && world.chance(0.04)) throw new StorageCut();
    };
    const { deviceFault } = world.options;
    const store = deviceFault ? faultyStore(this.store, deviceFault) : this.store;
    this.sync = new Sync(store, this.door(deviceFault), this.around, { pageRows: 1 + world.below(5) });
  }

  private door(fault: DeviceFault | undefined): ServerDoor {
    const { world } = this;
    const door = doorTo(world.server);
    const through = async <T>(call: () => Promise<T>): Promise<T> => {
      if (!this.isOnline) throw new UnreachableError();
      if (world.isQuiet) return this.noticingTime(await call(), fault);
      if (world.chance(0.1)) throw new UnreachableError();
      if (world.chance(0.06)) await call().catch(() => undefined);
      if (world.chance(0.06)) world.delayed.push(() => void call().catch(() => undefined));
      const answer = await call();
      if (world.chance(0.12)) throw new UnreachableError();
      return this.noticingTime(answer, fault);
    };
    return {
      changes: (query) => through(() => door.changes(query)),
      snapshot: (query) => through(() => door.snapshot(query)),
      presets: () => through(() => door.presets()),
      ask: (operation) => through(() => door.ask(operation)),
      push: async (body) => {
        const ids = body.operations.map((operation) => operation.id);
        if (fault === "remove-before-ack") await this.store.write((tx) => tx.deleteOutbox(ids));
        return through(() => door.push(body));
      },
    };
  }

  private noticingTime<T>(answer: T, fault: DeviceFault | undefined): T {
    if (fault !== "device-clock") this.clock.observe(Math.floor(this.world.server.now / 1000) * 1000);
    return answer;
  }

  stamp(): number {
    return this.world.options.deviceFault === "device-clock" ? this.around.now() : this.clock.stamp();
  }

  entriesOf(): Map<string, OutboxEntry[]> {
    const entries = new Map<string, OutboxEntry[]>();
    for (const entry of [...this.store.outboxRows.values()].sort((a, b) => a.order - b.order)) {
      const list = entries.get(entry.conversationId);
      if (list) list.push(entry);
      else entries.set(entry.conversationId, [entry]);
    }
    return entries;
  }

  /** What a person sees. */
  conversations(): Conversation[] {
    const entries = this.entriesOf();
    const shown: Conversation[] = [];
    for (const id of new Set([...this.store.conversationRows.keys(), ...entries.keys()])) {
      const row = replayConversation(this.store.conversationRows.get(id), entries.get(id) ?? []);
      if (row) shown.push(row);
    }
    return shown;
  }

  messages(): Map<string, Message> {
    const shown = new Map<string, Message>(this.store.messageRows);
    for (const [id, entries] of this.entriesOf()) {
      const head = this.store.conversationRows.get(id)?.headId ?? null;
      for (const { message } of replayMessages(entries, head, 0)) if (!shown.has(message.id)) shown.set(message.id, message);
    }
    return shown;
  }

  async act(): Promise<void> {
    const { world } = this;
    const living = this.conversations().filter((row) => !row.deletedAt);
    const what = world.below(24);
    if (what < 3 || living.length === 0) return this.create();
    const conversation = world.pick(living);
    const { id: conversationId, headId } = conversation;
    if (what < 13) return this.write(conversationId, headId, what);
    if (what < 18) return this.rename(conversation);
    if (what < 19) {
      const settings = world.chance(0.5) ? { temperature: world.chance(0.5) ? 1 : null } : { system: `be ${world.below(9)}` };
      return this.enqueue([this.edit(conversationId, { settings }), this.editPreset(settings)]);
    }
    if (what < 20) return this.enqueue([this.edit(conversationId, { isPinned: world.chance(0.5), folder: world.chance(0.5) ? "Work" : null })]);
    if (what < 21) return world.chance(0.4) ? this.enqueue([{ type: "delete-conversation", conversationId }]) : this.deleteMessages(conversationId);
    if (what < 22) return world.chance(0.3) ? this.enqueue([{ type: "delete-conversation", conversationId, forever: true }]) : undefined;
    const trashed = this.conversations().filter((row) => row.deletedAt);
    if (trashed.length > 0) await this.enqueue([{ type: "restore-conversation", conversationId: world.pick(trashed).id }]);
  }

  /** Of those that the device has: to the trash, back, or for ever. */
  private async deleteMessages(conversationId: string): Promise<void> {
    const held = [...this.store.messageRows.values()].filter((row) => row.conversationId === conversationId).map((row) => row.id).sort();
    if (held.length === 0) return;
    const messageIds = [...new Set([this.world.pick(held), this.world.pick(held)])];
    const fields = { conversationId, messageIds, editedAt: this.stamp() };
    const isBack = this.world.chance(0.4);
    await this.enqueue([isBack ? { type: "restore-messages", ...fields } : { type: "delete-messages", ...fields, ...(this.world.chance(0.2) && { forever: true }) }]);
  }

  /** Of all and of one folder; what takes the temperature away deletes. */
  private editPreset(settings: SettingsChange): Operation {
    const presetId = "system" in settings ? "folder:Work" : "default";
    const fields = { presetId, editedAt: this.clock.stamp() };
    return settings.temperature === null ? { type: "delete-preset", ...fields } : { type: "edit-preset", ...fields, fields: { settings } };
  }

  private edit(conversationId: string, fields: Extract<Operation, { type: "edit-conversation" }>["fields"]): Operation {
    return { type: "edit-conversation", conversationId, editedAt: this.stamp(), fields };
  }

  private async create(): Promise<void> {
    const id = this.around.newId();
    if (await this.tryEnqueue([{ type: "create-conversation", conversation: { id, title: `title ${id}` } }])) this.world.created.push(id);
  }

  private async write(conversationId: string, headId: string | null, what: number): Promise<void> {
    const id = this.around.newId();
    const words = `words ${id}`;
    const content = text(words);
    const answerIds = this.world.chance(0.3) ? [this.around.newId(), this.around.newId()] : [this.around.newId()];
    const message = { id, parentId: headId, content };
    const operation: Operation =
      what < 8
        ? { type: "append-message", conversationId, message: { ...message, role: "user" } }
        : { type: "ask", conversationId, message: { ...message, createdAt: this.around.now() }, models: answerIds.map(() => "builtin"), answerIds };
    if (await this.tryEnqueue([operation])) this.world.written.push({ id, conversationId, words });
  }

  private async rename(conversation: Conversation): Promise<void> {
    const title = `name ${this.around.newId()}`;
    const isKept = await this.tryEnqueue([this.edit(conversation.id, { title })]);
    if (isKept) this.world.renamed.push({ conversationId: conversation.id, title, saw: conversation.title });
  }

  private async enqueue(operations: Operation[]): Promise<void> {
    await this.tryEnqueue(operations);
  }
  private async tryEnqueue(operations: Operation[]): Promise<boolean> {
    try {
      await enqueue(this.store, this.around, operations);
      return true;
    } catch (error) {
      if (error instanceof StorageCut) return false;
      throw error;
    }
  }

  /** True when nothing went wrong on the way. */
  async attempt(what: () => Promise<unknown>): Promise<boolean> {
    try {
      await what();
      return true;
    } catch (error) {
      const isExpected = error instanceof UnreachableError || error instanceof LaterError || error instanceof StorageCut || error instanceof ProblemError;
      if (!isExpected) throw error;
      return false;
    }
  }
}

function faultyStore(store: MemoryStore, fault: DeviceFault): LocalStore {
  const write = async <T>(work: (tx: Writing) => Promise<T>): Promise<T> => {
    if (fault === "cursor-before-apply") {
      let isLate = false;
      const dry = await store.read((tx) => tx.state());
      return store.write(async (tx) => {
        const value = await work(tx);
        isLate = (await tx.state()).cursor !== dry.cursor;
        return value;
      }).catch(async (error: unknown) => {
        // The cursor was stored on its own, before the rows that were then cut off.
        if (isLate && error instanceof StorageCut) await advanceCursorOnly(store, work);
        throw error;
      });
    }
    return store.write(async (tx) => {
      const acks = { isAck: false, isPull: false, conversations: new Set<string>() };
      const watched: Writing = Object.assign(Object.create(tx) as Writing, {
        deleteOutbox: (ids: readonly string[]) => ((acks.isAck = true), tx.deleteOutbox(ids)),
        putState: (state: never) => ((acks.isPull = true), tx.putState(state)),
        putConversations: (rows: Conversation[]) => {
          for (const row of rows) acks.conversations.add(row.id);
          return fault === "ack-without-row" ? Promise.resolve() : tx.putConversations(rows);
        },
        putMessages: (rows: never) => (fault === "ack-without-row" ? Promise.resolve() : tx.putMessages(rows)),
      });
      if (fault === "ack-without-row") return ackWithoutRow(tx, work, watched, acks);
      const value = await work(watched);
      if (fault === "pull-clobbers-pending" && acks.isPull) {
        const edits = (await tx.outbox()).filter((entry) => entry.operation.type === "edit-conversation" && acks.conversations.has(entry.conversationId));
        await tx.deleteOutbox(edits.map((entry) => entry.id));
      }
      return value;
    });
  };
  return { read: (work) => store.read(work), write, subscribe: (listener) => store.subscribe(listener) };
}

/** Rows are only stored by pulls, which are told by the state that they put. */
async function ackWithoutRow<T>(tx: Writing, work: (tx: Writing) => Promise<T>, watched: Writing, acks: { isAck: boolean; isPull: boolean }): Promise<T> {
  const kept: (() => Promise<void>)[] = [];
  watched.putConversations = async (rows) => void kept.push(() => tx.putConversations(rows));
  watched.putMessages = async (rows) => void kept.push(() => tx.putMessages(rows));
  const value = await work(watched);
  if (acks.isPull || !acks.isAck) for (const put of kept) await put();
  return value;
}

async function advanceCursorOnly(store: MemoryStore, work: (tx: Writing) => Promise<unknown>): Promise<void> {
  const before = store.beforeCommit;
  store.beforeCommit = () => undefined;
  const nothing = async () => undefined;
  await store.write((tx) =>
    work(Object.assign(Object.create(tx) as Writing, { putConversations: nothing, putMessages: nothing, deleteConversations: nothing, deleteMessagesOf: nothing })),
  );
  store.beforeCommit = before;
}

// Most errors here are expected, and are made thousands of times: their stacks are what they cost.
Error.stackTraceLimit = 0;

/** Null, or what was violated. */
export async function runModel(seed: number, options: RunOptions = {}): Promise<string | null> {
  const world = new World(seed, options);
  const devices = Array.from({ length: options.devices ?? 4 }, (_, index) => new Device(world, "ABCDEFGH"[index]!));
  for (let step = 0; step < (options.steps ?? 100); step += 1) {
    world.server.tick();
    if (world.delayed.length > 0 && world.chance(0.3)) world.delayed.splice(world.below(world.delayed.length), 1)[0]!();
    const device = world.pick(devices);
    const before = world.written.length;
    await oneStep(world, device);
    const unseen = world.written.length > before ? unseenWriting(world, device) : null;
    if (unseen) return `seed ${seed}: a message that waits is not shown: ${unseen}`;
  }
  await comeTogether(world, devices);
  const wrong = stuck(devices) ?? diverged(world, devices) ?? lost(world) ?? repeated(world) ?? lostUpdate(world);
  return wrong && `seed ${seed}: ${wrong}`;
}

async function oneStep(world: World, device: Device): Promise<void> {
  const what = world.below(22);
  if (what < 9) return device.act();
  if (what < 12) return void (await device.attempt(() => device.sync.push()));
  // Two tabs without a leader between them.
  if (what === 12) return void (await Promise.all([device.attempt(() => device.sync.push()), device.attempt(() => device.sync.push())]));
  if (what < 16) return void (await device.attempt(() => device.sync.pull()));
  if (what === 16) return void (await Promise.all([device.attempt(() => device.sync.fill()), device.attempt(() => device.sync.pull())]));
  if (what === 17) device.isOnline = !device.isOnline;
  if (what === 18 && world.chance(0.3)) world.server.forgetTombstones();
  if (what === 19 && world.chance(0.2)) world.server.backUp();
  if (what === 20 && world.chance(0.06)) world.server.restore();
}

async function comeTogether(world: World, devices: readonly Device[]): Promise<void> {
  world.isQuiet = true;
  for (const late of world.delayed.splice(0)) late();
  for (const device of devices) device.isOnline = true;
  for (let round = 0, quiet = 0; round < 60 && quiet < 2; round += 1) {
    for (let i = 0; i < 8; i += 1) world.server.tick();
    world.server.finishAnswers();
    const before = devices.map(markOf).join() + world.server.epoch;
    for (const device of devices) {
      await device.attempt(() => device.sync.push());
      await device.attempt(() => device.sync.pull());
      for (let i = 0; i < 500 && (await device.sync.fill()); i += 1);
    }
    quiet = devices.map(markOf).join() + world.server.epoch === before ? quiet + 1 : 0;
  }
}

function markOf({ store }: Device): string {
  return `${store.outboxRows.size}/${store.syncState.cursor}/${store.syncState.fill}`;
}

/** The last things written on this device are shown on it as long as they wait. */
function unseenWriting(world: World, device: Device): string | null {
  const mine = world.written.slice(-3).filter((one) => one.id.startsWith(device.name));
  const waiting = new Set([...device.store.outboxRows.values()].flatMap(({ operation }) => messageIdsOf(operation)));
  const shown = device.messages();
  return mine.find((one) => waiting.has(one.id) && !shown.has(one.id))?.id ?? null;
}

function stuck(devices: readonly Device[]): string | null {
  for (const { store, name } of devices) {
    // What cannot be done any more, and is no text, is told to the person and stays until it is read.
    const entry = [...store.outboxRows.values()].find((one) => one.state !== "failed" || !one.operation.type.startsWith("restore-"));
    if (entry) return `device ${name} still has to send ${JSON.stringify(entry)}`;
  }
  return null;
}

function diverged(world: World, devices: readonly Device[]): string | null {
  const there = canonical(world.server.conversations(), world.server.messages(), world.server.presets());
  for (const device of devices) {
    const here = canonical(device.conversations(), [...device.messages().values()], [...device.store.presetRows.values()]);
    const different = here.find((line, index) => line !== there[index]) ?? there[here.length];
    if (different !== undefined) return `device ${device.name} has come to something else: ${different}`;
  }
  return null;
}

function canonical(conversations: readonly Conversation[], messages: readonly Message[], presets: readonly Preset[]): string[] {
  const settings = presets.filter((row) => row.deletedAt === undefined).map((row) => JSON.stringify([row.id, row.settings, row.seq]));
  const rows = conversations.map((row) => JSON.stringify([row.id, row.title, row.isPinned, row.folder, row.headId, row.settings ?? {}, row.messageCount, row.deletedAt ?? 0, row.seq]));
  const texts = messages.map((row) => JSON.stringify([row.id, row.conversationId, row.parentId, row.status, row.content, row.position, row.seq, row.deletedAt ?? 0, row.isErased ?? false]));
  return [...rows, ...texts, ...settings].sort();
}

function lost(world: World): string | null {
  const { server } = world;
  const messages = new Map(server.messages().map((row) => [row.id, row]));
  const recovered = new Set<string>();
  const origin = new Map(server.conversations().map((row) => [row.id, row.metadata[recoveredFrom]]));
  for (const row of messages.values()) {
    // Also what was deleted after it was recovered.
    const content = row.deletedAt === undefined ? row.content : (server.everDeletedMessages.get(row.id) ?? []);
    if (origin.get(row.conversationId)) recovered.add(`${String(origin.get(row.conversationId))} ${wordsOf({ content })}`);
  }
  for (const one of world.written) {
    if (server.everDeletedMessages.has(one.id)) continue;
    if (messages.get(one.id)?.conversationId === one.conversationId || recovered.has(`${one.conversationId} ${one.words}`)) continue;
    const wasDeletedAfter = server.everStored.has(one.id) && server.everDeleted.has(one.conversationId);
    // What was recovered can be deleted in its turn.
    const wasRecovered = server.everDeleted.has(one.conversationId) && [...server.everDeleted].some((id) => !world.created.includes(id));
    if (!wasDeletedAfter && !wasRecovered) return `a message was lost: ${one.words}`;
  }
  for (const id of world.created) {
    if (!server.everDeleted.has(id) && !server.conversations().some((row) => row.id === id)) return `a conversation was lost: ${id}`;
  }
  return null;
}

function repeated(world: World): string | null {
  const seen = new Set<string>();
  for (const row of world.server.messages()) {
    if (row.id.includes("again")) return `a message is there twice: ${row.id}`;
    if (row.role !== "user" || row.deletedAt !== undefined || world.server.everDeleted.has(row.conversationId)) continue;
    const words = `${row.conversationId} ${wordsOf(row)}`;
    if (seen.has(words)) return `a message is there twice: ${words}`;
    seen.add(words);
  }
  return null;
}

/** A name that its author gave after seeing another one is not undone by that other one. A restore may take a name back. */
function lostUpdate(world: World): string | null {
  if (world.server.restores > 0) return null;
  for (const row of world.server.conversations()) {
    const names = world.renamed.filter((one) => one.conversationId === row.id);
    if (names.length === 0) continue;
    if (!names.some((one) => one.title === row.title)) return `every name of ${row.id} was lost`;
    const later = names.find((one) => one.saw === row.title);
    if (later) return `the name ${later.title} was undone by ${row.title}, which its author had seen`;
  }
  return null;
}

function wordsOf(row: Pick<Message, "content">): string {
  const block = row.content[0];
  return block?.type === "text" ? String(block.text) : "";
}
