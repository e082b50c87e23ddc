// The device's side of docs/sync.md: pull, push, and starting again from a snapshot. It decides; storage, network, clock and ids come from
// outside. Every step is one transaction, so that a crash between any two of them leaves a state from which the next call goes on.
import { ProblemError } from "../problem";
import { applyChanges } from "./feed";
import { initialState, type LocalStore, type Reading, type StoredMessage, type SyncState } from "./local-store";
import { filesOfOperation, isFileSent, NextRun, parentOf, unaskedMsMax, type NextToSend, type OutboxEntry, type PushableOperation } from "./outbox";
import { readShadow, swapIn } from "./resync";
import { putRows } from "./rows";
import type { ChangesPage, PushAnswer, ServerDoor, Surroundings } from "./server-door";
import { fail, settle, settleLooked, type Answer, type Settled } from "./settle";
import { isUnfinished } from "../types";

/** The server cannot take it now; the same again later is right. */
export class LaterError extends Error {
  override readonly name = "LaterError";
}

export interface SyncOptions {
  /** Rows asked for at once; the server's default when left out. */
  pageRows?: number;
}

/** Where the device stands, read in one transaction: what each step begins with, so that none has to read it again. */
export interface Standing {
  readonly state: SyncState;
  /** Answers that were being written when they were last heard of. */
  readonly unfinished: readonly StoredMessage[];
  readonly next: NextToSend;
  /** There are files that were attached here and that the server does not have. */
  readonly hasUnsentFiles: boolean;
  /** Too old to be sent unasked. While there are any, `next` is null. */
  readonly tooOld: readonly OutboxEntry[];
}

/** Entries read at once while looking for what goes next: texts may be long. */
const lookEntries = 32;

/**
 * Calls may overlap, also from several tabs: each transaction looks whether what it stands on is still so. They reject with what the server's
 * door or the store rejected with, or with LaterError; then the same call later goes on.
 */
export class Sync {
  constructor(
    private readonly store: LocalStore,
    private readonly server: ServerDoor,
    private readonly around: Surroundings,
    private readonly options: SyncOptions = {},
  ) {}

  /**
   * Until the device has what the server has, apart from messages that are still to be filled in. `from`: where the device stands, when that is known
   * already. True when anything came.
   */
  async pull(from?: SyncState): Promise<boolean> {
    let state = from ?? (await this.store.read((tx) => tx.state()));
    for (let hasChanged = false; ; ) {
      if (state.cursor === null) {
        await this.resync(state);
        [hasChanged, state] = [true, await this.store.read((tx) => tx.state())];
        continue;
      }
      const since = state.cursor;
      if (!state.hasPresets) await this.readPresets(since);
      try {
        const page = await this.server.changes({ since, limit: this.options.pageRows });
        const isSame = page.nextCursor === since && page.epoch === state.epoch && isEmpty(page);
        if (isSame && !page.hasMore) return hasChanged;
        const outcome = await this.store.write((tx) => applyChanges(tx, since, page, this.around));
        hasChanged = true;
        if (outcome === "applied" && !page.hasMore) return hasChanged;
        if (outcome === "other-epoch") await this.resync(state);
        state = outcome === "applied" ? { ...state, cursor: page.nextCursor } : await this.store.read((tx) => tx.state());
        if (outcome === "overtaken" && !page.hasMore) return hasChanged;
      } catch (error) {
        if (!isProblem(error, 410) && !isProblem(error, 400)) throw error;
        await this.resync(state);
        [hasChanged, state] = [true, await this.store.read((tx) => tx.state())];
      }
    }
  }

  /** Before the feed goes on: whatever is changed in them meanwhile comes with it. */
  private async readPresets(since: string): Promise<void> {
    const presets = await this.server.presets();
    await this.store.write(async (tx) => {
      const state = await tx.state();
      if (state.cursor !== since) return;
      await tx.clearPresets();
      await tx.putPresets(presets);
      await tx.putState({ ...state, hasPresets: true });
    });
  }

  /** One page of messages that this device does not hold yet, newest conversations first. True when there may be more. */
  async fill(): Promise<boolean> {
    const state = await this.store.read((tx) => tx.state());
    if (state.fill === null) return false;
    const fill = state.fill;
    try {
      const page = await this.server.snapshot({ cursor: fill, limit: this.options.pageRows, include: "all" });
      return await this.store.write(async (tx) => {
        const now = await tx.state();
        if (now.fill !== fill || now.epoch !== page.epoch) return false;
        await putRows(tx, page.epoch, page.conversations, page.messages, this.around);
        await tx.putState({ ...now, fill: page.nextCursor });
        return page.nextCursor !== null;
      });
    } catch (error) {
      if (!isProblem(error, 410) && !isProblem(error, 400)) throw error;
      await this.stopFill(fill);
      return false;
    }
  }

  /** Enough is held: what is missing is read when it is opened. */
  async stopFill(fill: string): Promise<void> {
    await this.store.write(async (tx) => {
      const now = await tx.state();
      if (now.fill === fill) await tx.putState({ ...now, fill: null });
    });
  }

  /** Sends what waits, in order, until nothing is left that can go. Where the device stands then. */
  async push(): Promise<Standing> {
    let standing = await this.stand();
    for (let isSingle = false; ; ) {
      const { state, next, tooOld } = standing;
      if (state.epoch === initialState.epoch || state.cursor === null) {
        await this.pull(state);
        standing = await this.stand();
      } else if (tooOld.length > 0) {
        standing = await this.leaveUnsent(tooOld);
      } else if (next === null) {
        return standing;
      } else if (next.kind === "ask") {
        standing = await this.sendAsk(next.entry, state.epoch);
      } else {
        const sent = await this.sendBatch(isSingle ? next.entries.slice(0, 1) : next.entries, state.epoch);
        isSingle = sent.isSingle;
        standing = sent.standing;
      }
    }
  }

  private async resync(state: SyncState): Promise<void> {
    const shadow = await readShadow(this.server, state, this.options.pageRows);
    await this.store.write((tx) => swapIn(tx, shadow, this.around));
  }

  private stand(): Promise<Standing> {
    return this.store.read((tx) => standingOf(tx, this.around.now()));
  }

  private async leaveUnsent(entries: readonly OutboxEntry[]): Promise<Standing> {
    const reason = "It was written more than half a year ago. Send it if it still matters.";
    await this.store.write(async (tx) => {
      for (const entry of await tx.outboxEntries(entries.map((one) => one.id))) if (entry) await fail(tx, entry, reason);
    });
    return this.stand();
  }

  /** `isSingle`: the server refused the batch as a whole, so that its operations must be sent one by one. */
  private async sendBatch(entries: readonly OutboxEntry[], epoch: number): Promise<{ standing: Standing; isSingle: boolean }> {
    const operations = entries.map((entry) => ({ ...(entry.operation as PushableOperation), id: entry.id }));
    let answer: PushAnswer;
    try {
      answer = await this.server.push({ epoch, operations });
    } catch (error) {
      if (isProblem(error, 409) && error.kind === "epoch-changed") {
        await this.pull();
        return { standing: await this.stand(), isSingle: false };
      }
      if (!(error instanceof ProblemError) || !isAboutTheBody(error)) throw error;
      if (entries.length > 1) return { standing: await this.stand(), isSingle: true };
      return { standing: await this.settle(epoch, [{ entry: entries[0]!, status: error.status, problem: error.problem }]), isSingle: true };
    }
    const answers = answer.results.map((result, index): Answer | null => {
      const entry = entries[index];
      if (!entry || entry.id !== result.id) return null;
      const conversations = result.conversation ? [result.conversation] : [];
      const messages = [...(result.message ? [result.message] : []), ...(result.messages ?? [])];
      return { entry, status: result.status, problem: result.problem, conversations, messages, preset: result.preset };
    });
    if (answers.length === 0) throw new LaterError("The server has run nothing.");
    return { standing: await this.settle(answer.epoch, answers.filter((one) => one !== null)), isSingle: false };
  }

  private async sendAsk(entry: OutboxEntry, epoch: number): Promise<Standing> {
    const { operation } = entry;
    if (operation.type !== "ask") return this.stand();
    try {
      const messages = await this.server.ask(operation);
      return await this.settle(epoch, [{ entry, status: 200, messages }]);
    } catch (error) {
      if (!(error instanceof ProblemError) || !isAboutTheBody(error)) throw error;
      return this.settle(epoch, [{ entry, status: error.status, problem: error.problem }]);
    }
  }

  /** What the answers do and where the device stands after it, in one transaction. */
  private async settle(epoch: number, answers: readonly Answer[]): Promise<Standing> {
    const now = this.around.now();
    const { settled, standing } = await this.store.write(async (tx) => {
      const done: Settled = await settle(tx, epoch, answers, this.around);
      return { settled: done, standing: await standingOf(tx, now) };
    });
    if (settled.look.length > 0) {
      await this.pull(standing.state);
      await this.store.write((tx) => settleLooked(tx, epoch, settled.look, this.around));
    }
    if (settled.isLater) throw new LaterError("The server cannot take it now.");
    return settled.look.length > 0 ? this.stand() : standing;
  }
}

async function standingOf(tx: Reading, now: number): Promise<Standing> {
  const oldest = now - unaskedMsMax;
  const [state, unfinished] = [await tx.state(), await tx.unfinished()];
  const away = new Set((await tx.unsentFiles()).filter((file) => !isFileSent(file, now)).map((file) => file.id));
  const hasUnsentFiles = away.size > 0;
  const run = new NextRun();
  for (let after: number | null = null; ; ) {
    const entries = await tx.nextWaiting(after, lookEntries);
    const tooOld = entries.filter((entry) => entry.madeAt < oldest);
    if (tooOld.length > 0) return { state, unfinished, hasUnsentFiles, next: null, tooOld };
    const blocked = await blockedOf(tx, entries, away);
    for (const entry of entries) {
      const next = run.offer(entry, blocked.has(entry.id) ? "blocked" : "go");
      if (next) return { state, unfinished, hasUnsentFiles, next, tooOld };
    }
    if (entries.length < lookEntries) return { state, unfinished, hasUnsentFiles, next: run.end(), tooOld };
    after = entries.at(-1)!.order;
  }
}

/** The questions that stand under an answer that is being written, and what refers to files that are `away`: not with the server yet. */
async function blockedOf(tx: Reading, entries: readonly OutboxEntry[], away: ReadonlySet<string>): Promise<Set<string>> {
  const waiting = away.size === 0 ? [] : entries.filter((entry) => filesOfOperation(entry.operation).some((file) => away.has(file.attachmentId)));
  const blocked = new Set(waiting.map((entry) => entry.id));
  const asks = entries.filter((entry) => entry.operation.type === "ask" && typeof parentOf(entry.operation) === "string");
  if (asks.length === 0) return blocked;
  const parents = await tx.messages(asks.map((entry) => parentOf(entry.operation) as string));
  asks.forEach(({ id }, index) => parents[index] && isUnfinished(parents[index].status) && blocked.add(id));
  return blocked;
}

function isEmpty(page: ChangesPage): boolean {
  return page.conversations.length + page.messages.length + page.tombstones.length + (page.presets?.length ?? 0) === 0;
}

function isProblem(error: unknown, status: number): error is ProblemError {
  return error instanceof ProblemError && error.status === status;
}

/** Refusals that a later try of the same would meet again. */
function isAboutTheBody({ status }: ProblemError): boolean {
  return status >= 400 && status < 500 && ![401, 403, 408, 421, 425, 429].includes(status);
}
