// Keeps on the device what has come of the answers that are followed, so that a crash of the server or of the page takes nothing that was read.
import type { LocalStore } from "../core/local-store";
import { settledContent } from "../core/seen-answers";
import type { MessageRow } from "../message-row";
import { isUnfinished } from "../types";

/** Written this long after something came, and for long answers at most about this many characters a millisecond. */
const pauseMs = 1_000;
const charsPerMs = 1_000;

export class SeenKeeper {
  /** Whether this tab has kept anything yet: before that there is nothing to look at. */
  hasKept = false;
  private readonly waiting = new Map<string, MessageRow>();
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly store: LocalStore, private readonly now: () => number) {}

  /** An answer as it is now; one that is finished is not kept, its row comes with the feed. */
  take(row: MessageRow): void {
    if (!isUnfinished(row.message.status)) return;
    this.waiting.set(row.message.id, row);
    this.timer ??= setTimeout(() => void this.flush(), Math.max(pauseMs, lengthOf(row) / charsPerMs));
  }

  /** Now, as far as there is anything new. Never rejects: what cannot be kept is as safe as it was without. */
  async flush(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const rows = [...this.waiting.values()];
    this.waiting.clear();
    const seen = rows.flatMap(({ message: { id, conversationId, content } }) => {
      const settled = settledContent(content);
      return settled.length > 0 ? [{ messageId: id, conversationId, content: settled, seenAt: this.now() }] : [];
    });
    if (seen.length === 0) return;
    this.hasKept = true;
    await this.store.write((tx) => tx.putSeenAnswers(seen)).catch(() => undefined);
  }
}

function lengthOf({ message }: MessageRow): number {
  return message.content.reduce((sum, block) => sum + ("text" in block && typeof block.text === "string" ? block.text.length : 0), 0);
}
