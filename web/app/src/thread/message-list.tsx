// The messages in view. Only these are in the page, whatever the length of the conversation.
import { ThreadPrimitive, useAuiState } from "@assistant-ui/react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";
import type { MessageRow } from "@threadkeep/client";
import { Icon } from "../components/ui/icon";
import { currentPlace, markSearched, unmark } from "../find/marks";
import { afterPaint } from "../state/after-paint";
import { find } from "../state/find";
import { useLostFocus } from "../state/focus";
import { useObservable, useView, useViewSnapshot } from "../state/hooks";
import { router } from "../state/route";
import { toasts } from "../state/toasts";
import { AssistantMessage, SystemMessage } from "./assistant-message";
import { atEnd, useKeepPlace } from "./keep-place";
import { useMessageContextMenu } from "./message-actions";
import { OlderNotice } from "./older-notice";
import { UnsentMessage } from "./unsent-message";
import { EditQuestion, UserMessage } from "./user-message";

const components = { UserMessage, AssistantMessage, SystemMessage, UserEditComposer: EditQuestion };

/** Older or newer messages are asked for when the reader is this close to the edge, in pixels. */
const nearEdge = 1500;
/** Enough that a message is measured before it comes into view: nothing then moves when the guess was wrong. Not in the first picture: that would wait for them. */
const overscan = 10;
const unsentKey = "unsent";

export function MessageList() {
  const view = useView();
  const snapshot = useViewSnapshot();
  const { rows, unsent, hasOlder, hasNewer, isLoadingOlder, olderFailure } = snapshot;
  const whole = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  // What scrolls out of view leaves the page: the arrow keys go on scrolling.
  useLostFocus(whole, useCallback(() => scroller.current?.focus({ preventScroll: true }), []));
  const [isAtEnd, setAtEnd] = useState(true);
  const count = rows.length + (unsent ? 1 : 0);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    getItemKey: useCallback((index: number) => rows[index]?.message.id ?? unsentKey, [rows]),
    estimateSize: (index) => estimate(rows[index]),
    overscan: useIsPainted() ? overscan : 1,
    paddingStart: 56,
    paddingEnd: 16,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: atEnd,
    scrollPaddingStart: 24,
  });

  const { onContextMenu, menu } = useMessageContextMenu();
  useSeekMessage();
  const isHolding = useHoldSought(scroller, (id) => {
    const index = rows.findIndex((row) => row.message.id === id);
    // Not by a command of the virtualizer's: while one is under way, it lets what it measures move the view.
    const place = index >= 0 ? virtual.getOffsetForIndex(index, "start")?.[0] : undefined;
    if (place !== undefined) scroller.current?.scrollTo({ top: place });
  });
  useKeepPlace(virtual, scroller, isHolding);
  const look = useCallback(() => {
    const element = scroller.current;
    if (!element || isHolding.current) return;
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    setAtEnd(below <= atEnd);
    if (element.scrollTop < nearEdge && hasOlder && !isLoadingOlder && !olderFailure) void view.showOlder();
    if (below < nearEdge && hasNewer) view.showNewer();
  }, [view, isHolding, hasOlder, hasNewer, isLoadingOlder, olderFailure]);

  useRememberedPlace(scroller);
  useStart(count > 0, () => {
    // A message that the address names goes before.
    const place = router.snapshot().message === null ? places.get(view.id) : undefined;
    const index = place ? rows.findIndex((row) => row.message.id === place.id) : -1;
    const offset = index < 0 ? undefined : virtual.getOffsetForIndex(index, "start")?.[0];
    if (!place || offset === undefined || !scroller.current) return virtual.scrollToEnd();
    scroller.current.scrollTo({ top: offset });
    const element = scroller.current;
    const offOf = (message: Element | null) => (message ? message.getBoundingClientRect().top - element.getBoundingClientRect().top - place.top : NaN);
    holdInPlace(element, place.id, { isHolding, offOf, lost: () => undefined });
  });
  const newest = rows.at(-1);
  const newestSending = newest?.origin === "sending" ? newest.message.id : null;
  const totalSize = virtual.getTotalSize();
  useGoToEnd(scroller, newestSending ?? (unsent ? unsentKey : null), totalSize, () => virtual.scrollToEnd());
  useEffect(look, [look, rows, totalSize]);


  const edited = useAuiState((state) => state.thread.messages.findIndex((message) => message.composer.isEditing));
  useEffect(() => {
    if (edited >= 0) virtual.scrollToIndex(edited, { align: "auto" });
  }, [virtual, edited]);

  function toEnd() {
    view.showNewest();
    requestAnimationFrame(() => virtual.scrollToEnd());
  }

  return (
    <div ref={whole} className="relative min-h-0 grow">
      <div
        ref={scroller}
        onScroll={look}
        tabIndex={0}
        role="region"
        aria-label="Messages"
        data-messages
        className="h-full overflow-y-auto overscroll-contain [overflow-anchor:none] focus-visible:outline-offset-[-2px]"
      >
        <div className="relative w-full" style={{ height: totalSize }}>
          <OlderNotice />
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            return (
              <div
                key={item.key}
                ref={virtual.measureElement}
                data-index={item.index}
                data-message={row?.message.id}
                onContextMenu={(event) => onContextMenu(event, row)}
                className="absolute inset-x-0"
                // Not by a transform: the heads of code are sticky, and a browser reckons them without it.
                style={{ top: item.start }}
              >
                {row ? (
                  <ThreadPrimitive.Unstable_MessageById messageId={row.message.id} components={components} />
                ) : (
                  <UnsentMessage />
                )}
              </div>
            );
          })}
        </div>
      </div>
      {menu}
      {(!isAtEnd || hasNewer) && count > 0 && (
        <button
          type="button"
          onClick={toEnd}
          className="appear target absolute bottom-2 left-1/2 flex h-9 -translate-x-1/2 items-center gap-1.5 rounded-full border border-line bg-raised ps-3 pe-3.5 text-small font-medium shadow-raised hover:bg-surface"
        >
          <Icon name="end" size={16} />
          {snapshot.isRunning ? "New below" : "To the end"}
        </button>
      )}
    </div>
  );
}

/** Whether what was drawn first has been seen. */
function useIsPainted(): boolean {
  const [isPainted, setPainted] = useState(false);
  useEffect(() => afterPaint(() => setPainted(true)), []);
  return isPainted;
}

/** Before the first paint: the newest message is what a person wants to see, or the place that was left. */
function useStart(hasRows: boolean, start: () => void): void {
  const isDone = useRef(false);
  useLayoutEffect(() => {
    if (!hasRows || isDone.current) return;
    isDone.current = true;
    start();
  });
}

/** Where a message stands: this many pixels below the upper edge of the view. */
interface Place {
  id: string;
  top: number;
}

/** By conversation: where it was left, unless that was its end. */
const places = new Map<string, Place>();

function useRememberedPlace(scroller: RefObject<HTMLElement | null>): void {
  const view = useView();
  useLayoutEffect(() => {
    const element = scroller.current;
    return () => {
      if (!element) return;
      const below = element.scrollHeight - element.scrollTop - element.clientHeight;
      const edge = element.getBoundingClientRect().top;
      const first = [...element.querySelectorAll<HTMLElement>("[data-message]")].find((one) => one.getBoundingClientRect().bottom > edge);
      const id = first?.dataset.message;
      if (!first || !id || below <= atEnd) places.delete(view.id);
      else places.set(view.id, { id, top: first.getBoundingClientRect().top - edge });
    };
  }, [view, scroller]);
}

/** What a person moves the view with. */
const handWays = ["wheel", "touchmove", "pointerdown", "keydown"] as const;

/** For this long after sending, what comes in above does not keep the view from the end. */
const toEndMs = 1500;

/** To what was just sent, and there again when the heights change under way: an older page may come in at that moment. */
function useGoToEnd(scroller: RefObject<HTMLElement | null>, sent: string | null, totalSize: number, scrollToEnd: () => void): void {
  const until = useRef(0);
  const latest = useRef(scrollToEnd);
  latest.current = scrollToEnd;
  useEffect(() => {
    const element = scroller.current;
    if (!sent || !element) return;
    until.current = Date.now() + toEndMs;
    const stop = () => (until.current = 0);
    for (const way of handWays) element.addEventListener(way, stop, { passive: true });
    return () => handWays.forEach((way) => element.removeEventListener(way, stop));
  }, [scroller, sent]);
  useEffect(() => {
    if (Date.now() < until.current) latest.current();
  }, [sent, totalSize]);
}

/** The message that the address names is looked for, once for each visit of the address. */
function useSeekMessage(): void {
  const view = useView();
  const { message, visit } = useObservable(router);
  useEffect(() => {
    if (message === null) return;
    void view.showMessage(message).then((isHere) => {
      if (!isHere && router.snapshot().message === message) toasts.show({ text: "The message is not here any more, or cannot be read now." });
    });
  }, [view, message, visit]);
}

/** Heights are only known once they were drawn: the message counts as in its place after this many frames without a move, and is kept there for this long. */
const steadyFrames = 10;
const holdMs = 4000;
/** From the upper edge, in pixels. */
const soughtTop = 24;
/** Words in the middle of a message are shown with what stands before them. */
const soughtWordsTop = 120;

/** Puts the message that was looked for in view. True while that is going on: nobody else moves the view then. */
function useHoldSought(scroller: RefObject<HTMLElement | null>, scrollTo: (id: string) => void): RefObject<boolean> {
  const { sought } = useViewSnapshot();
  const isHolding = useRef(false);
  const latest = useRef(scrollTo);
  latest.current = scrollTo;
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!sought || !element) return;
    latest.current(sought.id);
    const offOf = (message: Element | null) => {
      const words = currentPlace(sought.id);
      const place = words ?? message?.getBoundingClientRect();
      return place ? place.top - element.getBoundingClientRect().top - (words ? soughtWordsTop : soughtTop) : NaN;
    };
    return holdInPlace(element, sought.id, { isHolding, offOf, lost: (id) => latest.current(id), placed: markFound });
  }, [scroller, sought]);
  return isHolding;
}

interface Holding {
  isHolding: RefObject<boolean>;
  /** How far what is held is below where it shall be, in pixels; `message` null: it is not drawn. */
  offOf: (message: Element | null) => number;
  /** The message is not drawn: it has to be scrolled to. */
  lost: (id: string) => void;
  placed?: (id: string) => void;
}

/** Keeps the message there while what is around it is measured, until a hand takes over. The function that it returns ends it. */
function holdInPlace(element: HTMLElement, id: string, { isHolding, offOf, lost, placed }: Holding): () => void {
  endHold();
  isHolding.current = true;
  const endsAt = performance.now() + holdMs;
  let steady = 0;
  let frame = 0;
  const stop = () => {
    isHolding.current = false;
    cancelAnimationFrame(frame);
    for (const way of handWays) element.removeEventListener(way, stop);
  };
  const hold = () => {
    if (!element.isConnected) return stop();
    const message = element.querySelector(`[data-message="${id}"]`);
    const off = offOf(message);
    const isAtEdge = off > 0 ? element.scrollTop + element.clientHeight >= element.scrollHeight - 1 : element.scrollTop <= 0;
    const isPlaced = Math.abs(off) <= 1 || (message !== null && isAtEdge);
    if (message === null) lost(id);
    else if (!isPlaced) element.scrollTop += off;
    steady = isPlaced ? steady + 1 : 0;
    if (steady === steadyFrames && isHolding.current) {
      // Older and newer messages may come in now; what they move is put right below, until a hand takes over.
      isHolding.current = false;
      placed?.(id);
      element.dispatchEvent(new Event("scroll"));
    }
    if (performance.now() > endsAt) stop();
    else frame = requestAnimationFrame(hold);
  };
  for (const way of handWays) element.addEventListener(way, stop, { passive: true });
  frame = requestAnimationFrame(hold);
  endHold = stop;
  return stop;
}

/** Ends the holding that began last: two would pull at one view. */
let endHold = () => {};

const glowMs = 2500;
const marksMs = 8000;

/** A short glow, so that the eye finds it; the words that were looked for stay marked somewhat longer. */
function markFound(id: string): void {
  const element = document.querySelector(`[data-message="${id}"]`);
  if (!element) return;
  element.classList.add("found");
  setTimeout(() => element.classList.remove("found"), glowMs);
  if (find.snapshot().chat !== null) return;
  markSearched(element);
  setTimeout(() => find.snapshot().chat === null && unmark(), marksMs);
}

/** A guess of a message's height, so that the scroll bar is about right before it was measured. */
function estimate(row: MessageRow | undefined): number {
  if (!row) return 140;
  let lines = 0;
  for (const block of row.message.content) {
    const { text } = block as { text?: unknown };
    lines += typeof text === "string" && block.type === "text" ? Math.ceil(text.length / 85) + 0.5 : 2;
  }
  return 56 + lines * 26;
}
