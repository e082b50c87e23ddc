// Rules that the server has too: both read the same examples, tests/vectors.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { excerptOf } from "../src/core/excerpt";
import type { EditableFields, OutboxEntry } from "../src/core/outbox";
import { replayConversation } from "../src/core/replay";
import { fold, matchWords, wordsOf } from "../src/search/words";
import type { Conversation } from "../src/types";

function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(resolve(import.meta.dirname, "../../../tests/vectors", name), "utf8")) as T;
}

const words = vectors<{ folded: [string, string][]; queries: [string, string[]][]; matches: [string, string, boolean][] }>("words.json");

describe("as the server does it", () => {
  it.each(vectors<{ text: string; title: string }[]>("excerpt.json"))("the title of $text", ({ text, title }) => {
    expect(excerptOf(text)).toBe(title);
  });
  it.each(words.folded)("%s folds to %s", (text, folded) => expect(fold(text)).toBe(folded));
  it.each(words.queries)("the words of %s", (query, expected) => expect(wordsOf(query)).toEqual(expected));
  it.each(words.matches)("%s in %s: %s", (query, text, isThere) => expect(matchWords(text, wordsOf(query)) !== null).toBe(isThere));
});

interface Merge {
  name: string;
  edits: { editedAt: number; fields: EditableFields }[];
  shown: Partial<Conversation>;
}

describe("what edits make of a conversation, as the server does it", () => {
  const { row, merges } = vectors<{ row: Partial<Conversation>; merges: Merge[] }>("edits.json");
  const base: Conversation = {
    id: "C", title: "", titleSource: "default", model: null, createdAt: 1, updatedAt: 1, messageCount: 1, isArchived: false, isPinned: false,
    folder: null, tags: [], headId: null, metadata: {}, rev: 1, seq: 1, ...row,
  };
  it.each(merges)("$name", ({ edits, shown }) => {
    const entries = edits.map(({ editedAt, fields }, index): OutboxEntry => ({
      id: `E${index}`, order: index, conversationId: "C", operation: { type: "edit-conversation", conversationId: "C", editedAt, fields },
      madeAt: editedAt, state: "waiting", reason: "", looks: 0, isHeal: false,
    }));
    const made = replayConversation(base, entries);
    expect(made).toMatchObject({ ...shown, updatedAt: 1, messageCount: 1 });
    if (shown.settings) expect(made?.settings).toEqual(shown.settings);
  });
});

describe("what is marked", () => {
  const marked = (query: string, text: string) => matchWords(text, wordsOf(query))?.map(({ from, to }) => text.slice(from, to));
  it("is what was found, in the text's own letters", () => {
    expect(marked("uber", "Ganz e\u0301 Über uns")).toEqual(["Über"]);
    expect(marked("fine", "so ﬁne it is")).toEqual(["ﬁne"]);
    expect(marked("iss str", "Straße und Größe, wissen")).toEqual(["Str", "iss"]);
    expect(marked("🙂 taw", "🙂🚀 Tawny")).toEqual(["🙂", "Taw"]);
    expect(marked("京", "東京 京都")).toEqual(["京", "京"]);
  });
  it("is not too much", () => expect(marked("a", "a ".repeat(100))).toHaveLength(20));
  it("is marked once where words overlap", () => expect(marked("ru rust ust", "Rust rules")).toEqual(["Rust", "ru"]));
});
