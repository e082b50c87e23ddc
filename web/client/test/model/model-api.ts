// The calls of a client, answered by a model server, with streams that a test feeds.
import type { Api, GenerationRequest } from "../../src/api";
import { UnreachableError } from "../../src/problem";
import { isUnfinished } from "../../src/types";
import type { ModelServer } from "./model-server";
import { refusal } from "./model-server";

export class ModelApi {
  isDown = false;
  calls: string[] = [];
  private readonly pokes = new Set<ReadableStreamDefaultController<Uint8Array>>();
  readonly generations = new Map<string, EventFeed>();

  constructor(readonly server: ModelServer) {
    const before = server.onCommit;
    server.onCommit = () => {
      before();
      for (const stream of this.pokes) stream.enqueue(eventBytes("poke", {}));
    };
  }

  readonly api = {
    changes: async (query: never) => this.answer("changes", () => this.server.changes(query)),
    snapshot: async (query: never) => this.answer("snapshot", () => this.server.snapshot(query)),
    push: async (body: never) => this.answer("push", () => this.server.push(body)),
    getConversation: async (id: string) =>
      this.answer(`conversation ${id}`, () => {
        const { conversations } = this.server.snapshot({ limit: 1_000 } as never) as { conversations: { id: string }[] };
        return conversations.find((row) => row.id === id) ?? Promise.reject(refusal(404, "not-found"));
      }),
    listMessages: async (id: string, query: { upTo?: string; limit?: number }) =>
      this.answer(`messages ${query.upTo ?? "newest"}`, () => ({ messages: this.server.path(id, query.upTo ?? null, query.limit ?? 50), nextCursor: null, headId: null })),
    events: async (signal: AbortSignal) =>
      this.answer("events", () => {
        let mine: ReadableStreamDefaultController<Uint8Array>;
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => {
            mine = controller;
            this.pokes.add(controller);
            controller.enqueue(eventBytes("hello", { epoch: this.server.epoch }));
          },
          cancel: () => void this.pokes.delete(mine),
        });
        signal.addEventListener("abort", () => {
          if (this.pokes.delete(mine)) mine.error(new Error("aborted"));
        });
        return new Response(body);
      }),
    startGeneration: async (conversationId: string, body: GenerationRequest) =>
      this.answer("generate", () => {
        const answerIds = body.answerIds ?? [];
        const message = body.message && { ...body.message, parentId: body.message.parentId ?? null, createdAt: this.server.now };
        const rows = this.server.ask({ type: "ask", conversationId, message, parentId: body.parentId, models: body.models, answerIds });
        const feed = this.generations.get(answerIds[0]!) ?? new EventFeed();
        for (const id of answerIds) this.generations.set(id, feed);
        const response = feed.open();
        for (const row of rows) feed.send("message", { message: row });
        return response;
      }),
    generationEvents: async (id: string) =>
      this.answer(`attach ${id}`, () => {
        const feed = this.generations.get(id);
        if (!feed) throw refusal(404, "not-found");
        const response = feed.open();
        const row = this.server.messages().find((one) => one.id === id);
        const content = [{ type: "text", text: feed.written }];
        if (row) feed.sendTo(response, "message", { message: feed.written && isUnfinished(row.status) ? { ...row, content } : row });
        return response;
      }),
    cancelGeneration: async (id: string) =>
      this.answer(`cancel ${id}`, () => {
        this.server.write(id, "", "cancelled");
        this.generations.get(id)?.send("status", { messageId: id, status: "cancelled" });
        this.generations.get(id)?.end();
        return this.server.messages().find((one) => one.id === id);
      }),
  } as unknown as Api;

  /** Writes a part of an answer, to those who watch; `isLast` also stores it and ends the stream. */
  stream(answerId: string, words: string, isLast = false): void {
    const feed = this.generations.get(answerId)!;
    feed.send("delta", { messageId: answerId, index: 0, type: "text", text: words });
    feed.written += words;
    if (!isLast) return;
    this.server.write(answerId, feed.written, "complete");
    feed.send("status", { messageId: answerId, status: "complete" });
    feed.end();
  }

  /** Whoever listens is cut off, as by a restart of the server. */
  cutEvents(): void {
    for (const stream of this.pokes) stream.close();
    this.pokes.clear();
  }

  /** The same for whoever watches an answer. */
  cutAnswers(): void {
    for (const feed of this.generations.values()) feed.cut();
  }

  private answer<T>(call: string, run: () => T): T {
    if (this.isDown) throw new UnreachableError();
    this.calls.push(call);
    return run();
  }
}

class EventFeed {
  written = "";
  private readonly streams = new Set<ReadableStreamDefaultController<Uint8Array>>();
  private count = 0;

  private readonly responses = new WeakMap<Response, ReadableStreamDefaultController<Uint8Array>>();

  open(): Response {
    let mine!: ReadableStreamDefaultController<Uint8Array>;
    const start = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      mine = controller;
      this.streams.add(controller);
    };
    const response = new Response(new ReadableStream<Uint8Array>({ start, cancel: () => void this.streams.delete(mine) }));
    this.responses.set(response, mine);
    return response;
  }
  sendTo(response: Response, event: string, body: object): void {
    this.responses.get(response)?.enqueue(eventBytes(event, body, this.count));
  }
  send(event: string, body: object): void {
    this.count += 1;
    for (const stream of this.streams) stream.enqueue(eventBytes(event, body, this.count));
  }
  end(): void {
    this.send("end", {});
    this.cut();
  }
  cut(): void {
    for (const stream of this.streams) stream.close();
    this.streams.clear();
  }
}

function eventBytes(event: string, body: object, id = 0): Uint8Array {
  return new TextEncoder().encode(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(body)}\n\n`);
}
