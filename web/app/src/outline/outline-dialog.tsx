// The questions and the bookmarks of the open conversation, all of them, to go to one.
import { useVirtualizer } from "@tanstack/react-virtual";
import { textOf, type MessageRow, type WholePath } from "@threadkeep/client";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { classes } from "../components/ui/classes";
import { Dialog } from "../components/ui/dialog";
import { Icon } from "../components/ui/icon";
import { isComposing } from "../shortcuts/owner";
import { viewOf } from "../state/app-state";
import { bookmarks } from "../state/bookmarks";
import { dialogs } from "../state/dialogs";
import { useObservable } from "../state/hooks";
import { router } from "../state/route";
import { remPx } from "../theme/text-size";

type Kind = "questions" | "bookmarks";

const charsShown = 200;

export default function OutlineDialog({ chat, kind: first }: { chat: string; kind: Kind }) {
  const [kind, setKind] = useState(first);
  const [words, setWords] = useState("");
  const whole = useWhole(chat);
  const marked = useObservable(bookmarks);
  const rows = useMemo(() => {
    const wanted = words.trim().toLowerCase();
    const isIn = ({ message }: MessageRow) => (kind === "questions" ? message.role === "user" : message.id in marked);
    return (whole?.rows ?? []).filter((row) => isIn(row) && (wanted === "" || textOf(row.message).toLowerCase().includes(wanted)));
  }, [whole, marked, kind, words]);
  const go = (row: MessageRow | undefined) => {
    if (!row) return;
    dialogs.close();
    router.open(chat, { message: row.message.id });
  };
  return (
    <Dialog isOpen onClose={() => dialogs.close()} title="In this conversation" className="max-w-2xl">
      <div className="flex gap-1 px-6 pt-2" role="tablist" aria-label="What is listed">
        {(["questions", "bookmarks"] as const).map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            aria-selected={kind === one}
            onClick={() => setKind(one)}
            className={classes("target h-9 rounded-lg px-3 text-small font-medium", kind === one ? "bg-surface-strong text-ink" : "text-soft hover:bg-surface")}
          >
            {one === "questions" ? "Questions" : "Bookmarks"}
          </button>
        ))}
      </div>
      <Lines key={kind} kind={kind} rows={rows} isReading={whole === null} words={words} onWords={setWords} onChoose={go} />
      {whole && !whole.isWhole && <p className="px-6 pb-4 text-small text-waiting">Older messages are not on this device, and the server cannot be reached.</p>}
      {kind === "bookmarks" && <p className="px-6 pb-4 text-small text-faint">Bookmarks are kept in this browser.</p>}
    </Dialog>
  );
}

interface LinesProps {
  kind: Kind;
  rows: readonly MessageRow[];
  isReading: boolean;
  words: string;
  onWords: (words: string) => void;
  onChoose: (row: MessageRow | undefined) => void;
}

function Lines({ kind, rows, isReading, words, onWords, onChoose }: LinesProps) {
  const [current, setCurrent] = useState(0);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => 2.75 * remPx(), overscan: 10 });
  useEffect(() => setCurrent(0), [rows]);
  function onKeyDown(event: KeyboardEvent) {
    if (isComposing(event.nativeEvent)) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && rows.length > 0) {
      const next = Math.min(rows.length - 1, Math.max(0, current + step));
      setCurrent(next);
      virtual.scrollToIndex(next);
    } else if (event.key === "Enter") onChoose(rows[current]);
    else return;
    event.preventDefault();
  }
  const none = words.trim() ? "None has these words." : kind === "questions" ? "Nothing was asked here yet." : "No message is bookmarked here. The menu of a message has it.";
  return (
    <>
      <div className="px-6 pt-3 pb-2">
        <input
          autoFocus
          value={words}
          dir="auto"
          role="combobox"
          aria-expanded="true"
          aria-controls="outline-lines"
          aria-activedescendant={rows[current] && `outline-${rows[current].message.id}`}
          aria-label={kind === "questions" ? "Find a question" : "Find a bookmark"}
          placeholder={kind === "questions" ? "Find a question" : "Find a bookmark"}
          onChange={(event) => onWords(event.target.value)}
          onKeyDown={onKeyDown}
          className="h-10 w-full rounded-lg border border-line bg-ground px-3 outline-none placeholder:text-faint focus:border-accent"
        />
      </div>
      <div ref={scroller} id="outline-lines" role="listbox" aria-label={kind === "questions" ? "Questions" : "Bookmarks"} className="max-h-[50dvh] min-h-24 overflow-y-auto px-3 pb-3">
        {rows.length === 0 && <p className="px-3 py-4 text-small text-faint">{isReading ? "Reading…" : none}</p>}
        <div className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index]!;
            return (
              <div
                key={row.message.id}
                id={`outline-${row.message.id}`}
                role="option"
                aria-selected={item.index === current}
                onClick={() => onChoose(row)}
                onPointerMove={() => setCurrent(item.index)}
                className={classes("absolute inset-x-0 top-0 flex cursor-pointer items-center gap-2.5 rounded-lg px-3 text-small", item.index === current && "bg-surface")}
                style={{ transform: `translateY(${item.start}px)`, height: item.size }}
              >
                <Icon name={row.message.role === "user" ? "chat" : "bookmark"} size={16} className="shrink-0 text-faint" />
                <span className="min-w-0 truncate" dir="auto">
                  {textOf(row.message).trim().replace(/\s+/g, " ").slice(0, charsShown) || "A message without text"}
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}

/** Null while it is being read. */
function useWhole(chat: string): WholePath | null {
  const [whole, setWhole] = useState<WholePath | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    viewOf(chat).readWhole({ signal: abort.signal }).then(setWhole, () => undefined);
    return () => abort.abort();
  }, [chat]);
  return whole;
}
