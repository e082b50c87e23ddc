// One run against the real server: three devices with the real core over IndexedDB, requests that are lost, repeated and answered in vain; then
// quiet, and every device must have what a new device gets.
import { createApi, type Api } from "../../src/api";
import { enqueue } from "../../src/core/local-writes";
import type { AskOperation, Operation } from "../../src/core/outbox";
import { replayConversation } from "../../src/core/replay";
import { ServerClock } from "../../src/core/server-clock";
import type { ServerDoor } from "../../src/core/server-door";
import { LaterError, Sync } from "../../src/core/sync";
import { decode } from "../../src/generation-stream";
import { newId } from "../../src/ids";
import { ProblemError, UnreachableError } from "../../src/problem";
import { SseParser } from "../../src/sse";
import { DexieStore } from "../../src/store/dexie-store";
import { isUnfinished, type Conversation, type Message } from "../../src/types";
import { randomFrom } from "../model/model-run";

interface Trouble {
  random: () => number;
  isQuiet: boolean;
}

/** Loses requests, sends them twice, and loses answers, until it is quiet. */
function badFetch(trouble: Trouble): typeof fetch {
  return async (input, init) => {
    if (trouble.isQuiet) return fetch(input, init);
    if (trouble.random() < 0.08) throw new TypeError("lost");
    if (trouble.random() < 0.06) await fetch(input, init).then((response) => response.body?.cancel());
    const response = await fetch(input, init);
    if (trouble.random() < 0.1) {
      await response.body?.cancel();
      throw new TypeError("lost");
    }
    return response;
  };
}

/** Resolves when every row of the question is stored. The answer is stopped then: its text is not what is looked at, and takes its time. */
async function ask(api: Api, operation: AskOperation): Promise<Message[]> {
  const { conversationId, message, parentId, models, answerIds } = operation;
  const body = message ? { message, models, answerIds } : { parentId: parentId!, models, answerIds };
  const response = await api.startGeneration(conversationId, body);
  const parser = new SseParser();
  const stored: Message[] = [];
  const missing = new Set(answerIds);
  for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
    for (const raw of parser.push(bytes)) {
      const event = decode(raw);
      if (event?.event !== "message") continue;
      stored.push(event.message);
      missing.delete(event.message.id);
    }
    if (missing.size > 0) continue;
    for (const id of answerIds) void api.cancelGeneration(id).catch(() => undefined);
    return stored;
  }
  throw new UnreachableError();
}

export class RealDevice {
  readonly sync: Sync;
  private readonly around = { now: () => Date.now(), newId };
  private readonly clock = new ServerClock(() => Date.now() + this.skewMs);

  private constructor(readonly name: string, readonly store: DexieStore, base: string, trouble: Trouble, private readonly skewMs: number) {
    const api = createApi({ baseUrl: base, fetch: badFetch(trouble), onServerTime: (ms) => this.clock.observe(ms) });
    const door: ServerDoor = { changes: api.changes, snapshot: api.snapshot, push: api.push, presets: api.presets, ask: (operation) => ask(api, operation) };
    this.sync = new Sync(store, door, this.around, { pageRows: 2 + Math.floor(trouble.random() * 30) });
  }

  static async open(name: string, base: string, trouble: Trouble): Promise<RealDevice> {
    const store = await DexieStore.open(`${name} ${newId()}`);
    return new RealDevice(name, store, base, trouble, Math.round((trouble.random() - 0.5) * 600_000));
  }

  enqueue(operations: Operation[]) {
    return enqueue(this.store, this.around, operations);
  }
  stamp(): number {
    return this.clock.stamp();
  }

  async conversations(): Promise<Conversation[]> {
    const { rows, outbox } = await this.store.read(async (tx) => ({ rows: await tx.allConversations(), outbox: await tx.outbox() }));
    const known = new Map(rows.map((row) => [row.id, row]));
    const ids = new Set([...known.keys(), ...outbox.map((entry) => entry.conversationId)]);
    return [...ids].flatMap((id) => replayConversation(known.get(id), outbox.filter((entry) => entry.conversationId === id)) ?? []);
  }

  /** What it has of the messages of a conversation, also those that were deleted. */
  async messagesOf(conversationId: string): Promise<string[]> {
    const rows = await this.store.read((tx) => tx.messagesBetween(conversationId, 0, Number.MAX_SAFE_INTEGER));
    return rows.map((row) => row.id);
  }

  async attempt(what: () => Promise<unknown>): Promise<void> {
    try {
      await what();
    } catch (error) {
      const isExpected = error instanceof UnreachableError || error instanceof LaterError || (error instanceof ProblemError && error.isTemporary);
      if (!isExpected) throw error;
    }
  }

  /** Everything it holds, and what it still has to send. */
  async contents(): Promise<{ rows: string[]; waiting: string[]; unfinished: number }> {
    const outbox = await this.store.read((tx) => tx.outbox());
    const conversations = await this.store.db.conversations.toArray();
    const messages = await this.store.db.messages.toArray();
    const rows = [
      ...conversations.map((row) => JSON.stringify([row.id, row.title, row.isPinned, row.folder, row.headId, row.settings ?? {}, row.messageCount, row.deletedAt ?? 0, row.seq])),
      ...messages.map((row) => JSON.stringify([row.id, row.conversationId, row.parentId, row.status, row.content, row.position, row.seq, row.deletedAt ?? 0, row.isErased ?? false])),
    ];
    const waiting = outbox.filter((entry) => !entry.operation.type.startsWith("restore-") || entry.state === "waiting").map((entry) => JSON.stringify(entry));
    return { rows: rows.sort(), waiting, unfinished: messages.filter((row) => isUnfinished(row.status)).length };
  }
}

export interface Said {
  id: string;
  conversationId: string;
  words: string;
}

/** Null, or what was violated. The server may hold the conversations of earlier runs. */
export async function runAgainst(base: string, seed: number, steps = 24): Promise<string | null> {
  const random = randomFrom(seed);
  const trouble: Trouble = { random, isQuiet: false };
  const devices = await Promise.all(["A", "B", "C"].map((name) => RealDevice.open(name, base, trouble)));
  const said: Said[] = [];
  // Conversations, and messages that were deleted alone.
  const deleted = new Set<string>();
  for (let step = 0; step < steps; step += 1) await oneStep(devices[Math.floor(random() * devices.length)]!, random, said, deleted);
  trouble.isQuiet = true;
  const fresh = await RealDevice.open("new", base, trouble);
  const all = [...devices, fresh];
  try {
    return await cometogether(all, said, deleted).then((wrong) => wrong && `seed ${seed}: ${wrong}`);
  } finally {
    for (const device of all) await device.store.wipe();
  }
}

async function oneStep(device: RealDevice, random: () => number, said: Said[], deleted: Set<string>): Promise<void> {
  const what = Math.floor(random() * 20);
  if (what < 3) return device.attempt(() => device.sync.push());
  if (what < 6) return device.attempt(() => device.sync.pull());
  if (what === 6) return device.attempt(() => device.sync.fill());
  const living = (await device.conversations()).filter((row) => !row.deletedAt);
  const row = living[Math.floor(random() * living.length)];
  if (what < 9 || !row) {
    const id = newId();
    return void (await device.enqueue([{ type: "create-conversation", conversation: { id, title: `title ${id}` } }]));
  }
  const conversationId = row.id;
  if (what < 14) {
    const id = newId();
    const words = `words ${id}`;
    said.push({ id, conversationId, words });
    const message = { id, parentId: row.headId, content: [{ type: "text" as const, text: words }] };
    const operation: Operation =
      what < 12
        ? { type: "append-message", conversationId, message: { ...message, role: "user" } }
        : { type: "ask", conversationId, message: { ...message, createdAt: Date.now() }, models: ["builtin"], answerIds: [newId()] };
    return void (await device.enqueue([operation]));
  }
  if (what < 18) {
    const settings = random() < 0.5 ? { system: `be ${newId()}` } : { temperature: random() < 0.5 ? 1 : null };
    const fields = what < 15 ? { title: `name ${newId()}` } : what < 16 ? { settings } : { isPinned: random() < 0.5, folder: random() < 0.5 ? "Work" : null };
    return void (await device.enqueue([{ type: "edit-conversation", conversationId, editedAt: device.stamp(), fields }]));
  }
  if (random() < 0.6) return deleteMessages(device, conversationId, random, deleted);
  deleted.add(conversationId);
  await device.enqueue([{ type: "delete-conversation", conversationId, ...(what === 19 && { forever: true }) }]);
}

async function deleteMessages(device: RealDevice, conversationId: string, random: () => number, deleted: Set<string>): Promise<void> {
  const held = await device.messagesOf(conversationId);
  if (held.length === 0) return;
  const messageIds = [...new Set([0, 1].map(() => held[Math.floor(random() * held.length)]!))];
  const fields = { conversationId, messageIds, editedAt: device.stamp() };
  if (random() < 0.3) return void (await device.enqueue([{ type: "restore-messages", ...fields }]));
  for (const id of messageIds) deleted.add(id);
  await device.enqueue([{ type: "delete-messages", ...fields, ...(random() < 0.2 && { forever: true }) }]);
}

async function cometogether(devices: readonly RealDevice[], said: readonly Said[], deleted: ReadonlySet<string>): Promise<string | null> {
  let contents: Awaited<ReturnType<RealDevice["contents"]>>[] = [];
  for (let round = 0; round < 200; round += 1) {
    for (const device of devices) {
      await device.attempt(() => device.sync.push());
      await device.attempt(() => device.sync.pull());
      while (await device.sync.fill());
    }
    contents = await Promise.all(devices.map((device) => device.contents()));
    const isQuiet = contents.every((one) => one.waiting.length === 0 && one.unfinished === 0);
    if (isQuiet && contents.every((one) => one.rows.join() === contents[0]!.rows.join())) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const there = contents.at(-1)!;
  for (const [index, here] of contents.entries()) {
    if (here.waiting.length > 0) return `device ${devices[index]!.name} still has to send ${here.waiting[0]}`;
    const different = here.rows.find((line) => !there.rows.includes(line)) ?? there.rows.find((line) => !here.rows.includes(line));
    if (different) return `device ${devices[index]!.name} has come to something else than a new one: ${different}`;
  }
  for (const { id, conversationId, words } of said) {
    const count = there.rows.filter((line) => line.includes(`"${words}"`)).length;
    if (count === 0 && !deleted.has(conversationId) && !deleted.has(id)) return `a message was lost: ${id}`;
    if (count > 1 && !deleted.has(conversationId)) return `a message is there twice: ${id}`;
  }
  return null;
}
