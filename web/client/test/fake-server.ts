// A server small enough to see through, for the tests of what is built on the calls.
import type { Api } from "../src/api";
import { ProblemError, UnreachableError } from "../src/problem";
import type { Conversation, Message } from "../src/types";

export function conversation(id: string, fields: Partial<Conversation> = {}): Conversation {
  return {
    id, title: id, titleSource: "excerpt", model: null, createdAt: 0, updatedAt: 0, messageCount: 0, isArchived: false,
    isPinned: false, folder: null, tags: [], headId: null, metadata: {}, rev: 1, seq: 1, ...fields,
  };
}

export function message(id: string, parentId: string | null, fields: Partial<Message> = {}): Message {
  return {
    id, conversationId: "C", parentId, role: id.startsWith("Q") ? "user" : "assistant",
    content: [{ type: "text", text: `text of ${id}` }], status: "complete", createdAt: 0, metadata: {}, position: 1, seq: 1, ...fields,
  };
}

/** A stream that stays open until `end`, fed by hand. */
export class Stream {
  private controller!: ReadableStreamDefaultController<Uint8Array>;
  readonly response = new Response(new ReadableStream<Uint8Array>({ start: (controller) => void (this.controller = controller) }));
  private count = 0;
  send(event: string, data: unknown): void {
    this.count += 1;
    this.controller.enqueue(new TextEncoder().encode(`id: ${this.count}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
    if (event === "end") this.controller.close();
  }
}

export class FakeServer {
  isDown = false;
  messages: Message[] = [];
  pages: { messages: Message[]; nextCursor: string | null }[] | null = null;
  streams: Stream[] = [];
  calls: string[] = [];
  requests: unknown[] = [];

  readonly api = {
    listMessages: async (_: string, query: { cursor?: string }) => {
      this.answer(`messages ${query.cursor ?? "newest"}`, null);
      if (this.pages) return { ...this.pages[Number(query.cursor ?? 0)]!, headId: null };
      return { messages: this.messages, nextCursor: null, headId: null };
    },
    startGeneration: async (_: string, body: unknown) => {
      this.answer("generate", null);
      this.requests.push(body);
      const stream = new Stream();
      this.streams.push(stream);
      return stream.response;
    },
    generationEvents: async (id: string) => {
      this.answer(`attach ${id}`, null);
      const stream = new Stream();
      this.streams.push(stream);
      return stream.response;
    },
    cancelGeneration: async (id: string) => this.answer(`cancel ${id}`, message(id, null, { status: "cancelled" })),
  } as unknown as Api;

  private answer<T>(call: string, value: T): T {
    if (this.isDown) throw new UnreachableError();
    this.calls.push(call);
    return value;
  }
}

export function missing(): ProblemError {
  return new ProblemError({ type: "/problems/not-found", title: "No", status: 404 });
}

/** Lets everything that waits on promises go on. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await new Promise((resolve) => setImmediate(resolve));
}
