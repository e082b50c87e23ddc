import { describe, expect, it, vi } from "vitest";
import { backoffMs, followGeneration, type FollowOptions } from "../src/generation-stream";
import { ProblemError, UnreachableError } from "../src/problem";
import type { GenerationEvent } from "../src/types";

const answer = { id: "ANSWER", role: "assistant", status: "reserved", content: [] };
const events = [
  { id: "1", event: "message", data: { message: answer } },
  { id: "2", event: "delta", data: { messageId: "ANSWER", index: 0, type: "text", text: "one " } },
  { id: "3", event: "delta", data: { messageId: "ANSWER", index: 0, type: "text", text: "two " } },
  { id: "4", event: "a-newer-kind", data: { anything: true } },
  { id: "5", event: "status", data: { messageId: "ANSWER", status: "complete" } },
  { id: "6", event: "end", data: {} },
];

/** A stream of the events after `from`, closed after `count` of them. */
function streamOf(from: string, count: number): Response {
  const start = from === "" ? 0 : events.findIndex((event) => event.id === from) + 1;
  const text = events
    .slice(start, start + count)
    .map((event) => `id: ${event.id}\nevent: ${event.event}\ndata: ${JSON.stringify(event.data)}\n\n`)
    .join("");
  return new Response(text, { headers: { "content-type": "text/event-stream" } });
}

function follow(options: Partial<FollowOptions> & { resume: FollowOptions["api"]["generationEvents"] }) {
  const seen: GenerationEvent[] = [];
  const { resume, ...rest } = options;
  const done = followGeneration({
    api: { generationEvents: resume },
    signal: new AbortController().signal,
    onEvent: (event) => seen.push(event),
    sleep: async () => undefined,
    ...rest,
  });
  return { seen, done };
}

describe("followGeneration", () => {
  it("resumes after the last id, however often the connection breaks, without gap or repeat", async () => {
    for (let pieces = 1; pieces <= events.length; pieces += 1) {
      const asked: string[] = [];
      const { seen, done } = follow({
        start: async () => streamOf("", pieces),
        resume: async (id, last) => {
          asked.push(`${id}:${last}`);
          return streamOf(last, pieces);
        },
      });
      await done;
      expect(seen.map((event) => event.event), `${pieces} events per connection`).toEqual([
        "message", "delta", "delta", "status", "end",
      ]);
      expect(asked).toHaveLength(Math.ceil(events.length / pieces) - 1);
      if (pieces === 2) expect(asked).toEqual(["ANSWER:2", "ANSWER:4"]);
    }
  });

  it("keeps trying while the server is away, and waits longer each time", async () => {
    const sleep = vi.fn(async () => undefined);
    let away = 6;
    const { seen, done } = follow({
      answerId: "ANSWER",
      sleep,
      resume: async (_, last) => {
        away -= 1;
        if (away > 0) throw new UnreachableError();
        return streamOf(last, 99);
      },
    });
    await done;
    expect(seen.at(-1)?.event).toBe("end");
    const waits = sleep.mock.calls.map((call) => (call as unknown as [number])[0]);
    expect(waits).toHaveLength(5);
    expect(waits[4]).toBeGreaterThan(waits[0]! * 4);
  });

  it("does not repeat the first call: what was thrown away meanwhile must not be sent", async () => {
    const start = vi.fn(async () => {
      throw new UnreachableError();
    });
    const { done } = follow({ start, resume: async () => streamOf("", 99) });
    await expect(done).rejects.toBeInstanceOf(UnreachableError);
    expect(start).toHaveBeenCalledTimes(1);
  });

  it("does not repeat what the server refuses", async () => {
    const refusal = new ProblemError({ type: "/problems/parent-unknown", title: "No", status: 409 });
    const start = vi.fn(async () => {
      throw refusal;
    });
    const { done } = follow({ start, resume: async () => streamOf("", 99) });
    await expect(done).rejects.toBe(refusal);
    expect(start).toHaveBeenCalledTimes(1);
  });

  it("stops when it is aborted", async () => {
    const abort = new AbortController();
    const { done } = follow({
      answerId: "ANSWER",
      signal: abort.signal,
      sleep: async () => abort.abort(),
      resume: async () => {
        throw new UnreachableError();
      },
    });
    await expect(done).rejects.toMatchObject({ name: "AbortError" });
  });

  it("treats a silent connection as broken", async () => {
    let calls = 0;
    const { done } = follow({
      answerId: "ANSWER",
      idleMsMax: 5,
      resume: async (_, last) => {
        calls += 1;
        return calls === 1 ? new Response(new ReadableStream({})) : streamOf(last, 99);
      },
    });
    await done;
    expect(calls).toBe(2);
  });
});

describe("backoffMs", () => {
  it("doubles up to a limit", () => {
    expect([1, 2, 3, 4, 5, 6, 20].map((n) => backoffMs(n, () => 0))).toEqual([
      500, 1000, 2000, 4000, 8000, 15000, 15000,
    ]);
    expect(backoffMs(1, () => 1)).toBe(375);
  });
});
