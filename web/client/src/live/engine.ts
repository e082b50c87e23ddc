// The leading tab's work: send, pull, listen, fill, one after the other, again and again.
import type { Api } from "../api";
import { StorageClosedError, StorageFullError, type LocalStore, type SyncState } from "../core/local-store";
import type { AskOperation } from "../core/outbox";
import { ServerClock } from "../core/server-clock";
import { giveBackSeen } from "../core/seen-answers";
import type { ServerDoor, Surroundings } from "../core/server-door";
import { LaterError, Sync } from "../core/sync";
import { backoffMs } from "../generation-stream";
import { ProblemError, UnreachableError } from "../problem";
import { SseParser } from "../sse";
import { Follower } from "./follower";
import { SeenKeeper } from "./seen-keeper";
import type { TabChannel, TabMessage } from "./tab-channel";

export interface EngineParts {
  api: Api;
  store: LocalStore;
  clock: ServerClock;
  channel: TabChannel;
  around: Surroundings;
  /** Whether there is room for more messages on the device; asked before each page of the fill. */
  hasRoom: () => Promise<boolean>;
  /** Sends files that were attached, beside everything else: what waits for them goes with the next cycle. */
  sendFiles: () => Promise<void>;
  /** Called when nothing else is to be done: for the text index. */
  whenIdle: (signal: AbortSignal) => Promise<void>;
}

/** Without pokes, and in case one was lost, the feed is read this often. */
const pullMs = 60_000;
const pageRows = 1000;
/** A stream of pokes says something at least every 15 s. */
const silenceMsMax = 45_000;

export class Engine {
  private wake: (() => void) | null = null;
  private isWoken = false;
  private failures = 0;
  /** An answer has ended, or may have: what was seen of it has to be looked at, before what waits for it is sent. */
  private hasSeen = true;

  constructor(private readonly parts: EngineParts) {}

  /** Something is to be sent or pulled. */
  poke(): void {
    this.isWoken = true;
    this.wake?.();
  }

  async lead(signal: AbortSignal): Promise<void> {
    const { api, channel, store, around } = this.parts;
    const poke = () => this.poke();
    const onEnd = () => {
      this.hasSeen = true;
      this.poke();
    };
    const seen = new SeenKeeper(store, () => around.now());
    const follower = new Follower(api, channel, signal, { onEnd, onTitle: poke, onLost: poke }, seen);
    const sync = new Sync(store, doorOf(api, (operation) => follower.ask(operation)), around, { pageRows });
    const unsubscribe = [
      store.subscribe((change) => change.isToSend && this.poke()),
      channel.subscribe((message) => {
        if (message.kind === "sync") this.poke();
        if (message.kind === "connection?" && this.last) channel.send(this.last);
      }),
    ];
    void this.listen(signal);
    void this.fillUp(sync, signal);
    while (!signal.aborted) {
      this.isWoken = false;
      await this.cycle(sync, follower, seen);
      await this.pause(this.failures === 0 ? pullMs : backoffMs(this.failures), signal);
    }
    for (const stop of unsubscribe) stop();
  }

  private last: Extract<TabMessage, { kind: "connection" }> | null = null;

  private async cycle(sync: Sync, follower: Follower, seen: SeenKeeper): Promise<void> {
    try {
      let standing = await sync.push();
      // A question waits until the answer that it stands under is finished: the pull may have brought just that.
      const hasPulled = await sync.pull(standing.state);
      if (hasPulled && seen.hasKept) this.hasSeen = true;
      if ((await this.giveBack()) || hasPulled) standing = await sync.push();
      this.failures = 0;
      if (standing.hasUnsentFiles) this.parts.sendFiles().catch(console.error);
      follower.attach(standing.unfinished);
      this.tell(standing.state);
    } catch (error) {
      this.failures += 1;
      if (!isExpected(error)) console.error(error);
      this.tell(await this.parts.store.read((tx) => tx.state()).catch(() => null));
    }
  }

  private async giveBack(): Promise<boolean> {
    const { store, around, clock } = this.parts;
    if (!this.hasSeen) return false;
    this.hasSeen = false;
    try {
      return await store.write((tx) => giveBackSeen(tx, around, () => clock.stamp()));
    } catch (error) {
      this.hasSeen = true;
      throw error;
    }
  }

  private tell(state: SyncState | null): void {
    const isBehind = !state || state.cursor === null;
    this.last = { kind: "connection", state: this.failures === 0 ? "online" : "offline", isBehind, clock: this.parts.clock.reading() };
    this.parts.channel.send(this.last);
  }

  /** Until woken, or until the time is over. */
  private pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        this.wake = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", done);
      this.wake = done;
      if (this.isWoken || signal.aborted) done();
    });
  }

  /** Holds the stream of pokes. Nothing depends on it. */
  private async listen(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const attempt = new AbortController();
      const abort = () => attempt.abort();
      signal.addEventListener("abort", abort);
      try {
        const response = await this.parts.api.events(attempt.signal);
        await this.readPokes(response, attempt, () => (failures = 0));
      } catch {
        // The pulls go on; the stream is tried again below.
      }
      signal.removeEventListener("abort", abort);
      failures += 1;
      // Whether only the stream was lost or the server is away shows when the feed is read.
      this.poke();
      await sleep(backoffMs(failures), signal);
    }
  }

  private async readPokes(response: Response, attempt: AbortController, onAlive: () => void): Promise<void> {
    const reader = response.body?.getReader();
    if (!reader) return;
    const parser = new SseParser();
    let timer = setTimeout(() => attempt.abort(), silenceMsMax);
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(() => attempt.abort(), silenceMsMax);
        onAlive();
        if (parser.push(value).length > 0) this.poke();
      }
    } finally {
      clearTimeout(timer);
      reader.cancel().catch(() => undefined);
    }
  }

  private async fillUp(sync: Sync, signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        const { cursor, fill } = await this.parts.store.read((tx) => tx.state());
        if (cursor !== null && fill !== null && !(await this.parts.hasRoom())) await sync.stopFill(fill);
        const hasMore = cursor !== null && fill !== null && (await sync.fill());
        failures = 0;
        if (!hasMore) await this.parts.whenIdle(signal);
        await sleep(hasMore ? 50 : cursor === null ? 500 : 5_000, signal);
      } catch {
        failures += 1;
        await sleep(backoffMs(failures), signal);
      }
    }
  }
}

function isExpected(error: unknown): boolean {
  const kinds = [UnreachableError, ProblemError, LaterError, StorageClosedError, StorageFullError];
  return kinds.some((kind) => error instanceof kind);
}

function doorOf(api: Api, ask: (operation: AskOperation) => ReturnType<ServerDoor["ask"]>): ServerDoor {
  return { changes: api.changes, snapshot: api.snapshot, push: api.push, presets: api.presets, ask };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
