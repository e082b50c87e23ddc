// Addresses in a text that nobody marked as links: "https://example.com", "www.example.com", "ann@example.com".
import type { Inline } from "./tree";

// Anchored at the end of a word, and without a choice in the repetitions: linear.
const address = /(?:https?:\/\/|www\.)[^\s<]+|[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+/gi;

/** The same, with the addresses in its texts as links. Not for the inside of links. */
export function autolinked(inlines: Inline[]): Inline[] {
  if (!inlines.some((one) => one.type === "text" && /:\/\/|www\.|@/i.test(one.value))) return inlines;
  return inlines.flatMap((one) => (one.type === "text" ? linksIn(one.value) : [one]));
}

function linksIn(text: string): Inline[] {
  const found: Inline[] = [];
  let from = 0;
  for (const match of text.matchAll(address)) {
    if (/[\p{L}\p{N}_/]/u.test(text[match.index - 1] ?? "")) continue;
    const shown = withoutEnding(match[0]);
    const url = shown.includes("://") ? shown : /^www\./i.test(shown) ? `http://${shown}` : `mailto:${shown}`;
    if (match.index > from) found.push({ type: "text", value: text.slice(from, match.index) });
    found.push({ type: "link", url, title: "", children: [{ type: "text", value: shown }] });
    from = match.index + shown.length;
  }
  if (from < text.length) found.push({ type: "text", value: text.slice(from) });
  return found;
}

/** Signs that end the sentence, and a bracket that was opened before the address, do not belong to it. */
function withoutEnding(found: string): string {
  let end = found.length;
  let opened = 0;
  for (const sign of found) opened += sign === "(" ? 1 : sign === ")" ? -1 : 0;
  while (end > 0) {
    const last = found[end - 1]!;
    const isLeftOver = last === ")" && opened < 0;
    if (!isLeftOver && !"?!.,:;*_~'\"，。；：！？、）」』】”’".includes(last)) break;
    if (isLeftOver) opened += 1;
    end -= 1;
  }
  return found.slice(0, end);
}
