// The server's side of docs/sync.md for one user, in memory, small enough to be read: what the devices of the model test speak to. It can be
// given one known fault of such servers at a time.
import type { ChangesPage, PushAnswer, PushOperation, PushResult, ServerDoor, SnapshotPage } from "../../src/core/server-door";
import type { AskOperation } from "../../src/core/outbox";
import { excerptOf } from "../../src/core/excerpt";
import { withSettings } from "../../src/core/settings";
import { ProblemError } from "../../src/problem";
import { isUnfinished, type ContentBlock, type Conversation, type Message, type Preset } from "../../src/types";

export type ServerFault =
  | "timestamp-cursor" | "seq-before-commit" | "hard-delete" | "gc-without-reset" | "cursor-is-head" | "not-idempotent" | "put-whole-chat"
  | "ignore-epoch" | "forget-dead-ids";

interface Tombstone {
  kind: "conversation";
  id: string;
  seq: number;
}
/** Where a row stands in the feed: `last` is the last `seq` of its transaction. */
interface Place {
  row: { conversation: Conversation } | { message: Message } | { preset: Preset } | { tombstone: Tombstone };
  seq: number;
  last: number;
  at: number;
}
interface State {
  seq: number;
  horizon: number;
  places: Map<string, Place>;
  ran: Set<string>;
  dead: Set<string>;
  stamps: Map<string, number>;
}

export class ModelServer {
  epoch = 1;
  now = 1_700_000_000_000;
  private state: State = { seq: 0, horizon: 0, places: new Map(), ran: new Set(), dead: new Set(), stamps: new Map() };
  private saved: State | null = null;
  private readonly starts: { epoch: number; seq: number }[] = [];
  private unfinished = new Set<string>();
  private hidden: { id: string; place: Place; ticks: number }[] = [];
  /** Every message that was ever stored, also in histories that a restore has ended. */
  readonly everStored = new Set<string>();
  /** Every conversation that was ever put into the trash or erased. */
  readonly everDeleted = new Set<string>();
  /** Messages that were deleted alone at any time, and the words of those that are in the trash. */
  readonly everDeletedMessages = new Map<string, Message["content"]>();
  restores = 0;
  /** Questions with these words are refused for good; "": none. */
  refuses = "";
  /** Called after each commit. */
  onCommit: () => void = () => undefined;

  constructor(private readonly random: () => number, private readonly fault: ServerFault | null = null) {}

  conversations(): Conversation[] {
    return this.rows("conversation");
  }
  messages(): Message[] {
    return this.rows("message");
  }

  presets(): Preset[] {
    return [...this.state.places.values()].flatMap(({ row }) => ("preset" in row ? [row.preset] : []));
  }

  changes({ since = "1:0", limit = 500 }: { since?: string; limit?: number }): ChangesPage {
    const [epoch, from] = since.split(":").map(Number) as [number, number];
    const isOther = epoch !== this.epoch;
    const isBehind = from < this.state.horizon && this.fault !== "gc-without-reset";
    if (isOther || isBehind || (from > this.state.seq && this.fault !== "ignore-epoch" && this.fault !== "timestamp-cursor")) {
      throw refusal(410, "resync-required");
    }
    const key = this.fault === "timestamp-cursor" ? "at" : "seq";
    const waiting = [...this.state.places.values()].filter((place) => place[key] > from).sort((a, b) => a[key] - b[key] || a.seq - b.seq);
    let end = Math.min(limit, waiting.length);
    while (end > 0 && end < waiting.length && waiting[end]!.last === waiting[end - 1]!.last) end += 1;
    const page = waiting.slice(0, end);
    const head = key === "at" ? this.now : this.state.seq;
    const last = page.at(-1)?.[key] ?? from;
    const next = this.fault === "cursor-is-head" && page.length > 0 ? head : last;
    return { epoch: this.epoch, ...this.split(page), nextCursor: `${this.epoch}:${next}`, hasMore: end < waiting.length };
  }

  /** The order of the pages is by what never changes, so that none is missed while the conversations go on. */
  snapshot(query: { cursor?: string; limit?: number; since?: string }): SnapshotPage {
    const [startEpoch, startSeq, from] = (query.cursor ?? `${this.epoch}:${this.state.seq}:`).split(/:(.*?):/) as [string, string, string];
    if (Number(startEpoch) !== this.epoch) throw refusal(410, "resync-required");
    const conversations = this.conversations().map((row) => ({ key: `c${row.id}`, place: this.state.places.get(row.id)! }));
    const messages = this.messages().map((row) => ({ key: `m${row.conversationId}${row.id}`, place: this.state.places.get(row.id)! }));
    const rest = [...conversations, ...messages].filter(({ key }) => key > from).sort((a, b) => (a.key < b.key ? -1 : 1));
    const limit = query.limit ?? 500;
    const page = rest.slice(0, limit);
    const nextCursor = rest.length > limit ? `${this.epoch}:${startSeq}:${page.at(-1)!.key}` : null;
    const { tombstones: _, ...rows } = this.split(page.map(({ place }) => place));
    const sinceEpoch = Number((query.since ?? `${this.epoch}`).split(":")[0]);
    const floors = this.starts.filter((start) => start.epoch > sinceEpoch).map((start) => start.seq);
    const resumeFloor = floors.length > 0 ? Math.min(...floors) : undefined;
    const presets = query.cursor === undefined ? this.presets() : [];
    return { epoch: this.epoch, ...rows, presets, nextCursor, changesCursor: `${this.epoch}:${startSeq}`, resumeFloor };
  }

  push(body: { epoch: number; operations: readonly PushOperation[] }): PushAnswer {
    if (body.epoch !== this.epoch) throw refusal(409, "epoch-changed");
    return { epoch: this.epoch, results: body.operations.map((operation) => this.run(operation)) };
  }

  ask(operation: AskOperation): Message[] {
    const conversation = this.living(operation.conversationId);
    const { message, answerIds, models } = operation;
    if (this.refuses !== "" && JSON.stringify(message ?? "").includes(this.refuses)) throw refusal(413, "too-large");
    const known = this.message(message?.id ?? answerIds[0]!);
    if (known) {
      const answers = answerIds.flatMap((id) => this.message(id) ?? []);
      return message ? [known, ...answers] : answers;
    }
    const parentId = message ? message.parentId : (operation.parentId ?? null);
    if (parentId !== null && this.message(parentId)?.conversationId !== conversation.id) throw refusal(409, "parent-unknown");
    let position = conversation.messageCount;
    const under = message?.id ?? parentId;
    const base = { conversationId: conversation.id, createdAt: this.now, metadata: {}, seq: 0 };
    const made: Message[] = message ? [{ ...base, ...message, role: "user", status: "complete", position: (position += 1) }] : [];
    answerIds.forEach((id, index) => {
      made.push({ ...base, id, parentId: under, role: "assistant", content: [], status: "reserved", model: models[index], position: (position += 1) });
    });
    this.commit(withMessages(conversation, made, answerIds[0]!, this.now), ...made);
    return made.map((row) => this.message(row.id)!);
  }

  /** Time goes on: answers are finished, late commits come through. */
  tick(): void {
    this.now += Math.floor(this.random() * 3) * 400;
    for (const late of this.hidden.filter((one) => (one.ticks -= 1) <= 0)) this.state.places.set(late.id, late.place);
    this.hidden = this.hidden.filter((one) => one.ticks > 0);
    if (this.unfinished.size > 0) for (const row of this.beingWritten()) if (this.random() <= 0.3) this.finish(row);
  }
  finishAnswers(): void {
    for (const row of this.beingWritten()) this.finish(row);
  }

  /** Forgets the tombstones that are older than the last ten changes. */
  forgetTombstones(): void {
    const horizon = Math.max(0, this.state.seq - 10);
    for (const [id, { row, seq }] of this.state.places) {
      if (!("tombstone" in row) || seq > horizon) continue;
      this.state.places.delete(id);
      if (this.fault !== "forget-dead-ids") continue;
      this.state.dead.delete(id);
      this.state.ran.clear();
    }
    this.state.horizon = Math.max(this.state.horizon, horizon);
  }

  backUp(): void {
    const { places, ran, dead, stamps } = this.state;
    this.saved = { ...this.state, places: new Map(places), ran: new Set(ran), dead: new Set(dead), stamps: new Map(stamps) };
  }

  /** False: there is no backup. */
  restore(): boolean {
    if (!this.saved) return false;
    const { seq, places, ran, dead, stamps } = this.saved;
    this.state = { ...this.saved, places: new Map(places), ran: new Set(ran), dead: new Set(dead), stamps: new Map(stamps) };
    this.hidden = [];
    if (this.fault !== "ignore-epoch") this.epoch += 1;
    this.restores += 1;
    this.starts.push({ epoch: this.epoch, seq });
    const cut = this.messages().filter((row) => isUnfinished(row.status));
    for (const row of cut) this.commit({ ...row, status: "interrupted" });
    return true;
  }

  private finish(row: Message): void {
    this.commit({ ...row, status: "complete", content: text(`answer ${row.id}`) });
  }
  private beingWritten(): Message[] {
    const rows = [...this.unfinished].flatMap((id) => this.message(id) ?? []).filter((row) => isUnfinished(row.status));
    this.unfinished = new Set(rows.map((row) => row.id));
    return rows;
  }

  private run(operation: PushOperation): PushResult {
    const { id } = operation;
    if (this.state.ran.has(id) && this.fault !== "not-idempotent") return { id, status: 200, ...this.rowsOf(operation) };
    try {
      const status = this.change(operation);
      this.state.ran.add(id);
      return { id, status, ...this.rowsOf(operation) };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return { id, status: error.status, problem: error.problem };
    }
  }

  private change(operation: PushOperation): number {
    switch (operation.type) {
      case "create-conversation":
        return this.create(operation.conversation);
      case "append-message":
        return this.append(operation.conversationId, operation.message);
      case "edit-conversation":
        return this.edit(operation);
      case "delete-conversation":
        return this.remove(operation.conversationId, operation.forever === true);
      case "restore-conversation": {
        const row = this.known(operation.conversationId);
        if (row.deletedAt) this.commit({ ...row, deletedAt: undefined });
        return 200;
      }
      case "delete-messages":
      case "restore-messages":
        return this.changeMessages(operation);
      case "edit-preset":
      case "delete-preset":
        return this.changePreset(operation);
    }
  }

  /** Those of folders and of all: what is deleted is as good as empty. */
  private changePreset(operation: Extract<PushOperation, { presetId: string }>): number {
    const { presetId: id } = operation;
    const row = this.presets().find((one) => one.id === id);
    const editedAt = Math.min(operation.editedAt, this.now);
    const fields = operation.type === "edit-preset" ? (operation.fields.settings ?? {}) : { system: null, temperature: null };
    let settings = row?.settings ?? {};
    for (const [name, value] of Object.entries(fields)) {
      const key = `${id} ${name}`;
      if ((this.state.stamps.get(key) ?? 0) > editedAt) continue;
      this.state.stamps.set(key, editedAt);
      settings = withSettings(settings, { [name]: value });
    }
    if (row && JSON.stringify(row.settings) === JSON.stringify(settings)) return 200;
    this.state.seq += 1;
    const { seq } = this.state;
    const isGone = Object.keys(settings).length === 0;
    const preset: Preset = { id, kind: "folder", settings, createdAt: 0, updatedAt: editedAt, rev: 0, seq, ...(isGone && { deletedAt: editedAt }) };
    this.state.places.set(id, { row: { preset }, seq, last: seq, at: this.now });
    this.onCommit();
    return 200;
  }

  private create(given: Extract<PushOperation, { type: "create-conversation" }>["conversation"]): number {
    const { id, title = "", model = null, settings = {}, metadata = {}, createdAt = this.now } = given;
    const held = this.conversation(id);
    if (held) {
      if (held.title === title || held.rev > 0 || held.messageCount > 0) return 200;
      throw refusal(409, "id-conflict");
    }
    if (this.state.dead.has(id)) throw refusal(410, "conversation-deleted");
    this.commit({
      id, title, titleSource: title ? "user" : "default", model, createdAt, updatedAt: createdAt, messageCount: 0, isArchived: false,
      isPinned: false, isUnread: false, folder: null, tags: [], headId: null, settings, metadata, rev: 0, seq: 0,
    });
    return 201;
  }

  private append(conversationId: string, given: Extract<PushOperation, { type: "append-message" }>["message"]): number {
    const conversation = this.living(conversationId);
    const held = this.message(given.id);
    if (held?.deletedAt !== undefined) return 200;
    if (held && this.fault !== "not-idempotent") {
      if (JSON.stringify(held.content) === JSON.stringify(given.content)) return 200;
      throw refusal(409, "id-conflict");
    }
    const { parentId = conversation.headId, status = "complete", createdAt = this.now, metadata = {}, ...rest } = given;
    if (parentId !== null && this.message(parentId)?.conversationId !== conversationId) throw refusal(409, "parent-unknown");
    const id = held ? `${given.id}-again${this.state.seq}` : given.id;
    const row: Message = { ...rest, id, conversationId, parentId, status, createdAt, metadata, position: conversation.messageCount + 1, seq: 0 };
    if (this.fault === "put-whole-chat") this.keepOnlyPathTo(conversationId, parentId);
    this.commit(withMessages(conversation, [row], id, this.now), row);
    return 201;
  }

  private edit(operation: Extract<PushOperation, { type: "edit-conversation" }>): number {
    let row = this.known(operation.conversationId);
    const editedAt = Math.min(operation.editedAt, this.now);
    const { settings, ...fields } = operation.fields;
    for (const [name, value] of Object.entries(settings ?? {})) {
      const key = `${row.id} settings.${name}`;
      if ((this.state.stamps.get(key) ?? 0) > editedAt) continue;
      this.state.stamps.set(key, editedAt);
      row = { ...row, settings: withSettings(row.settings, { [name]: value }), rev: row.rev + 1 };
    }
    for (const [name, value] of Object.entries(fields)) {
      const key = `${row.id} ${name}`;
      if ((this.state.stamps.get(key) ?? 0) > editedAt) continue;
      if (name === "headId" && value !== null && this.message(String(value))?.conversationId !== row.id) throw refusal(422, "head-unknown");
      this.state.stamps.set(key, editedAt);
      row = { ...row, [name]: value, rev: row.rev + 1, ...(name === "title" && { titleSource: "user" as const }) };
    }
    this.commit(row);
    return 200;
  }

  /** Message by message the later wish stays; what is erased stays erased. */
  private changeMessages(operation: Extract<PushOperation, { type: "delete-messages" | "restore-messages" }>): number {
    const conversation = this.living(operation.conversationId);
    const rows = operation.messageIds.flatMap((id) => this.message(id) ?? []).filter((row) => row.conversationId === conversation.id);
    if (rows.length === 0) throw refusal(404, "not-found");
    const editedAt = Math.min(operation.editedAt, this.now);
    const changed: Message[] = [];
    for (const row of rows) {
      const key = `${row.id} deletion`;
      if (row.isErased || (this.state.stamps.get(key) ?? 0) > editedAt) continue;
      this.state.stamps.set(key, editedAt);
      if (operation.type === "restore-messages") {
        if (row.deletedAt !== undefined) changed.push({ ...row, content: this.everDeletedMessages.get(row.id) ?? [], deletedAt: undefined });
        continue;
      }
      if (row.deletedAt !== undefined && !operation.forever) continue;
      if (row.deletedAt === undefined) this.everDeletedMessages.set(row.id, row.content);
      const status = isUnfinished(row.status) ? ("cancelled" as const) : row.status;
      changed.push({ ...row, status, content: [], deletedAt: row.deletedAt ?? this.now, ...(operation.forever && { isErased: true }) });
    }
    if (changed.length > 0) this.commit(...changed, conversation);
    return operation.type === "restore-messages" ? 200 : 204;
  }

  private remove(id: string, forever: boolean): number {
    const row = this.conversation(id);
    if (!row && !this.state.dead.has(id)) throw refusal(404, "not-found");
    this.everDeleted.add(id);
    if (!row) return 204;
    if (!forever) {
      if (!row.deletedAt) this.commit({ ...row, deletedAt: this.now });
      return 204;
    }
    for (const message of this.messages()) {
      if (message.conversationId !== id) continue;
      this.state.places.delete(message.id);
      this.state.dead.add(message.id);
    }
    this.state.places.delete(id);
    this.state.dead.add(id);
    this.state.seq += 1;
    const tombstone = { kind: "conversation" as const, id, seq: this.state.seq };
    if (this.fault === "hard-delete") return 204;
    this.state.places.set(id, { row: { tombstone }, seq: tombstone.seq, last: tombstone.seq, at: this.now });
    return 204;
  }

  /** The old way: the writer's idea of the conversation replaces it, with what the writer has not seen. */
  private keepOnlyPathTo(conversationId: string, parentId: string | null): void {
    const kept = new Set<string>();
    for (let id = parentId; id !== null; id = this.message(id)?.parentId ?? null) kept.add(id);
    for (const row of this.messages()) if (row.conversationId === conversationId && !kept.has(row.id)) this.state.places.delete(row.id);
  }

  /** One transaction. */
  private commit(...rows: (Conversation | Message)[]): void {
    const last = this.state.seq + rows.length;
    for (const row of rows) {
      this.state.seq += 1;
      const { seq } = this.state;
      const kind = "position" in row ? { message: { ...row, seq } } : { conversation: { ...row, seq } };
      if ("position" in row) {
        this.everStored.add(row.id);
        if (isUnfinished(row.status)) this.unfinished.add(row.id);
      }
      const place = { row: kind, seq, last, at: this.now };
      if (this.fault === "seq-before-commit" && this.random() < 0.3) this.hidden.push({ id: row.id, place, ticks: 1 + Math.floor(this.random() * 6) });
      else this.state.places.set(row.id, place);
    }
    this.onCommit();
  }

  private living(id: string): Conversation {
    const row = this.known(id);
    if (row.deletedAt) throw refusal(410, "conversation-deleted");
    return row;
  }
  private known(id: string): Conversation {
    const row = this.conversation(id);
    if (!row) throw this.state.dead.has(id) ? refusal(410, "conversation-deleted") : refusal(404, "not-found");
    return row;
  }
  path(conversationId: string, head: string | null, limit: number): Message[] {
    const rows: Message[] = [];
    for (let id = head ?? this.conversation(conversationId)?.headId ?? null; id !== null && rows.length < limit; ) {
      const row: Message | undefined = this.message(id);
      if (!row) break;
      rows.unshift(row);
      id = row.parentId;
    }
    return rows;
  }
  /** As a model would write it, one step at a time. */
  write(id: string, words: string, status: Message["status"] = "streaming"): void {
    const row = this.message(id);
    if (row) this.commit({ ...row, status, content: text(words) });
  }

  private place(id: string): Place | undefined {
    return this.hidden.findLast((late) => late.id === id)?.place ?? this.state.places.get(id);
  }
  private conversation(id: string): Conversation | undefined {
    const row = this.place(id)?.row;
    return row && "conversation" in row ? row.conversation : undefined;
  }
  private message(id: string): Message | undefined {
    const row = this.place(id)?.row;
    return row && "message" in row ? row.message : undefined;
  }
  private rowsOf(operation: PushOperation): { conversation?: Conversation; message?: Message; messages?: Message[]; preset?: Preset } {
    if ("presetId" in operation) return { preset: this.presets().find((row) => row.id === operation.presetId) };
    const id = operation.type === "create-conversation" ? operation.conversation.id : operation.conversationId;
    const message = operation.type === "append-message" ? this.message(operation.message.id) : undefined;
    const messages = "messageIds" in operation ? operation.messageIds.flatMap((one) => this.message(one) ?? []) : undefined;
    return { conversation: this.conversation(id), ...(message && { message }), ...(messages && { messages }) };
  }
  private rows<K extends "conversation" | "message">(kind: K): (K extends "message" ? Message : Conversation)[] {
    const rows: unknown[] = [];
    for (const { row } of this.state.places.values()) if (kind in row) rows.push((row as Record<string, unknown>)[kind]);
    return rows as (K extends "message" ? Message : Conversation)[];
  }
  private split(places: readonly Place[]): Pick<ChangesPage, "conversations" | "messages" | "presets" | "tombstones"> {
    const page = { conversations: [] as Conversation[], messages: [] as Message[], presets: [] as Preset[], tombstones: [] as Tombstone[] };
    for (const { row } of places) {
      if ("conversation" in row) page.conversations.push(row.conversation);
      else if ("message" in row) page.messages.push(row.message);
      else if ("preset" in row) page.presets.push(row.preset);
      else page.tombstones.push(row.tombstone);
    }
    return page;
  }
}

function withMessages(row: Conversation, added: readonly Message[], headId: string, now: number): Conversation {
  const question = added.find((message) => message.role === "user")?.content[0];
  const isUntitled = row.titleSource === "default" && question?.type === "text";
  const title = isUntitled ? { title: excerptOf(String(question.text)), titleSource: "excerpt" as const } : {};
  return { ...row, ...title, headId, messageCount: row.messageCount + added.length, updatedAt: now };
}

export function refusal(status: number, name: string): ProblemError {
  return new ProblemError({ type: `/problems/${name}`, title: name, status });
}

export function text(words: string): ContentBlock[] {
  return [{ type: "text", text: words }];
}

/** The server as a device without any trouble on the way meets it. */
export function doorTo(server: ModelServer): ServerDoor {
  return {
    changes: async (query) => server.changes(query),
    snapshot: async (query) => server.snapshot(query),
    push: async (body) => server.push(body),
    presets: async () => server.presets().filter((row) => row.deletedAt === undefined),
    ask: async (operation) => server.ask(operation),
  };
}
