// The device's side of docs/sync.md: pull, push, and starting again from a snapshot. It decides; storage, network, clock and ids come from
// outside. Every step is one transaction, so that a crash between any two of them leaves a state from which the next call goes on.
import { ProblemError } from "../problem";
import type { LocalStore } from "./local-store";
import { initialState } from "./local-store";
import { applyChanges } from "./feed";
import { nextToSend, parentOf, unaskedMsMax, type OutboxEntry, type PushableOperation } from "./outbox";
import { readShadow, swapIn } from "./resync";
import { putRows } from "./rows";
import type { PushAnswer, ServerDoor, Surroundings } from "./server-door";
import { settle, settleLooked, type Answer, type Settled } from "./settle";
import { isUnfinished } from "../types";

/** The server cannot take it now; the same again later is right. */
export class LaterError extends Error {
  override readonly name = "LaterError";
}

export interface SyncOptions {
  /** Rows asked for at once; the server's default when left out. */
  pageRows?: number;
}

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

  /** Until the device has what the server has, apart from messages that are still to be filled in. */
  async pull(): Promise<void> {
    for (;;) {
      const state = await this.store.read((tx) => tx.state());
      if (state.cursor === null) {
        await this.resync();
        continue;
      }
      const since = state.cursor;
      try {
        const page = await this.server.changes({ since, limit: this.options.pageRows });
        const outcome = await this.store.write((tx) => applyChanges(tx, since, page, this.around));
        if (outcome === "other-epoch") await this.resync();
        else if (!page.hasMore) return;
      } catch (error) {
        if (!isProblem(error, 410) && !isProblem(error, 400)) throw error;
        await this.resync();
      }
    }
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
        await putRows(tx, page.epoch, page.conversations, page.messages);
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

  /** Sends what waits, in order, until nothing is left that can go. */
  async push(): Promise<void> {
    for (let isSingle = false; ; ) {
      const state = await this.store.read((tx) => tx.state());
      if (state.epoch === initialState.epoch || state.cursor === null) {
        await this.pull();
        continue;
      }
      const { entries, blocked } = await this.waiting();
      const next = nextToSend(entries, (entry) => blocked.has(entry.id));
      if (!next) return;
      if (next.kind === "ask") {
        await this.sendAsk(next.entry, state.epoch);
        continue;
      }
      const batch = isSingle ? next.entries.slice(0, 1) : next.entries;
      const outcome = await this.sendBatch(batch, state.epoch);
      isSingle = outcome === "single";
    }
  }

  private async resync(): Promise<void> {
    const state = await this.store.read((tx) => tx.state());
    const shadow = await readShadow(this.server, state, this.options.pageRows);
    await this.store.write((tx) => swapIn(tx, shadow, this.around));
  }

  /** What is in the outbox, less what is too old to be sent unasked, and which questions stand under an answer that is being written. */
  private async waiting(): Promise<{ entries: OutboxEntry[]; blocked: Set<string> }> {
    const entries = await this.store.read((tx) => tx.outbox());
    const oldest = this.around.now() - unaskedMsMax;
    const old = entries.filter((entry) => entry.state === "waiting" && entry.madeAt < oldest);
    if (old.length > 0) {
      const reason = "It was written more than half a year ago. Send it if it still matters.";
      await this.store.write(async (tx) => {
        const there = new Set((await tx.outbox()).map((entry) => entry.id));
        await tx.putOutbox(old.filter((entry) => there.has(entry.id)).map((entry) => ({ ...entry, state: "failed", reason })));
      });
      return this.waiting();
    }
    const asks = entries.filter((entry) => entry.operation.type === "ask" && typeof parentOf(entry.operation) === "string");
    if (asks.length === 0) return { entries, blocked: new Set() };
    const parents = await this.store.read((tx) => tx.messages(asks.map((entry) => parentOf(entry.operation) as string)));
    const blocked = asks.filter((_, index) => parents[index] && isUnfinished(parents[index].status)).map((entry) => entry.id);
    return { entries, blocked: new Set(blocked) };
  }

  /** `single`: the server refused the batch as a whole, so that its operations must be sent one by one. */
  private async sendBatch(entries: readonly OutboxEntry[], epoch: number): Promise<"settled" | "single"> {
    const operations = entries.map((entry) => ({ ...(entry.operation as PushableOperation), id: entry.id }));
    let answer: PushAnswer;
    try {
      answer = await this.server.push({ epoch, operations });
    } catch (error) {
      if (isProblem(error, 409) && error.kind === "epoch-changed") {
        await this.pull();
        return "settled";
      }
      if (!(error instanceof ProblemError) || !isAboutTheBody(error)) throw error;
      if (entries.length > 1) return "single";
      await this.settle(epoch, [{ entry: entries[0]!, status: error.status, problem: error.problem }]);
      return "single";
    }
    const answers = answer.results.map((result, index): Answer | null => {
      const entry = entries[index];
      if (!entry || entry.id !== result.id) return null;
      const conversations = result.conversation ? [result.conversation] : [];
      return { entry, status: result.status, problem: result.problem, conversations, messages: result.message ? [result.message] : [] };
    });
    if (answers.length === 0) throw new LaterError("The server has run nothing.");
    await this.settle(answer.epoch, answers.filter((one) => one !== null));
    return "settled";
  }

  private async sendAsk(entry: OutboxEntry, epoch: number): Promise<void> {
    const { operation } = entry;
    if (operation.type !== "ask") return;
    try {
      const messages = await this.server.ask(operation);
      await this.settle(epoch, [{ entry, status: 200, messages }]);
    } catch (error) {
      if (!(error instanceof ProblemError) || !isAboutTheBody(error)) throw error;
      await this.settle(epoch, [{ entry, status: error.status, problem: error.problem }]);
    }
  }

  private async settle(epoch: number, answers: readonly Answer[]): Promise<void> {
    const settled: Settled = await this.store.write((tx) => settle(tx, epoch, answers, this.around));
    if (settled.look.length > 0) {
      await this.pull();
      await this.store.write((tx) => settleLooked(tx, epoch, settled.look, this.around));
    }
    if (settled.isLater) throw new LaterError("The server cannot take it now.");
  }
}

function isProblem(error: unknown, status: number): error is ProblemError {
  return error instanceof ProblemError && error.status === status;
}

/** Refusals that a later try of the same would meet again. */
function isAboutTheBody({ status }: ProblemError): boolean {
  return status >= 400 && status < 500 && ![401, 403, 408, 421, 425, 429].includes(status);
}
