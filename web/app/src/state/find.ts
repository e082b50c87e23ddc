// What is looked for inside the open conversation. The bar asks; the list of messages shows.
import { Observable } from "@threadkeep/client";

export interface Find {
  /** The conversation that has the bar; null: it is not open. */
  readonly chat: string | null;
  /** Counts up when the bar is asked for while it is open. */
  readonly times: number;
  readonly words: string;
}

class FindState extends Observable<Find> {
  constructor() {
    super({ chat: null, times: 0, words: "" });
  }
  open(chat: string): void {
    const { times, words } = this.snapshot();
    this.publish({ chat, times: times + 1, words });
  }
  look(words: string): void {
    this.publish({ ...this.snapshot(), words });
  }
  close(): void {
    this.publish({ ...this.snapshot(), chat: null, words: "" });
  }
}

export const find = new FindState();
