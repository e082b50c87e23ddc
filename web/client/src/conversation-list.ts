// The conversations of the side bar: what is loaded, in which order, and what a person does to them.
import type { Api, ConversationPatch, ListQuery } from "./api";
import { Observable } from "./observable";
import { explain, ProblemError } from "./problem";
import type { Conversation } from "./types";

/** The four lists; a conversation is in exactly one of them. */
export type ListScope = "pinned" | "main" | "archived" | "trash";

export type ListPhase = "idle" | "loading" | "ready" | "failed";

export interface ListState {
  readonly phase: ListPhase;
  /** Newest activity first. */
  readonly items: readonly Conversation[];
  /** False when everything is loaded. */
  readonly hasMore: boolean;
  /** Why the last page could not be loaded. */
  readonly failure: string;
}

export type ListSnapshot = Readonly<Record<ListScope, ListState>>;

interface Frontier {
  phase: ListPhase;
  cursor: string | null;
  /** Everything at least this new is loaded. */
  updatedAtMin: number;
  failure: string;
}

const scopes: ListScope[] = ["pinned", "main", "archived", "trash"];
const queries: Record<ListScope, ListQuery> = {
  pinned: { pinned: "true", limit: 100 },
  main: { pinned: "false", limit: 50 },
  archived: { archived: "true", limit: 50 },
  trash: { trash: true, limit: 50 },
};

/** Which list a conversation belongs to. */
export function scopeOf(conversation: Conversation): ListScope {
  if (conversation.deletedAt) return "trash";
  if (conversation.isArchived) return "archived";
  return conversation.isPinned ? "pinned" : "main";
}

/**
 * Every change is shown at once and sent; when the server refuses, it is taken back and the promise rejects with the
 * reason. Lists are loaded page by page with `loadMore` and brought up to date at their newest end with `refresh`.
 */
export class ConversationList extends Observable<ListSnapshot> {
  private readonly known = new Map<string, Conversation>();
  private readonly frontiers: Record<ListScope, Frontier>;
  /** What is shown of each conversation before the server has it, oldest first. Sent one after the other. */
  private readonly unsettled = new Map<string, Partial<Conversation>[]>();
  private readonly lastSent = new Map<string, Promise<unknown>>();

  constructor(private readonly api: Api) {
    super({ pinned: emptyList, main: emptyList, archived: emptyList, trash: emptyList });
    const fresh = (): Frontier => ({ phase: "idle", cursor: null, updatedAtMin: Infinity, failure: "" });
    this.frontiers = { pinned: fresh(), main: fresh(), archived: fresh(), trash: fresh() };
  }

  get(id: string): Conversation | undefined {
    return this.known.get(id);
  }

  /** Loads the first page, or the next one; does nothing while a page is on its way or when all is loaded. */
  async loadMore(scope: ListScope): Promise<void> {
    const frontier = this.frontiers[scope];
    const isFirst = frontier.updatedAtMin === Infinity;
    if (frontier.phase === "loading" || (!isFirst && frontier.cursor === null)) return;
    frontier.phase = "loading";
    this.update();
    try {
      const page = await this.api.listConversations({
        ...queries[scope],
        ...(frontier.cursor ? { cursor: frontier.cursor } : {}),
      });
      for (const conversation of page.conversations) this.take(conversation);
      frontier.cursor = page.nextCursor;
      const last = page.conversations.at(-1);
      frontier.updatedAtMin = page.nextCursor === null ? -Infinity : (last?.updatedAt ?? frontier.updatedAtMin);
      frontier.phase = "ready";
      frontier.failure = "";
    } catch (error) {
      frontier.phase = "failed";
      frontier.failure = explain(error);
    }
    this.update();
  }

  /** Reads the newest page again: what other devices and tabs have changed there comes in. Failures are silent. */
  async refresh(scope: ListScope): Promise<void> {
    const frontier = this.frontiers[scope];
    if (frontier.phase !== "ready") return this.loadMore(scope);
    try {
      const page = await this.api.listConversations(queries[scope]);
      const ids = new Set(page.conversations.map((conversation) => conversation.id));
      const oldest = page.nextCursor === null ? -Infinity : (page.conversations.at(-1)?.updatedAt ?? Infinity);
      for (const conversation of [...this.known.values()]) {
        const isGone = scopeOf(conversation) === scope && conversation.updatedAt > oldest && !ids.has(conversation.id);
        if (isGone) this.known.delete(conversation.id);
      }
      for (const conversation of page.conversations) this.take(conversation);
      this.update();
    } catch {
      // The list stays as it was; the next refresh tries again.
    }
  }

  /** Takes in a newer version of a conversation, or a new one. */
  upsert(conversation: Conversation): void {
    this.take(conversation);
    this.update();
  }

  /** Moves a conversation to the top after something was said in it. */
  touch(id: string, now: number): void {
    const conversation = this.known.get(id);
    if (!conversation || conversation.updatedAt >= now) return;
    this.known.set(id, { ...conversation, updatedAt: now });
    this.update();
  }

  setTitle(id: string, title: string): void {
    const conversation = this.known.get(id);
    if (!conversation || conversation.titleSource === "user") return;
    this.upsert({ ...conversation, title });
  }

  rename(id: string, title: string): Promise<void> {
    return this.change(id, { title }, { title, ...(title ? { titleSource: "user" as const } : {}) });
  }

  setPinned(id: string, isPinned: boolean): Promise<void> {
    return this.change(id, { isPinned }, { isPinned });
  }

  setArchived(id: string, isArchived: boolean): Promise<void> {
    return this.change(id, { isArchived }, { isArchived });
  }

  setModel(id: string, model: string): Promise<void> {
    return this.change(id, { model }, { model });
  }

  /** To the trash; `restore` takes it out again. */
  remove(id: string, now: number): Promise<void> {
    return this.shown(id, { deletedAt: now }, async () => {
      await this.api.deleteConversation(id, "trash");
      return null;
    });
  }

  restore(id: string): Promise<void> {
    return this.shown(id, { deletedAt: undefined }, () => this.api.restoreConversation(id));
  }

  /** Cannot be undone. */
  async removeForever(id: string): Promise<void> {
    const before = this.known.get(id);
    this.known.delete(id);
    this.update();
    try {
      await this.api.deleteConversation(id, "forever");
    } catch (error) {
      if (before) this.upsert(before);
      throw error;
    }
  }

  private change(id: string, patch: ConversationPatch, shown: Partial<Conversation>): Promise<void> {
    return this.shown(id, shown, () => this.api.patchConversation(id, patch));
  }

  /** A later change of the same conversation waits for the earlier ones, so that the later one is what stays. */
  private async shown(
    id: string,
    shown: Partial<Conversation>,
    send: () => Promise<Conversation | null>,
  ): Promise<void> {
    const before = this.known.get(id);
    if (before) this.upsert({ ...before, ...shown });
    const unsettled = this.unsettled.get(id) ?? [];
    unsettled.push(shown);
    this.unsettled.set(id, unsettled);
    const sent = (this.lastSent.get(id) ?? Promise.resolve()).catch(() => undefined).then(send);
    this.lastSent.set(id, sent);
    try {
      const after = await sent;
      unsettled.shift();
      if (after) this.replace(Object.assign({}, after, ...unsettled));
    } catch (error) {
      unsettled.shift();
      if (error instanceof ProblemError && error.status === 404) this.known.delete(id);
      else if (before && this.known.has(id)) this.known.set(id, Object.assign({}, before, ...unsettled));
      this.update();
      throw error;
    } finally {
      if (unsettled.length === 0) {
        this.unsettled.delete(id);
        this.lastSent.delete(id);
      }
    }
  }

  private replace(conversation: Conversation): void {
    this.known.set(conversation.id, conversation);
    this.update();
  }

  /** An answer that was on its way while something newer was shown must not bring the old state back. */
  private take(conversation: Conversation): void {
    const held = this.known.get(conversation.id);
    if (held && held.seq > conversation.seq) return;
    this.known.set(conversation.id, conversation);
  }

  private update(): void {
    const lists: Record<ListScope, Conversation[]> = { pinned: [], main: [], archived: [], trash: [] };
    for (const conversation of this.known.values()) {
      const scope = scopeOf(conversation);
      if (conversation.updatedAt >= this.frontiers[scope].updatedAtMin) lists[scope].push(conversation);
    }
    const before = this.snapshot();
    const next = {} as Record<ListScope, ListState>;
    for (const scope of scopes) {
      const { phase, cursor, updatedAtMin, failure } = this.frontiers[scope];
      const items = lists[scope].sort(newestFirst);
      const hasMore = updatedAtMin === Infinity || cursor !== null;
      const state = { phase, items, hasMore, failure };
      next[scope] = sameList(before[scope], state) ? before[scope] : state;
    }
    this.publish(next);
  }
}

const emptyList: ListState = { phase: "idle", items: [], hasMore: true, failure: "" };

function newestFirst(a: Conversation, b: Conversation): number {
  return b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1);
}

function sameList(a: ListState, b: ListState): boolean {
  return (
    a.phase === b.phase &&
    a.hasMore === b.hasMore &&
    a.failure === b.failure &&
    a.items.length === b.items.length &&
    a.items.every((item, index) => item === b.items[index])
  );
}
