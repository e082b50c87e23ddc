// Which way a block reads. `dir="auto"` does not look into parts that have a direction of their own, such as the
// paragraphs of a list's items, so blocks that hold others are told theirs.
import type { Node } from "./tree";

const letter = /\p{L}/u;
const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/** By the first letter; undefined when there is none. */
export function directionOf(node: Node): "ltr" | "rtl" | undefined {
  const first = firstLetter(node);
  return first === null ? undefined : rightToLeft.test(first) ? "rtl" : "ltr";
}

/** Where a text of any length says which way it reads: one without letters, such as one of emoji, is not read to its end. */
const beginChars = 10_000;

/** By the first letter, as far as its beginning has one. */
export function directionOfText(text: string): "ltr" | "rtl" {
  return directionOf({ type: "text", value: text.slice(0, beginChars) }) ?? "ltr";
}

function firstLetter(node: Node): string | null {
  if (node.type === "text") return letter.exec(node.value)?.[0] ?? null;
  if (!("children" in node)) return null;
  for (const child of node.children) {
    const found = firstLetter(child);
    if (found !== null) return found;
  }
  return null;
}

/** How many characters of text are in it. */
export function textLength(node: Node): number {
  if ("value" in node) return node.value.length;
  if (!("children" in node)) return 0;
  return (node.children as Node[]).reduce((sum, child) => sum + textLength(child), 0);
}
