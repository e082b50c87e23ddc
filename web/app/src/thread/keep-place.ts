// What is read stays where it is while messages around it turn out higher or lower than they were.
import type { Virtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, type RefObject } from "react";

/** The page has its new height after one, or two where rows come in at that moment. */
const drawingsMax = 3;

/** Within this of the end, in pixels, the view follows what is written. */
export const atEnd = 40;

/**
 * What is above the view and turns out higher or lower than it was thought, or than it was, moves nothing that is read, whichever way one scrolls:
 * left to itself the virtualizer lets it jump while one reads backwards, when an answer there is measured a second time (its code was coloured).
 * Of a message that begins above the view and ends in it or below, the virtualizer does not know on which side of the edge it has grown: formulas
 * that were drawn late moved what is read by a thousand pixels. What stands at the edge is remembered and put back there. `isHolding`: somebody else
 * puts the view where it belongs.
 */
export function useKeepPlace(virtual: Virtualizer<HTMLDivElement, Element>, scroller: RefObject<HTMLElement | null>, isHolding: RefObject<boolean>): void {
  const measured = useRef(new Set<unknown>());
  const edge = useRef<Edge | null>(null);
  /** What the view could not be moved yet: the page becomes as high as it must be with one of the next drawings, or never. */
  const owed = useRef(0);
  const drawingsLeft = useRef(0);
  const written = useRef(-1);
  const pay = () => {
    const element = scroller.current;
    if (!element || Math.abs(owed.current) < 0.5) return;
    if (isHolding.current || drawingsLeft.current === 0) return void (owed.current = 0);
    drawingsLeft.current -= 1;
    const before = element.scrollTop;
    element.scrollTop = before + owed.current;
    const moved = element.scrollTop - before;
    owed.current -= moved;
    written.current = element.scrollTop;
    if (virtual.scrollOffset !== null) virtual.scrollOffset += moved;
  };
  /** Puts back what has moved within its message since it was noted, and notes what is at the edge now. */
  const settle = () => {
    const element = scroller.current;
    if (!element) return;
    if (!isHolding.current && edge.current?.message.isConnected && hasGrown(edge.current) && !isAtEnd(element)) {
      owed.current += movedBy(edge.current);
      drawingsLeft.current = drawingsMax;
      pay();
    }
    edge.current = edgeOf(element);
  };
  virtual.shouldAdjustScrollPositionOnItemSizeChange = ({ key, start, end }, _, { scrollOffset }) => {
    const isFirst = !measured.current.has(key);
    measured.current.add(key);
    const top = scrollOffset ?? 0;
    if (!isFirst && start < top && end > top && edge.current?.message.dataset.message === key) {
      settle();
      return false;
    }
    return (isFirst ? start : end) <= top;
  };
  useLayoutEffect(pay);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const note = () => {
      if (Math.abs(element.scrollTop - written.current) > 1) owed.current = 0;
      // It may have grown already and not been measured yet: noted as it is now, it would never be put back.
      settle();
    };
    element.addEventListener("scroll", note, { passive: true });
    return () => element.removeEventListener("scroll", note);
  }, [scroller]);
}

/** The virtualizer itself keeps the view there. */
function isAtEnd(element: HTMLElement | null): boolean {
  return element !== null && element.scrollHeight - element.scrollTop - element.clientHeight <= atEnd;
}

/** The element at the upper edge of the view and those that it is in, the innermost first, each with its distance from the top of its message. */
interface Edge {
  message: HTMLElement;
  height: number;
  chain: { element: Element; below: number }[];
}

/** Deep enough for a word of a list in a table. */
const depthMax = 12;

function edgeOf(scroller: HTMLElement): Edge | null {
  const { top } = scroller.getBoundingClientRect();
  const message = [...scroller.querySelectorAll<HTMLElement>("[data-message]")].find((one) => {
    const place = one.getBoundingClientRect();
    return place.top < top && place.bottom > top;
  });
  if (!message) return null;
  const from = message.getBoundingClientRect().top;
  const chain: Edge["chain"] = [];
  for (let element: Element | undefined = message; element && chain.length < depthMax; element = firstBelow(element.children, top)) {
    chain.unshift({ element, below: element.getBoundingClientRect().top - from });
  }
  return { message, height: message.offsetHeight, chain };
}

function hasGrown({ message, height }: Edge): boolean {
  return Math.abs(message.offsetHeight - height) > 0.5;
}

/** The first of them that ends below the edge, by halves: a message may have thousands of lines. */
function firstBelow(children: HTMLCollection, top: number): Element | undefined {
  let [from, to] = [0, children.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (children[middle]!.getBoundingClientRect().bottom > top) to = middle;
    else from = middle + 1;
  }
  const found = children[from];
  // The head of code stands at the edge whatever is below it.
  return found && getComputedStyle(found).position === "sticky" ? children[from + 1] : found;
}

/** By how much the innermost of them that is still there has moved within its message. */
function movedBy({ message, chain }: Edge): number {
  const there = chain.find(({ element }) => element.isConnected && message.contains(element));
  if (!there) return 0;
  return there.element.getBoundingClientRect().top - message.getBoundingClientRect().top - there.below;
}
