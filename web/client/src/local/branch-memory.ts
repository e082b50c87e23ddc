// Where one was in each branch of a conversation, so that coming back leads there. On this device; a choice of branch itself is the server's.
import type { KeyValueStore } from "../drafts";

/** Branches remembered of one conversation, those of longest ago first to go. */
const branchesMax = 100;

export class BranchMemory {
  private readonly kept = new Map<string, Map<string, string>>();

  constructor(private readonly storage: KeyValueStore | null) {}

  /** The last message that was shown when `branch`, a message with siblings, was left. */
  leafOf(conversationId: string, branch: string): string | undefined {
    return this.of(conversationId).get(branch);
  }

  remember(conversationId: string, branches: readonly string[], leaf: string): void {
    if (branches.length === 0) return;
    const known = this.of(conversationId);
    for (const branch of branches) {
      known.delete(branch);
      known.set(branch, leaf);
    }
    for (const oldest of [...known.keys()].slice(0, Math.max(0, known.size - branchesMax))) known.delete(oldest);
    try {
      this.storage?.setItem(keyOf(conversationId), JSON.stringify([...known]));
    } catch {
      // Then it is known until the page is closed.
    }
  }

  private of(conversationId: string): Map<string, string> {
    const known = this.kept.get(conversationId) ?? this.read(conversationId);
    this.kept.set(conversationId, known);
    return known;
  }

  private read(conversationId: string): Map<string, string> {
    try {
      const value: unknown = JSON.parse(this.storage?.getItem(keyOf(conversationId)) ?? "[]");
      return new Map(Array.isArray(value) ? value.filter(isPair) : []);
    } catch {
      return new Map();
    }
  }
}

const keyOf = (conversationId: string) => `threadkeep.branches.${conversationId}`;
const isPair = (value: unknown): value is [string, string] => Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === "string");
