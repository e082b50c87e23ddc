// Search of what is on the device: titles from the list in memory, texts from an index that is loaded when it is first used.
import type { LocalSearch, TextHits } from "../client";
import type { DexieStore } from "../store/dexie-store";
import type { LocalList } from "./local-list";
import { matchWords, wordsOf } from "../search/words";

export class DeviceSearch implements LocalSearch {
  constructor(private readonly list: LocalList, private readonly store: DexieStore | null) {}

  titles(words: string, limit = 50): ReturnType<LocalSearch["titles"]> {
    const wanted = wordsOf(words);
    const hits: ReturnType<LocalSearch["titles"]>[number][] = [];
    if (wanted.length === 0) return hits;
    for (const conversation of this.list.all()) {
      if (conversation.deletedAt) continue;
      const ranges = matchWords(conversation.title, wanted);
      if (ranges && hits.push({ conversation, ranges }) >= limit) break;
    }
    return hits;
  }

  async texts(words: string, options: { limit?: number; signal?: AbortSignal } = {}): Promise<TextHits> {
    if (!this.store) return { hits: [], notYetIndexed: 0 };
    const { searchTexts } = await import("../search/text-index");
    const shown = (id: string) => {
      const row = this.list.get(id);
      return row && !row.deletedAt ? row.title : null;
    };
    return searchTexts(this.store.db, words, shown, options);
  }

  /** Brings the index up to date, in small steps. */
  async indexSome(signal: AbortSignal): Promise<void> {
    if (!this.store) return;
    const { indexWaiting } = await import("../search/text-index");
    await indexWaiting(this.store.db, signal);
  }
}
