import { useVirtualizer } from "@tanstack/react-virtual";
import { type FocusEvent, type KeyboardEvent, useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Conversation } from "@threadkeep/client";
import { Icon } from "../components/ui/icon";
import { isComposing } from "../shortcuts/owner";
import { list } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { focusList, useLostFocus } from "../state/focus";
import { useObservable } from "../state/hooks";
import { router } from "../state/route";
import { selection, wordsOf, type SideView } from "../state/side";
import { folded } from "./folded";
import { remPx, textSize } from "../theme/text-size";
import { actOnKey } from "./list-keys";
import { ConversationItem } from "./conversation-item";
import { byDate, entryOf, placesOf, type ListEntry } from "./groups";
import { PlaceItem, SectionHeading } from "./place-item";
import { useListed } from "./use-listed";

/** In rem. */
const itemHeight = { fine: 2.125, coarse: 2.75 };
const headingHeight = 2.75;

/** A list of conversations; only what is in view is in the page. */
export function ConversationListView({ view }: { view: SideView }) {
  const { chat } = useObservable(router);
  const selected = useObservable(selection);
  const { pinned, items, phase } = useListed(view);
  const entries = useEntries(view, pinned, items);
  const scroller = useRef<HTMLDivElement>(null);
  const size = useObservable(textSize);
  const rem = useMemo(remPx, [size]);
  const rowHeight = rem * (matchMedia("(pointer: coarse), (max-width: 767px)").matches ? itemHeight.coarse : itemHeight.fine);
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (entries[index]?.kind === "heading" ? Math.max(headingHeight * rem, rowHeight) : rowHeight),
    getItemKey: useCallback((index: number) => entries[index]?.key ?? index, [entries]),
    overscan: 8,
    paddingEnd: 8,
  });
  useLayoutEffect(() => virtual.measure(), [virtual, rowHeight]);
  const shown = virtual.getVirtualItems();

  const [focusKey, setFocusKey] = useState<string | null>(null);
  const keys = useMemo(() => entries.filter((entry) => entry.kind !== "heading").map((entry) => entry.key), [entries]);
  const ids = useMemo(() => entries.flatMap((entry) => (entry.kind === "conversation" ? [entry.key] : [])), [entries]);
  const stopAt = useRef(0);
  const tabStop = tabStopOf(keys, ids, focusKey, stopAt.current, chat);
  useLayoutEffect(() => {
    stopAt.current = Math.max(0, keys.indexOf(tabStop ?? ""));
  }, [keys, tabStop]);

  /** Where the focus will be when the row is drawn: the next key may be faster. */
  const goingTo = useRef<string>(null);
  function focusOn(key: string | undefined) {
    if (key === undefined) return;
    goingTo.current = key;
    setFocusKey(key);
    virtual.scrollToIndex(entries.findIndex((entry) => entry.key === key), { align: "auto" });
    arrive(key, framesMax);
  }
  function arrive(key: string, frames: number) {
    requestAnimationFrame(() => {
      if (goingTo.current !== key) return;
      // Where it has to be scrolled to, it is drawn some frames later.
      if (!focusItem(scroller.current, key) && frames > 0) return arrive(key, frames - 1);
      goingTo.current = null;
    });
  }
  // What is scrolled or sorted out of view leaves the page: the list keeps the keys, and goes on where it was.
  const takeKeys = useRef(() => {});
  takeKeys.current = () => {
    if (entries.length === 0) return focusList();
    scroller.current?.focus({ preventScroll: true });
    focusOn(goingTo.current ?? tabStop ?? undefined);
  };
  const whole = useRef<HTMLElement>(null);
  useLostFocus(whole, useCallback(() => takeKeys.current(), []));
  /** The focus comes to the list as such where the row that it is meant for is not drawn. */
  function onFocus(event: FocusEvent) {
    if (event.target === event.currentTarget && goingTo.current === null) focusOn(tabStop ?? undefined);
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement || isComposing(event.nativeEvent)) return;
    // The keys of a row's menu come by here too, and those that a button has used; what is typed ahead is for the dialog that opens.
    if (!(event.target instanceof Element) || !event.currentTarget.contains(event.target) || event.defaultPrevented || dialogs.snapshot()) return;
    const focused = goingTo.current ?? event.target.closest("[data-key]")?.getAttribute("data-key") ?? "";
    const at = keys.indexOf(keys.includes(focused) ? focused : (tabStop ?? ""));
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, Home: -keys.length, End: keys.length }[event.key];
    if (step !== undefined) focusOn(keys[Math.min(keys.length - 1, Math.max(0, at + step))]);
    else if (!(ids.includes(focused) || event.key === "Escape") || !actOnKey(event.key, focused, view, ids)) return;
    else if (leaves.has(event.key) && !dialogs.snapshot()) focusOn(keys[at + 1] ?? keys[at - 1]);
    else if (moves.has(event.key) && !dialogs.snapshot()) focusOn(focused);
    event.preventDefault();
    event.stopPropagation();
  }

  const isEmpty = entries.length === 0;
  return (
    <nav ref={whole} aria-label={wordsOf(view).title} data-list className="min-h-0 grow">
      <div ref={scroller} tabIndex={-1} onFocus={onFocus} onKeyDown={onKeyDown} className="h-full overflow-y-auto overscroll-contain px-2 outline-none">
        {isEmpty && phase === "loading" && <ListSkeleton />}
        {isEmpty && phase === "ready" && <EmptyList view={view} />}
        <ul className="relative" style={{ height: isEmpty ? 0 : virtual.getTotalSize() }}>
          {shown.map((item) => {
            const entry = entries[item.index];
            if (!entry) return null;
            const style = { transform: `translateY(${item.start}px)`, height: item.size };
            return (
              <li key={item.key} data-key={entry.key} className="absolute inset-x-0 top-0" style={style}>
                {entry.kind === "heading" ? (
                  <SectionHeading entry={entry} />
                ) : entry.kind === "place" ? (
                  <PlaceItem entry={entry} isTabStop={entry.key === tabStop} onFocus={() => setFocusKey(entry.key)} />
                ) : (
                  <ConversationItem
                    conversation={entry.conversation}
                    isOpen={entry.key === chat}
                    isSelected={selected.has(entry.key)}
                    isSelecting={selected.size > 0}
                    isTabStop={entry.key === tabStop}
                    onFocus={() => setFocusKey(entry.key)}
                    onExtend={(id) => selection.extendTo(id, ids)}
                  />
                )}
              </li>
            );
          })}
        </ul>
      </div>
    </nav>
  );
}

/** Keys after which the conversation is not in this list any more: the focus goes on to its neighbour. */
const leaves = new Set(["e", "#", "Delete"]);
/** Keys that may move it to another place in the list: the focus goes with it. */
const moves = new Set(["p"]);
/** Frames until a row that has to be scrolled to is drawn, at most. */
const framesMax = 20;

function useEntries(view: SideView, pinned: readonly Conversation[], items: readonly Conversation[]): ListEntry[] {
  const counts = useObservable(list.counts);
  const isFolded = useObservable(folded);
  return useMemo(() => {
    const places = view.kind === "main" ? placesOf(counts, isFolded) : [];
    const head: ListEntry[] = pinned.length > 0 ? [{ kind: "heading", key: "heading Pinned", label: "Pinned" }] : [];
    return [...places, ...head, ...pinned.map(entryOf), ...byDate(items, Date.now())];
  }, [view.kind, counts, isFolded, pinned, items]);
}

/** Where the tab key arrives: where the focus was last, at what took the place of that, at what is open, or at the first conversation. */
function tabStopOf(keys: readonly string[], ids: readonly string[], focused: string | null, at: number, open: string | null): string | null {
  const next = focused === null ? null : keys[Math.min(at, keys.length - 1)];
  return [focused, next, open, ids[0], keys[0]].find((key) => key != null && keys.includes(key)) ?? null;
}

/** False while it is not drawn. */
function focusItem(scroller: HTMLElement | null, key: string): boolean {
  const item = scroller?.querySelector<HTMLElement>(`[data-conversation="${CSS.escape(key)}"], [data-place="${CSS.escape(key)}"]`);
  item?.focus();
  return item != null;
}

function ListSkeleton() {
  return (
    <div className="appear-late px-2.5 pt-9" aria-label="Loading the conversations" role="status">
      {[72, 88, 60, 80, 66, 90].map((width) => (
        <div key={width} className="pulse mb-4 h-3 rounded bg-surface-strong" style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}

function EmptyList({ view }: { view: SideView }) {
  const { icon, empty } = wordsOf(view);
  return (
    <div className="appear flex flex-col items-center gap-2 px-6 pt-12 text-center text-small text-faint">
      <Icon name={icon} size={24} />
      {empty}
    </div>
  );
}
