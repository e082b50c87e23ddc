// Find in the open conversation: in all of its messages, also those that are not drawn.
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { IconButton } from "../components/ui/button";
import { Icon } from "../components/ui/icon";
import { isComposing } from "../shortcuts/owner";
import { find } from "../state/find";
import { focusComposer } from "../state/focus";
import { useObservable, useView } from "../state/hooks";
import { mark, rangesIn, setCurrent, unmark } from "./marks";
import { messagesWith, readTexts, type Texts } from "./texts";

/** The view goes there once the words are no longer being typed. */
const pauseMs = 150;
/** What is nearer to the upper or lower edge than this comes further into view, in pixels. */
const edge = 90;

export function FindBar() {
  const view = useView();
  const { chat } = useObservable(find);
  useEffect(() => () => find.close(), [view]);
  return chat === view.id ? <OpenFindBar /> : null;
}

/** Which message one is at, and in which of the places in it; -1: in the last one. */
interface Place {
  message: number;
  mark: number;
}

function OpenFindBar() {
  const view = useView();
  const { words, times } = useObservable(find);
  const { texts, read } = useTexts();
  const ids = useMemo(() => (texts ? messagesWith(texts, words) : []), [texts, words]);
  const [at, setAt] = useState<Place | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const opener = useRef(document.activeElement);
  useLayoutEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, [times]);
  useMarks(words, at && ids[at.message], at?.mark ?? 0);

  // The first one in view or below: nobody is thrown back to the beginning.
  useEffect(() => {
    setAt(null);
    if (!texts || ids.length === 0) return;
    const timer = setTimeout(() => go(firstInView(texts, ids), 0), pauseMs);
    return () => clearTimeout(timer);
  }, [ids]);

  function go(message: number, markAt: number) {
    const id = ids[message];
    if (!id) return;
    setAt({ message, mark: markAt });
    if (!elementOf(id)) void view.showMessage(id);
  }
  /** To the next place in the same message, or to the next message; after the last one to the first. */
  function step(by: 1 | -1) {
    if (ids.length === 0) return;
    if (!at) return go(by > 0 ? 0 : ids.length - 1, by > 0 ? 0 : -1);
    const element = elementOf(ids[at.message]!);
    const count = element ? rangesIn(element, words).length : 0;
    const next = (at.mark < 0 ? count - 1 : at.mark) + by;
    if (next >= 0 && next < count) go(at.message, next);
    else go((at.message + by + ids.length) % ids.length, by > 0 ? 0 : -1);
  }
  function close() {
    find.close();
    const { current } = opener;
    if (current instanceof HTMLElement && current.isConnected && current !== document.body) current.focus({ preventScroll: true });
    else focusComposer();
  }
  function onKeyDown(event: KeyboardEvent) {
    if (isComposing(event.nativeEvent)) return;
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && event.target === input.current) step(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <search
      aria-label="Find in this conversation"
      onKeyDown={onKeyDown}
      className="flex shrink-0 items-center gap-1 border-b border-line bg-side px-3 py-1.5 max-md:px-1.5"
    >
      <Icon name="search" size={18} className="mx-1 shrink-0 text-faint max-md:hidden" />
      <input
        ref={input}
        value={words}
        dir="auto"
        aria-label="Find in this conversation"
        placeholder="Find in this conversation"
        onChange={(event) => find.look(event.target.value)}
        className="h-9 min-w-0 grow rounded-lg border border-line bg-ground px-2.5 text-small outline-none placeholder:text-faint focus:border-accent max-md:h-11 max-md:text-base"
      />
      <p role="status" className="shrink-0 px-1.5 text-small text-soft tabular-nums empty:hidden">
        {statusOf(words, texts, read, ids.length, at)}
      </p>
      <IconButton icon="up" label="Previous (Shift Enter)" disabled={ids.length === 0} onClick={() => step(-1)} />
      <IconButton icon="down" label="Next (Enter)" disabled={ids.length === 0} onClick={() => step(1)} />
      <IconButton icon="close" label="Close (Esc)" onClick={close} />
    </search>
  );
}

function statusOf(words: string, texts: Texts | null, read: number, count: number, at: Place | null): ReactNode {
  if (!texts) return read > 0 ? `Reading: ${read.toLocaleString()} messages…` : "";
  if (words.trim() === "") return texts.isWhole ? "" : "Older messages are not on this device.";
  if (count === 0) return texts.isWhole ? "Not found" : "Not found on this device";
  const found = at ? `${(at.message + 1).toLocaleString()} of ${count.toLocaleString()}` : count.toLocaleString();
  return (
    <>
      {found}
      <span className="max-md:hidden">
        {count === 1 ? " message" : " messages"}
        {!texts.isWhole && " on this device"}
      </span>
    </>
  );
}

/** Read when the bar opens, and again when there is another newest message or its answer is complete. */
function useTexts(): { texts: Texts | null; read: number } {
  const view = useView();
  const newest = useObservable(view).rows.at(-1)?.message;
  const [texts, setTexts] = useState<Texts | null>(null);
  const [read, setRead] = useState(0);
  const version = `${newest?.id} ${newest?.status}`;
  useEffect(() => {
    const abort = new AbortController();
    readTexts(view, abort.signal, setRead).then(setTexts, () => undefined);
    return () => abort.abort();
  }, [view, version]);
  return { texts, read };
}

/** The message, where it is drawn. */
function elementOf(id: string): Element | null {
  return document.querySelector(`[data-message="${id}"]`);
}

function listElement(): HTMLElement | null {
  return document.querySelector<HTMLElement>("[data-messages]");
}

/** The index in `ids` of the first message that is in view or below. */
function firstInView(texts: Texts, ids: readonly string[]): number {
  const top = listElement()?.getBoundingClientRect().top ?? 0;
  const drawn = [...document.querySelectorAll<HTMLElement>("[data-message]")];
  const shown = drawn
    .map((element) => ({ id: element.dataset.message, ...element.getBoundingClientRect().toJSON() }) as { id?: string; top: number; bottom: number })
    .sort((a, b) => a.top - b.top)
    .find(({ bottom }) => bottom > top + 1);
  const from = texts.messages.findIndex(({ id }) => id === shown?.id);
  const wanted = new Set(ids);
  const next = from < 0 ? undefined : texts.messages.slice(from).find(({ id }) => wanted.has(id));
  return next ? ids.indexOf(next.id) : ids.length - 1;
}

/** Keeps the marks on what is drawn, whatever is drawn meanwhile, and brings the one that one is at into view. */
function useMarks(words: string, messageId: string | null | undefined, markAt: number): void {
  const isNew = useRef(false);
  useLayoutEffect(() => {
    isNew.current = true;
  }, [messageId, markAt, words]);
  useEffect(() => {
    const list = listElement();
    if (!list || words.trim() === "") return unmark();
    let frame = 0;
    const draw = () => {
      frame = 0;
      const all: Range[] = [];
      let current: Range | null = null;
      for (const element of list.querySelectorAll<HTMLElement>("[data-message]")) {
        const ranges = rangesIn(element, words);
        all.push(...ranges);
        if (element.dataset.message === messageId) current = ranges.at(markAt < 0 ? -1 : Math.min(markAt, ranges.length - 1)) ?? null;
      }
      setCurrent(current && messageId ? { messageId, range: current } : null);
      mark(all, current);
      if (current && isNew.current) {
        isNew.current = false;
        bringIntoView(list, current);
      }
    };
    const soon = () => {
      frame ||= requestAnimationFrame(draw);
    };
    const observer = new MutationObserver(soon);
    observer.observe(list, { childList: true, subtree: true, characterData: true });
    soon();
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame);
    };
  }, [words, messageId, markAt]);
  useEffect(() => unmark, []);
}

function bringIntoView(list: HTMLElement, range: Range): void {
  const place = range.getBoundingClientRect();
  const view = list.getBoundingClientRect();
  if (place.top < view.top + edge) list.scrollTop += place.top - view.top - edge;
  else if (place.bottom > view.bottom - edge) list.scrollTop += place.bottom - view.bottom + edge;
}
