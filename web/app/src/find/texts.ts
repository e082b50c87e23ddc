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
    messages.push({ id: row.message.id, folded: searched(row) });
    if (performance.now() - begun < sliceMs) continue;
    await new Promise((resolve) => setTimeout(resolve));
    signal.throwIfAborted();
    begun = performance.now();
  }
  return { messages, isWhole };
}

/** As it was written, and, where that differs, as it reads without the signs of markdown: "**two** words" is found by "two words". */
export function searched(row: MessageRow): string {
  const text = textOf(row.message);
  const plain = text.replace(/[*_`~|#>]+/g, "").replace(/\]\([^)\n]*\)/g, "]");
  return plain === text ? fold(text) : `${fold(text)}\n\n${fold(plain)}`;
}

/** The ids of the messages that have the words, in the order of the conversation. */
export function messagesWith(texts: Texts, words: string): string[] {
  const wanted = fold(words);
  if (wanted.trim() === "") return [];
  return texts.messages.filter(({ folded }) => folded.includes(wanted)).map(({ id }) => id);
}
