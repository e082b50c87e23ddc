// What waits in the outbox, in memory, by conversation: kept up to date entry by entry, so that a commit costs what it changed.
import type { OutboxEntry } from "../core/outbox";

const none: readonly OutboxEntry[] = [];

export class OutboxByConversation {
  private readonly lists = new Map<string, OutboxEntry[]>();
  private readonly homes = new Map<string, string>();

  /** In the order of sending. */
  of(conversationId: string): readonly OutboxEntry[] {
    return this.lists.get(conversationId) ?? none;
  }

  all(): Iterable<readonly [string, readonly OutboxEntry[]]> {
    return this.lists;
  }

  /** `entries` is all there is, in the order of sending. */
  reset(entries: readonly OutboxEntry[]): void {
    this.lists.clear();
    this.homes.clear();
    this.add(entries);
  }

  /** The entries with these ids are now as given; undefined: gone. */
  replace(ids: readonly string[], entries: readonly (OutboxEntry | undefined)[]): void {
    const changed = new Set(ids);
    for (const home of new Set(ids.flatMap((id) => this.homes.get(id) ?? []))) {
      const rest = this.lists.get(home)!.filter((entry) => !changed.has(entry.id));
      if (rest.length > 0) this.lists.set(home, rest);
      else this.lists.delete(home);
    }
    for (const id of ids) this.homes.delete(id);
    const there = entries.filter((entry) => entry !== undefined);
    this.add(there);
    for (const home of new Set(there.map((entry) => entry.conversationId))) this.lists.get(home)!.sort((a, b) => a.order - b.order);
  }

  private add(entries: readonly OutboxEntry[]): void {
    for (const entry of entries) {
      const list = this.lists.get(entry.conversationId);
      if (list) list.push(entry);
      else this.lists.set(entry.conversationId, [entry]);
      this.homes.set(entry.id, entry.conversationId);
    }
  }
}
