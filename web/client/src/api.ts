// Every call to the server, typed. Nothing else in the web client knows a path or a status code.
import type { ChangesPage, PushAnswer, PushOperation, SnapshotPage } from "./core/server-door";
import { problemOf, UnreachableError } from "./problem";
import type { ContentBlock, Conversation, Decision, Me, Message, MessagePage, ModelList, Preset, ToolList } from "./types";

export interface ApiOptions {
  /** Prefix of every path, without a slash at the end; "" for the page's own origin. */
  baseUrl?: string;
  fetch?: typeof fetch;
  /** Hears the server's time in each answer, in milliseconds, cut off to the second. */
  onServerTime?: (ms: number) => void;
}

/** `message` asks something new; without it `parentId` is answered again (a question) or continued (an answer cut short). */
export interface GenerationRequest {
  message?: { id: string; parentId?: string | null; content: ContentBlock[] };
  parentId?: string;
  models: string[];
  answerIds?: string[];
  /** Tools that need to be allowed; left out: none of them. */
  tools?: string[];
}

/** `prompt` is what they talk about; without it the duet goes on after `parentId`. */
export interface DuetRequest {
  models: readonly [string, string];
  turns: number;
  prompt?: string;
  id?: string;
  parentId?: string | null;
  answerId?: string;
  createdAt?: number;
  tools?: string[];
}

export type Api = ReturnType<typeof createApi>;

/**
 * Makes the set of calls. Each rejects with ProblemError when the server refuses, with UnreachableError when no answer
 * came, and with the signal's own AbortError when it was aborted.
 */
export function createApi(options: ApiOptions = {}) {
  const baseUrl = options.baseUrl ?? "";
  const doFetch = options.fetch ?? ((input, init) => fetch(input, init));

  async function call(method: string, path: string, init: CallInit = {}): Promise<Response> {
    const headers: Record<string, string> = { accept: init.accept ?? "application/json" };
    if (init.body !== undefined) headers["content-type"] = "application/json";
    if (init.lastEventId) headers["last-event-id"] = init.lastEventId;
    let response: Response;
    try {
      response = await doFetch(baseUrl + path, {
        method,
        headers,
        body: init.body === undefined ? undefined : JSON.stringify(init.body),
        signal: init.signal,
        cache: "no-store",
      });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new UnreachableError(error);
    }
    const date = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(date)) options.onServerTime?.(date);
    if (!response.ok) throw await problemOf(response);
    return response;
  }

  async function json<T>(method: string, path: string, init?: CallInit): Promise<T> {
    const response = await call(method, path, init);
    try {
      return (await response.json()) as T;
    } catch (error) {
      if (init?.signal?.aborted) throw error;
      throw new UnreachableError(error);
    }
  }

  const at = (id: string) => `/api/conversations/${encodeURIComponent(id)}`;

  return {
    baseUrl,

    getConversation: (id: string, signal?: AbortSignal) =>
      json<Conversation>("GET", at(id), { signal }),

    /** One page of the active path, or of the path that ends in `head`. */
    listMessages: (
      id: string,
      query: { cursor?: string; limit?: number; upTo?: string; all?: boolean; deleted?: boolean; trash?: boolean },
      signal?: AbortSignal,
    ) => json<MessagePage>("GET", `${at(id)}/messages${search(query)}`, { signal }),

    /** The answer is an event stream; when it begins, everything is stored. Closing it does not stop the answer. */
    startGeneration: (id: string, body: GenerationRequest, signal?: AbortSignal) =>
      call("POST", `${at(id)}/generations`, { body, signal, accept: "text/event-stream" }),

    /** Two models talk to each other: one stream, with an answer for each turn. */
    startDuet: (id: string, body: DuetRequest, signal?: AbortSignal) =>
      call("POST", `${at(id)}/duet`, { body, signal, accept: "text/event-stream" }),

    /** The same stream again, after `lastEventId`, or from its first event. */
    generationEvents: (answerId: string, lastEventId: string, signal?: AbortSignal) =>
      call("GET", `/api/generations/${encodeURIComponent(answerId)}/events`, {
        signal,
        lastEventId,
        accept: "text/event-stream",
      }),

    /** Stops one answer; its final state is stored when this resolves. Again is harmless. */
    cancelGeneration: async (answerId: string): Promise<Message> => {
      type Answer = Message | { message: Message };
      const body = await json<Answer>("POST", `/api/generations/${encodeURIComponent(answerId)}/cancel`);
      return "message" in body ? body.message : body;
    },

    /** Decides about each call that the answer waits with: the answer that goes on with them. Again is harmless: the first decision stays. */
    decideCalls: async (answerId: string, body: { decisions: { toolUseId: string; decision: Decision }[]; tools?: string[] }): Promise<Message> =>
      (await json<{ message: Message }>("POST", `/api/generations/${encodeURIComponent(answerId)}/decisions`, { body })).message,

    listTools: () => json<ToolList>("GET", "/api/tools"),

    /** What has changed since a cursor; see docs/sync.md. */
    changes: (query: { since?: string; limit?: number }) => json<ChangesPage>("GET", `/api/conversations/changes${search(query)}`),

    snapshot: (query: { cursor?: string; limit?: number; since?: string; include?: "all" | "conversations" }) =>
      json<SnapshotPage>("GET", `/api/snapshot${search(query)}`),

    presets: async () => (await json<{ presets: Preset[] }>("GET", "/api/presets")).presets,

    push: (body: { epoch: number; operations: PushOperation[] }) => json<PushAnswer>("POST", "/api/push", { body }),

    /** The event stream that says when there is something to pull. */
    events: (signal: AbortSignal) => call("GET", "/api/events", { signal, accept: "text/event-stream" }),

    /** Asks the conversation's model for a title. Resolves when it is stored; refused where a person named it. */
    makeTitle: (id: string) => json<Conversation>("POST", `${at(id)}/title`),

    /** `anew`: those that did not answer are asked again at once, not only after a few seconds. */
    listModels: (query: { anew?: boolean } = {}) => json<ModelList>("GET", `/api/models${search(query)}`),

    me: (signal?: AbortSignal) => json<Me>("GET", "/api/me", { signal }),
  };
}

interface CallInit {
  body?: unknown;
  signal?: AbortSignal;
  accept?: string;
  lastEventId?: string;
}

function search(query: Record<string, string | number | boolean | undefined>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return "";
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
