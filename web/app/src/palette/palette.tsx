// Search and commands. Everything is found on this device: with and without the server, as it is typed.
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { wordsOf, type TextHit, type TextHits } from "@threadkeep/client";
import { IconButton } from "../components/ui/button";
import { Dialog } from "../components/ui/dialog";
import { Icon } from "../components/ui/icon";
import { keepSearched } from "../find/marks";
import { shortcutLabel } from "../shortcuts/keys";
import { isComposing } from "../shortcuts/owner";
import { startNew } from "../state/actions";
import { client, list } from "../state/app-state";
import { dialogs } from "../state/dialogs";
import { find } from "../state/find";
import { focusList } from "../state/focus";
import { useObservable } from "../state/hooks";
import { printOpen } from "../state/print";
import { router } from "../state/route";
import { showSide, toggleSide } from "../state/side-layout";
import { selection, side } from "../state/side";
import { toasts } from "../state/toasts";
import { textSize } from "../theme/text-size";
import { themeChoice } from "../theme/theme";
import { commandsFor, type Command } from "./commands";
import { fieldLook, fieldName } from "./field-look";
import { Hit, type PaletteEntry } from "./hit";

const selectAllId = "select-all";
const titlesMax = 30;
const textsMax = 50;
/** Without words, so many of the newest conversations are offered. */
const newestMax = 6;

const commands: Command[] = [
  { id: "new", title: "New conversation", icon: "plus", hint: shortcutLabel("new"), run: startNew },
  { id: "import", title: "Import your history", icon: "import", run: () => dialogs.open({ name: "import" }) },
  { id: "unread", title: "Unread conversations", icon: "unread", run: () => show("unread") },
  { id: "default-settings", title: "Default settings", icon: "sliders", run: () => dialogs.open({ name: "settings", chat: "default" }) },
  { id: "archive", title: "Archive", icon: "archive", run: () => show("archived") },
  { id: "trash", title: "Trash", icon: "trash", run: () => show("trash") },
  { id: "outbox", title: "Not on the server yet", icon: "stored", run: () => dialogs.open({ name: "outbox" }) },
  { id: "light", title: "Appearance: light", icon: "sun", run: () => themeChoice.choose("light") },
  { id: "dark", title: "Appearance: dark", icon: "moon", run: () => themeChoice.choose("dark") },
  { id: "system", title: "Appearance: as the system", icon: "screen", run: () => themeChoice.choose("system") },
  { id: "find", title: "Find in this conversation", icon: "search", hint: shortcutLabel("find"), run: () => inOpen((chat) => find.open(chat)) },
  { id: "outline", title: "Questions of this conversation", icon: "outline", run: () => inOpen((chat) => dialogs.open({ name: "outline", chat, kind: "questions" })) },
  { id: "bookmarks", title: "Bookmarks of this conversation", icon: "bookmark", run: () => inOpen((chat) => dialogs.open({ name: "outline", chat, kind: "bookmarks" })) },
  { id: "print", title: "Print this conversation", icon: "print", hint: shortcutLabel("print"), run: printOpen },
  { id: "side", title: "Side bar: fold away, or show", icon: "side", hint: shortcutLabel("side"), run: toggleSide },
  { id: "larger", title: "Text size: larger", icon: "text", run: () => textSize.step(1) },
  { id: "smaller", title: "Text size: smaller", icon: "text", run: () => textSize.step(-1) },
  { id: "normal", title: "Text size: 100 %", icon: "text", run: () => textSize.choose(100) },
  { id: "duet", title: "Let two models talk to each other", icon: "chat", run: () => dialogs.open({ name: "duet" }) },
  { id: "connect", title: "Models and keys", icon: "link", run: () => dialogs.open({ name: "connect" }) },
  { id: "keys", title: "Keyboard shortcuts", icon: "keyboard", run: () => dialogs.open({ name: "shortcuts" }) },
];

/** With the conversation that is open; where there is none, it says so. */
function inOpen(run: (chat: string) => void): void {
  const { chat } = router.snapshot();
  if (chat) run(chat);
  else toasts.show({ text: "Open a conversation first." });
}

function show(kind: "unread" | "archived" | "trash"): void {
  side.show({ kind });
  showSide();
}

const noHits: TextHits = { hits: [], notYetIndexed: 0 };

/** `typed`: what was written before the palette was here; `isEntered`: and Enter was pressed after it. */
export default function Palette({ typed, isEntered }: { typed: string; isEntered: boolean }) {
  const [words, setWords] = useState(typed);
  const [chosen, setChosen] = useState<string | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const lists = useObservable(list);
  const { texts, isLooking } = useTexts(words);
  const entries = useMemo(() => entriesFor(words, texts.hits), [words, texts, lists]);
  // By its id: hits that come in later must not move the choice to another one.
  // Nothing is chosen by itself but what was found: not what is done with all of it.
  const isPlain = (entry: PaletteEntry) => entry.kind !== "command" || entry.command.id !== selectAllId;
  const at = entries.findIndex(({ id }) => id === chosen);
  const current = at >= 0 ? at : entries.findIndex(isPlain);
  useEffect(() => {
    box.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [current, entries]);

  const isOwed = useRef(isEntered);
  useEffect(() => {
    if (!isOwed.current || (isLooking && !entries[current])) return;
    isOwed.current = false;
    choose(entries[current]);
  }, [entries, current, isLooking]);

  function choose(entry: PaletteEntry | undefined) {
    if (!entry) return;
    dialogs.close();
    if (entry.kind === "command") entry.command.run();
    else if (entry.kind === "title") router.open(entry.conversation.id);
    else {
      keepSearched(wordsOf(words));
      router.open(entry.hit.conversationId, { message: entry.hit.messageId });
    }
  }
  function onKeyDown(event: KeyboardEvent) {
    if (isComposing(event.nativeEvent)) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setChosen(entries[(Math.max(0, current) + step + entries.length) % Math.max(1, entries.length)]?.id ?? null);
    }
    if (event.key === "Enter") {
      event.preventDefault();
      choose(entries[current]);
    }
  }

  return (
    <Dialog isOpen onClose={() => dialogs.close()} title="Search and commands" isTitleHidden className="max-w-2xl">
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
          aria-label={fieldName}
          placeholder={fieldName}
          className={fieldLook}
          onChange={(event) => {
            setWords(event.target.value);
            setChosen(null);
            isOwed.current = false;
          }}
          onKeyDown={onKeyDown}
        />
        <IconButton icon="close" label="Close" tooltip={false} className="-me-2" onClick={() => dialogs.close()} />
      </div>
      <div ref={box} id="palette-hits" role="listbox" aria-label="Hits" className="min-h-0 overflow-y-auto p-2">
        {entries.map((entry, index) => (
          <Hit key={entry.id} entry={entry} isCurrent={index === current} onPoint={() => setChosen(entry.id)} onChoose={() => choose(entry)} />
        ))}
      </div>
      <p role="status" className="px-5 pb-3 text-small text-faint empty:hidden">
        {statusOf(words, isLooking, entries.length, texts.notYetIndexed)}
      </p>
    </Dialog>
  );
}

function statusOf(words: string, isLooking: boolean, hits: number, notYetIndexed: number): string {
  if (!words.trim()) return "";
  if (isLooking && hits === 0) return "Searching…";
  if (notYetIndexed > 0) return `${notYetIndexed} messages are still being indexed: there may be more.`;
  return hits === 0 ? "Nothing on this device has these words." : "";
}

/** How soon the same words are looked for again while messages are still being indexed. */
const againMs = 1_000;

/** What was said, found while the words are typed; an older answer never takes the place of a newer one. */
function useTexts(words: string): { texts: TextHits; isLooking: boolean } {
  const [found, setFound] = useState<{ words: string; texts: TextHits }>({ words: "", texts: noHits });
  const wanted = words.trim();
  useEffect(() => {
    if (!wanted) return;
    const abort = new AbortController();
    let again: ReturnType<typeof setTimeout>;
    const take = (texts: TextHits) => {
      if (abort.signal.aborted) return;
      setFound({ words: wanted, texts });
      if (texts.notYetIndexed > 0) again = setTimeout(look, againMs);
    };
    const look = () => client.search.texts(wanted, { limit: textsMax, signal: abort.signal }).then(take, () => take(noHits));
    void look();
    return () => {
      abort.abort();
      clearTimeout(again);
    };
  }, [wanted]);
  // Until the new hits are there, the ones of the words so far stay: the list does not blink.
  return { texts: wanted ? found.texts : noHits, isLooking: wanted !== "" && found.words !== wanted };
}

/** A command that is meant, titles, what was said, the way to select all of that, and then the other commands. */
function entriesFor(words: string, hits: readonly TextHit[]): PaletteEntry[] {
  const { meant, others } = commandsFor(words, commands);
  const command = (one: Command): PaletteEntry => ({ kind: "command", id: one.id, command: one });
  if (!words.trim()) {
    const { pinned, main, archived } = list.snapshot();
    const newest = [...pinned.items, ...main.items, ...archived.items].sort((a, b) => b.updatedAt - a.updatedAt).slice(0, newestMax);
    return [...meant.map(command), ...newest.map((conversation): PaletteEntry => ({ kind: "title", id: conversation.id, conversation, ranges: [] }))];
  }
  const titles = client.search.titles(words, titlesMax);
  const found: PaletteEntry[] = [
    ...titles.map(({ conversation, ranges }): PaletteEntry => ({ kind: "title", id: conversation.id, conversation, ranges })),
    ...byConversation(hits),
  ];
  const ids = [...new Set([...list.idsOf({ words }), ...hits.map((hit) => hit.conversationId)])];
  const all: Command = { id: selectAllId, title: `Select all ${ids.length} conversations found`, icon: "select", run: () => selectAll(words.trim(), ids) };
  return [...meant.map(command), ...found, ...(ids.length > 1 ? [command(all)] : []), ...others.map(command)];
}

/** The best hit first, and below it the others of the same conversation. */
function byConversation(hits: readonly TextHit[]): PaletteEntry[] {
  const groups = new Map<string, TextHit[]>();
  for (const hit of hits) groups.set(hit.conversationId, [...(groups.get(hit.conversationId) ?? []), hit]);
  return [...groups.values()].flatMap((group) => group.map((hit, at): PaletteEntry => ({ kind: "text", id: hit.messageId, hit, isFirst: at === 0 })));
}

function selectAll(words: string, ids: readonly string[]): void {
  side.show({ kind: "found", words, ids });
  selection.set(ids);
  showSide();
  requestAnimationFrame(focusList);
}
