// Following one generation from its first event to `end`, across any number of broken connections.
import type { Api } from "./api";
import { ProblemError, UnreachableError } from "./problem";
import { readableEvent } from "./readable";
import { SseParser, type SseEvent } from "./sse";
import type { GenerationEvent } from "./types";

export type ConnectionState = "connected" | "reconnecting";

export interface FollowOptions {
  api: Pick<Api, "generationEvents">;
  /** Opens the stream the first time (the POST); left out when a running answer is only attached to. */
  start?: (signal: AbortSignal) => Promise<Response>;
  /** Any answer of the generation; learnt from the first `message` event when `start` is given. */
  answerId?: string;
  signal: AbortSignal;
  onEvent: (event: GenerationEvent) => void;
  onConnection?: (state: ConnectionState) => void;
  /** Waits; replaced in tests. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A stream without any byte for this long is taken as broken. */
  idleMsMax?: number;
}

/**
 * Resolves after `end` was delivered. A connection that closes without it is resumed after the last event id, with
 * growing pauses, for as long as the signal allows. Rejects with the first call's error when nothing was ever
 * received (what is to be started stands in the outbox, and may be thrown away there before it is tried again), and with ProblemError when the server no longer knows the generation.
 */
export async function followGeneration(options: FollowOptions): Promise<void> {
  const { signal, sleep = pause } = options;
  const seen: Progress = { answerId: options.answerId ?? "", lastEventId: "", events: 0 };
  for (let failures = 0; ; ) {
    const eventsBefore = seen.events;
    try {
      const response = await open(options, seen);
      options.onConnection?.("connected");
      if (await deliver(response, options, seen)) return;
    } catch (error) {
      if (signal.aborted) throw error;
      if (!worthRetrying(error, seen)) throw error;
    }
    failures = seen.events > eventsBefore ? 1 : failures + 1;
    options.onConnection?.("reconnecting");
    await sleep(backoffMs(failures), signal);
    signal.throwIfAborted();
  }
}

interface Progress {
  answerId: string;
  lastEventId: string;
  events: number;
}

function open(options: FollowOptions, seen: Progress): Promise<Response> {
  if (seen.answerId) return options.api.generationEvents(seen.answerId, seen.lastEventId, options.signal);
  if (options.start) return options.start(options.signal);
  throw new TypeError("followGeneration needs start or answerId");
}

function worthRetrying(error: unknown, seen: Progress): boolean {
  const isPassing =
    error instanceof UnreachableError || (error instanceof ProblemError && error.isTemporary);
  return isPassing && seen.answerId !== "";
}

/** Returns true after `end`. */
async function deliver(response: Response, options: FollowOptions, seen: Progress): Promise<boolean> {
  const parser = new SseParser();
  const reader = response.body?.getReader();
  if (!reader) throw new UnreachableError();
  try {
    for (;;) {
      const { done, value } = await readWithin(reader, options.idleMsMax ?? 90_000);
      if (done) return false;
      for (const raw of parser.push(value)) {
        seen.events += 1;
        if (raw.id) seen.lastEventId = raw.id;
        const event = decode(raw);
        if (!event) continue;
        if (event.event === "message" && event.message.role === "assistant" && !seen.answerId) {
          seen.answerId = event.message.id;
        }
        options.onEvent(event);
        if (event.event === "end") return true;
      }
    }
  } catch (error) {
    if (options.signal.aborted) throw error;
    throw new UnreachableError(error);
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

async function readWithin(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  ms: number,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new UnreachableError()), ms);
  });
  try {
    return await Promise.race([reader.read(), late]);
  } finally {
    clearTimeout(timer);
  }
}

const known = new Set(["message", "delta", "block", "status", "title", "end"]);

/** Null for event types of a newer server and for data of which nothing can be made: both are skipped. */
export function decode(raw: SseEvent): GenerationEvent | null {
  if (!known.has(raw.event)) return null;
  try {
    const data: unknown = JSON.parse(raw.data);
    if (typeof data !== "object" || data === null) return null;
    return readableEvent({ ...data, event: raw.event } as GenerationEvent);
  } catch {
    return null;
  }
}

/** 0.5 s, 1 s, 2 s ... at most 15 s, each shortened by up to a quarter so that tabs do not come back together. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const full = Math.min(15_000, 500 * 2 ** Math.max(0, failures - 1));
  return Math.round(full * (1 - 0.25 * random()));
}

/** Ends early when the browser comes back online. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      globalThis.removeEventListener?.("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    globalThis.addEventListener?.("online", done);
    signal.addEventListener("abort", done);
  });
}
