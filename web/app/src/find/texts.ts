// The text of every message of a conversation, ready to be looked through at each letter that is typed.
import { fold, textOf, type LocalConversationView, type MessageRow } from "@threadkeep/client";

export interface Texts {
  readonly isWhole: boolean;
  readonly messages: readonly { id: string; folded: string }[];
}

/** Folding all of a long conversation takes a while: in pieces of this many milliseconds. */
const sliceMs = 12;

export async function readTexts(view: LocalConversationView, signal: AbortSignal, onProgress: (count: number) => void): Promise<Texts> {
  const { rows, isWhole } = await view.readWhole({ signal, onProgress });
  const messages: { id: string; folded: string }[] = [];
  let begun = performance.now();
  for (const row of rows) {
    const parts: string[] = [];
    for (const part of searchedParts(textOf(row.message))) {
      parts.push(part);
      if (performance.now() - begun < sliceMs) continue;
      await new Promise((resolve) => setTimeout(resolve));
      signal.throwIfAborted();
      begun = performance.now();
    }
    messages.push({ id: row.message.id, folded: parts.join("") });
  }
  return { messages, isWhole };
}

/** A long text is folded in parts of about this many characters, each up to the end of a line where it has any. */
const partChars = 64_000;

/** As it was written, and, where that differs, as it reads without the signs of markdown: "**two** words" is found by "two words". */
function* searchedParts(text: string): Generator<string> {
  for (const part of cut(text)) yield fold(part);
  if (!/[*_`~|#>]|\]\(/.test(text)) return;
  yield "\n\n";
  for (const part of cut(text)) yield fold(part.replace(/[*_`~|#>]+/g, "").replace(/\]\([^)\n]*\)/g, "]"));
}

function* cut(text: string): Generator<string> {
  for (let from = 0, end; from < text.length; from = end) {
    const lineEnd = text.indexOf("\n", from + partChars);
    end = lineEnd < 0 || lineEnd > from + 2 * partChars ? from + 2 * partChars : lineEnd + 1;
    // A sign and its marks stay together.
    while (end < text.length && /[\udc00-\udfff\u200d\ufe0f]|\p{M}/u.test(text[end]!)) end += 1;
    yield text.slice(from, end);
  }
}

export function searched(row: MessageRow): string {
  return [...searchedParts(textOf(row.message))].join("");
}

/** The ids of the messages that have the words, in the order of the conversation. */
export function messagesWith(texts: Texts, words: string): string[] {
  const wanted = fold(words);
  if (wanted.trim() === "") return [];
  return texts.messages.filter(({ folded }) => folded.includes(wanted)).map(({ id }) => id);
}
