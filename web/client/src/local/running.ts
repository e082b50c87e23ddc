// The conversations in which an answer is being written, whoever asked and wherever it is watched.
import type { ConnectionSnapshot } from "../client";
import type { LocalStore } from "../core/local-store";
import { Observable } from "../observable";

/** Changes are gathered for this long. */
const gatherMs = 150;

const none: ReadonlySet<string> = new Set();

/** Their ids; empty while the server cannot be reached, as nobody knows then. */
export class RunningConversations extends Observable<ReadonlySet<string>> {
  private readonly stops: (() => void)[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private isClosed = false;

  constructor(
    private readonly store: LocalStore,
    private readonly connection: Observable<ConnectionSnapshot>,
  ) {
    super(none);
  }

  begin(): void {
    const { store, connection } = this;
    this.stops.push(store.subscribe(({ messages }) => (messages === "all" || messages.size > 0) && this.readSoon()), connection.subscribe(() => this.readSoon()));
    this.readSoon();
  }

  close(): void {
    this.isClosed = true;
    for (const stop of this.stops.splice(0)) stop();
    if (this.timer) clearTimeout(this.timer);
  }

  private readSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      void this.read();
    }, gatherMs);
  }

  private async read(): Promise<void> {
    const isOnline = this.connection.snapshot().state === "online";
    const rows = isOnline ? await this.store.read((tx) => tx.unfinished()).catch(() => null) : [];
    if (!rows || this.isClosed) return;
    const before = this.snapshot();
    const now = new Set(rows.map(({ conversationId }) => conversationId));
    if (now.size !== before.size || [...now].some((id) => !before.has(id))) this.publish(now);
  }
}
