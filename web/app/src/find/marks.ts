// Marks what was found in the messages that are drawn, without touching them (CSS Custom Highlight API). A browser without it marks nothing.
import { placesOf } from "@threadkeep/client";

const hasHighlights = typeof CSS !== "undefined" && "highlights" in CSS;
/** Of one message: more can neither be seen nor gone through by hand. */
const marksMax = 1_000;
const charsMax = 400_000;

/** What ends a run of text: words do not go on from one of these to the next. */
const blocks = "p,li,td,th,h1,h2,h3,h4,h5,h6,pre,blockquote,summary,div,dt,dd";
const notText = "button,[aria-hidden=true],.sr-only,script,style,textarea,input,time,[data-bar]";

/** Everywhere in a drawn message where the words are, in order. */
export function rangesIn(message: Element, words: string): Range[] {
  const nodes: { node: Text; start: number }[] = [];
  let text = "";
  let block: Element | null = null;
  const walker = document.createTreeWalker(message, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) => {
    if (node instanceof Element) return node.matches(notText) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
    return NodeFilter.FILTER_ACCEPT;
  });
  for (let node = walker.nextNode(); node !== null && text.length < charsMax; node = walker.nextNode()) {
    const around = node.parentElement?.closest(blocks) ?? null;
    if (around !== block) text += "\n";
    block = around;
    nodes.push({ node: node as Text, start: text.length });
    text += (node as Text).data;
  }
  let at = 0;
  return placesOf(text, words, marksMax).flatMap(({ from, to }) => {
    while (at + 1 < nodes.length && nodes[at + 1]!.start <= from) at += 1;
    let end = at;
    while (end + 1 < nodes.length && nodes[end + 1]!.start < to) end += 1;
    const [first, last] = [nodes[at], nodes[end]];
    if (!first || !last) return [];
    const range = document.createRange();
    range.setStart(first.node, Math.min(from - first.start, first.node.length));
    range.setEnd(last.node, Math.min(to - last.start, last.node.length));
    return [range];
  });
}

/** Shows these as found, and one of them as the one that one is at. */
export function mark(ranges: readonly Range[], current: Range | null): void {
  if (!hasHighlights) return;
  CSS.highlights.set("found", new Highlight(...ranges));
  if (current) CSS.highlights.set("found-current", new Highlight(current));
  else CSS.highlights.delete("found-current");
}

let current: { messageId: string; range: Range } | null = null;

export function setCurrent(next: { messageId: string; range: Range } | null): void {
  current = next;
}

/** Where in this message the found words are that one is at: that place comes into view, not the beginning of a long message. */
export function currentPlace(messageId: string): DOMRect | null {
  if (current?.messageId !== messageId || !current.range.startContainer.isConnected) return null;
  const place = current.range.getBoundingClientRect();
  return place.height > 0 ? place : null;
}

/** The words that a search was made with, for the message that it leads to. */
let searched: readonly string[] = [];

export function keepSearched(words: readonly string[]): void {
  searched = words;
}

/** Marks them in the message that was come to; once. */
export function markSearched(message: Element): void {
  if (searched.length > 0) mark(searched.flatMap((word) => rangesIn(message, word)), null);
  searched = [];
}

export function unmark(): void {
  current = null;
  if (!hasHighlights) return;
  CSS.highlights.delete("found");
  CSS.highlights.delete("found-current");
}
