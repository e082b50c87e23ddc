// Whether models may read other conversations than the one they answer in: nowhere, until a person says so for one conversation or for all.
import { Observable } from "@threadkeep/client";
import { isRecord, keep, readKept } from "./kept";

export interface Reading {
  /** Where nothing else was chosen. */
  readonly everywhere: boolean;
  /** By the id of the conversation. */
  readonly chosen: Readonly<Record<string, boolean>>;
}

const key = "threadkeep.reading";
/** The oldest choices give way: it is then as everywhere else. */
const chosenMax = 1_000;
/** Those that show a model what was said elsewhere. */
const readingTools: readonly string[] = ["search_conversations", "read_conversation"];

class ReadingChoice extends Observable<Reading> {
  constructor() {
    const kept = readKept<Partial<Reading>>(key, {}, isRecord);
    const chosen = isRecord(kept.chosen) ? Object.entries(kept.chosen).filter(([, may]) => typeof may === "boolean") : [];
    super({ everywhere: kept.everywhere === true, chosen: Object.fromEntries(chosen) });
  }

  mayRead(conversationId: string): boolean {
    const { everywhere, chosen } = this.snapshot();
    return chosen[conversationId] ?? everywhere;
  }

  choose(conversationId: string, may: boolean): void {
    const { [conversationId]: _, ...others } = this.snapshot().chosen;
    const entries = [...Object.entries(others), [conversationId, may] as const].slice(-chosenMax);
    this.take({ ...this.snapshot(), chosen: Object.fromEntries(entries) });
  }

  /** Choices for single conversations stay: who said no there meant it. */
  chooseEverywhere(may: boolean): void {
    this.take({ ...this.snapshot(), everywhere: may });
  }

  private take(next: Reading): void {
    keep(key, next);
    this.publish(next);
  }
}

export const reading = new ReadingChoice();

/** For what is asked now in this conversation. */
export function allowedTools(conversationId: string): string[] {
  return reading.mayRead(conversationId) ? [...readingTools] : [];
}
