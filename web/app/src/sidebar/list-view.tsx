import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { Icon, type IconName } from "../components/ui/icon";
import { list } from "../state/app-state";
import { useObservable } from "../state/hooks";
import { router } from "../state/route";
import { ConversationItem } from "./conversation-item";
import { byDate, entryOf, type ListEntry } from "./groups";
import { ListFailure, type SideView } from "./sidebar";

const itemHeight = { fine: 34, coarse: 44 };
const headingHeight = 36;

/** A list of conversations that loads further pages as it is scrolled; only what is in view is in the page. */
export function ConversationListView({ view }: { view: SideView }) {
  const lists = useObservable(list);
  const { chat } = useObservable(router);
  const state = lists[view];
  const pinned = view === "main" ? lists.pinned.items : noConversations;
  const entries = useMemo(() => {
    const head: ListEntry[] = pinned.length ? [{ kind: "heading", key: "heading Pinned", label: "Pinned" }] : [];
    return [...head, ...pinned.map(entryOf), ...byDate(state.items, Date.now())];
  }, [pinned, state.items]);

  const scroller = useRef<HTMLDivElement>(null);
  const rowHeight = matchMedia("(pointer: coarse), (max-width: 767px)").matches ? itemHeight.coarse : itemHeight.fine;
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (entries[index]?.kind === "heading" ? headingHeight : rowHeight),
    getItemKey: (index) => entries[index]?.key ?? index,
    overscan: 8,
    paddingEnd: 8,
  });
  const shown = virtual.getVirtualItems();
  const lastShown = shown.at(-1)?.index ?? -1;

  useEffect(() => {
    if (view !== "main") void list.refresh(view);
  }, [view]);
  useEffect(() => {
    const isNearEnd = lastShown >= entries.length - 12;
    if (isNearEnd && state.phase === "ready" && state.hasMore) void list.loadMore(view);
  }, [lastShown, entries.length, state, view]);

  const [focusKey, setFocusKey] = useState<string | null>(null);
  const keys = entries.filter((entry) => entry.kind === "conversation").map((entry) => entry.key);
  const tabStop = [focusKey, chat, keys[0]].find((key) => key != null && keys.includes(key)) ?? null;

  function move(step: number) {
    const next = keys[Math.min(keys.length - 1, Math.max(0, keys.indexOf(tabStop ?? "") + step))];
    if (next === undefined) return;
    setFocusKey(next);
    virtual.scrollToIndex(entries.findIndex((entry) => entry.key === next), { align: "auto" });
    requestAnimationFrame(() => focusItem(scroller.current, next));
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement) return;
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, Home: -keys.length, End: keys.length }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    move(step);
  }

  const isEmpty = entries.length === 0;
  return (
    <nav aria-label={labels[view]} className="min-h-0 grow">
      <div ref={scroller} className="h-full overflow-y-auto overscroll-contain px-2" onKeyDown={onKeyDown}>
        {isEmpty && state.phase === "loading" && <ListSkeleton />}
        {isEmpty && state.phase === "ready" && <EmptyList view={view} />}
        <ul className="relative" style={{ height: isEmpty ? 0 : virtual.getTotalSize() }}>
          {shown.map((item) => {
            const entry = entries[item.index];
            if (!entry) return null;
            const style = { transform: `translateY(${item.start}px)`, height: item.size };
            return (
              <li key={item.key} className="absolute inset-x-0 top-0" style={style}>
                {entry.kind === "heading" ? (
                  <h3 className="flex h-full items-end px-2.5 pb-1.5 text-small font-medium text-faint">{entry.label}</h3>
                ) : (
                  <ConversationItem
                    conversation={entry.conversation}
                    isOpen={entry.key === chat}
                    isTabStop={entry.key === tabStop}
                    onFocus={() => setFocusKey(entry.key)}
                  />
                )}
              </li>
            );
          })}
        </ul>
        {state.phase === "failed" && <ListFailure reason={state.failure} onRetry={() => void list.loadMore(view)} />}
      </div>
    </nav>
  );
}

function focusItem(scroller: HTMLElement | null, id: string): void {
  scroller?.querySelector<HTMLElement>(`[data-conversation="${id}"]`)?.focus();
}

const noConversations: never[] = [];
const labels = { main: "Conversations", archived: "Archive", trash: "Trash" } as const;

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
  const [icon, words] = empty[view];
  return (
    <div className="appear flex flex-col items-center gap-2 px-6 pt-12 text-center text-small text-faint">
      <Icon name={icon} size={24} />
      {words}
    </div>
  );
}

const empty: Record<SideView, [IconName, string]> = {
  main: ["chat", "Your conversations will be listed here."],
  archived: ["archive", "Nothing is archived."],
  trash: ["trash", "The trash is empty."],
};
