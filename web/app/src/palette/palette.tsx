// Search and commands. A separate chunk, loaded when it is first opened.
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { Dialog } from "../components/ui/dialog";
import { classes } from "../components/ui/classes";
import { Icon } from "../components/ui/icon";
import { shortcutLabel } from "../shortcuts/keys";
import { titleOf } from "../sidebar/conversation-item";
import { startNew } from "../state/actions";
import { list } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { useObservable } from "../state/hooks";
import { router } from "../state/route";
import { shortTime } from "../thread/times";
import { themeChoice } from "../theme/theme";
import { entriesFor, type Command, type PaletteEntry } from "./commands";

const shownMax = 50;
/** With fewer hits than this, further pages of the list are read. */
const hitsMin = 10;

const commands: Command[] = [
  { id: "new", title: "New conversation", icon: "plus", hint: shortcutLabel("new"), run: startNew },
  { id: "import", title: "Import your history", icon: "import", run: () => dialogs.open({ name: "import" }) },
  { id: "light", title: "Appearance: light", icon: "sun", run: () => themeChoice.choose("light") },
  { id: "dark", title: "Appearance: dark", icon: "moon", run: () => themeChoice.choose("dark") },
  { id: "system", title: "Appearance: as the system", icon: "screen", run: () => themeChoice.choose("system") },
  { id: "keys", title: "Keyboard shortcuts", icon: "keyboard", hint: "?", run: () => dialogs.open({ name: "shortcuts" }) },
];

export default function Palette() {
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const lists = useObservable(list);
  const box = useRef<HTMLDivElement>(null);
  const { main, pinned, archived } = lists;
  const conversations = useMemo(
    () => [...pinned.items, ...main.items, ...archived.items].sort((a, b) => b.updatedAt - a.updatedAt),
    [pinned.items, main.items, archived.items],
  );
  const entries = useMemo(() => entriesFor(words, commands, conversations, shownMax), [words, conversations]);
  const hits = entries.filter((entry) => entry.kind === "conversation").length;
  const isSearching = words.trim() !== "" && hits < hitsMin && (main.hasMore || archived.hasMore);

  useEffect(() => {
    if (!isSearching) return;
    if (main.hasMore && main.phase !== "loading" && main.phase !== "failed") void list.loadMore("main");
    else if (archived.hasMore && archived.phase !== "loading" && archived.phase !== "failed") void list.loadMore("archived");
  }, [isSearching, main, archived]);
  useEffect(() => {
    box.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [at, entries]);

  const current = Math.min(at, entries.length - 1);
  function choose(entry: PaletteEntry | undefined) {
    if (!entry) return;
    dialogs.close();
    if (entry.kind === "command") entry.command.run();
    else router.open(entry.conversation.id);
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt((current + step + entries.length) % Math.max(1, entries.length));
    }
    if (event.key === "Enter") {
      event.preventDefault();
      choose(entries[current]);
    }
  }

  return (
    <Dialog isOpen onClose={() => dialogs.close()} title="Search and commands" isTitleHidden className="max-w-xl">
      <div className="flex items-center gap-3 border-b border-line px-4">
        <Icon name="search" className="text-faint" />
        <input
          autoFocus
          value={words}
          dir="auto"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-hits"
          aria-activedescendant={entries[current] && `palette-${entries[current].id}`}
          aria-label="Search titles and commands"
          placeholder="Search titles and commands"
          className="h-14 w-full bg-transparent outline-none placeholder:text-faint"
          onChange={(event) => {
            setWords(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div ref={box} id="palette-hits" role="listbox" aria-label="Hits" className="min-h-0 overflow-y-auto p-2">
        {entries.map((entry, index) => (
          <Hit key={entry.id} entry={entry} isCurrent={index === current} onPoint={() => setAt(index)} onChoose={() => choose(entry)} />
        ))}
        <p role="status" className="px-3 py-2 text-small text-faint empty:hidden">
          {isSearching ? "Searching older conversations…" : entries.length === 0 ? "No title has these words." : ""}
        </p>
      </div>
    </Dialog>
  );
}

interface HitProps {
  entry: PaletteEntry;
  isCurrent: boolean;
  onPoint: () => void;
  onChoose: () => void;
}

function Hit({ entry, isCurrent, onPoint, onChoose }: HitProps) {
  const isCommand = entry.kind === "command";
  const title = isCommand ? entry.command.title : titleOf(entry.conversation);
  return (
    <div
      id={`palette-${entry.id}`}
      role="option"
      aria-selected={isCurrent}
      onMouseMove={onPoint}
      onClick={onChoose}
      className={classes(
        "target flex h-10 cursor-pointer items-center gap-3 rounded-lg px-3 text-small",
        isCurrent && "bg-surface",
      )}
    >
      <Icon name={isCommand ? entry.command.icon : entry.conversation.isArchived ? "archive" : "chat"} size={18} className="shrink-0 text-faint" />
      <span className="min-w-0 grow truncate" dir="auto" title={title}>
        {title}
      </span>
      <span className="shrink-0 text-faint">
        {isCommand ? entry.command.hint : shortTime(entry.conversation.updatedAt, Date.now())}
      </span>
    </div>
  );
}
