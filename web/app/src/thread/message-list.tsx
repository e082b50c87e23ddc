// The messages in view. Only these are in the page, whatever the length of the conversation.
import { ThreadPrimitive, useAuiState } from "@assistant-ui/react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";
import type { MessageRow } from "@threadkeep/client";
import { Icon } from "../components/ui/icon";
import { afterPaint } from "../state/after-paint";
import { useLostFocus } from "../state/focus";
import { useObservable, useView, useViewSnapshot } from "../state/hooks";
import { router } from "../state/route";
import { AssistantMessage, SystemMessage } from "./assistant-message";
import { OlderNotice } from "./older-notice";
import { UnsentMessage } from "./unsent-message";
import { EditQuestion, UserMessage } from "./user-message";

const components = { UserMessage, AssistantMessage, SystemMessage, UserEditComposer: EditQuestion };

/** Older or newer messages are asked for when the reader is this close to the edge, in pixels. */
const nearEdge = 1500;
/** Enough that a message is measured before it comes into view: nothing then moves when the guess was wrong. Not in the first picture: that would wait for them. */
const overscan = 10;
/** Within this of the end the view follows what is written. */
const atEnd = 40;
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

  const look = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    setAtEnd(below <= atEnd);
    if (element.scrollTop < nearEdge && hasOlder && !isLoadingOlder && !olderFailure) void view.showOlder();
    if (below < nearEdge && hasNewer) view.showNewer();
  }, [view, hasOlder, hasNewer, isLoadingOlder, olderFailure]);

  useStartAtEnd(count > 0, () => virtual.scrollToEnd());
  const newest = rows.at(-1);
  const newestSending = newest?.origin === "sending" ? newest.message.id : null;
  const totalSize = virtual.getTotalSize();
  useGoToEnd(scroller, newestSending ?? (unsent ? unsentKey : null), totalSize, () => virtual.scrollToEnd());
  useEffect(look, [look, rows, totalSize]);

  useShowMessage(rows, (index) => virtual.scrollToIndex(index, { align: "start" }));

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
                className="absolute inset-x-0 top-0"
                style={{ transform: `translateY(${item.start}px)` }}
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

/** Before the first paint: the newest message is what a person wants to see. */
function useStartAtEnd(hasRows: boolean, scrollToEnd: () => void): void {
  const isDone = useRef(false);
  useLayoutEffect(() => {
    if (!hasRows || isDone.current) return;
    isDone.current = true;
    scrollToEnd();
  });
}

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
    const ways = ["wheel", "touchmove", "pointerdown", "keydown"] as const;
    for (const way of ways) element.addEventListener(way, stop, { passive: true });
    return () => ways.forEach((way) => element.removeEventListener(way, stop));
  }, [scroller, sent]);
  useEffect(() => {
    if (Date.now() < until.current) latest.current();
  }, [sent, totalSize]);
}

/** How many pages of older messages are read to find one before it is looked for on another branch. */
const lookPagesMax = 250;

/** The message that the address names: older pages are shown until it is there; on another branch, that one is shown. */
function useShowMessage(rows: readonly MessageRow[], scrollTo: (index: number) => void): void {
  const view = useView();
  const { message } = useObservable(router);
  const { hasOlder, isLoadingOlder } = useViewSnapshot();
  const looked = useRef<{ id: string | null; pages: number; isFound: boolean; hasSwitched: boolean }>(undefined);
  useEffect(() => {
    if (looked.current?.id !== message) looked.current = { id: message, pages: 0, isFound: false, hasSwitched: false };
    const look = looked.current;
    if (message === null || look.isFound || rows.length === 0 || isLoadingOlder) return;
    const index = rows.findIndex((row) => row.message.id === message);
    if (index >= 0) {
      look.isFound = true;
      // Twice: heights on the way are only known once they were drawn.
      scrollTo(index);
      requestAnimationFrame(() => requestAnimationFrame(() => scrollTo(index)));
      markFound(message);
    } else if (hasOlder && look.pages++ < lookPagesMax) void view.showOlder();
    else if (!look.hasSwitched) {
      look.hasSwitched = true;
      void view.switchBranch(message);
    }
  });
}

/** A short glow, so that the eye finds it. */
function markFound(id: string): void {
  setTimeout(() => {
    const element = document.querySelector(`[data-message="${id}"]`);
    element?.classList.add("found");
    setTimeout(() => element?.classList.remove("found"), 2500);
  }, 120);
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
