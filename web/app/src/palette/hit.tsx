import type { Conversation, Range, TextHit } from "@threadkeep/client";
import { classes } from "../components/ui/classes";
import { Icon, type IconName } from "../components/ui/icon";
import { titleOf } from "../sidebar/titles";
import { shortTime } from "../thread/times";
import type { Command } from "./commands";

export type PaletteEntry =
  | { kind: "command"; id: string; command: Command }
  | { kind: "title"; id: string; conversation: Conversation; ranges: readonly Range[] }
  /** `isFirst`: of its conversation; the others stand below it, without its name. */
  | { kind: "text"; id: string; hit: TextHit; isFirst: boolean };

interface HitProps {
  entry: PaletteEntry;
  isCurrent: boolean;
  onPoint: () => void;
  onChoose: () => void;
}

/** One line of the palette; what was said has a second one, with the words that were found. */
export function Hit({ entry, isCurrent, onPoint, onChoose }: HitProps) {
  return (
    <div
      id={`palette-${entry.id}`}
      role="option"
      aria-selected={isCurrent}
      onMouseMove={onPoint}
      onClick={onChoose}
      className={classes(
        "target flex min-h-10 cursor-pointer items-center gap-3 rounded-lg px-3 py-1.5 text-small",
        entry.kind === "text" && entry.isFirst && "mt-1",
        isCurrent && "bg-surface",
      )}
    >
      {entry.kind === "text" && !entry.isFirst ? (
        <span className="w-[18px] shrink-0" />
      ) : (
        <Icon name={iconOf(entry)} size={18} className={classes("shrink-0 text-faint", entry.kind === "text" && "self-start")} />
      )}
      {entry.kind === "text" ? <TextLines hit={entry.hit} isFirst={entry.isFirst} /> : <TitleLine entry={entry} />}
      <span className={classes("shrink-0 text-faint", entry.kind === "text" && "self-start max-md:hidden")}>{hintOf(entry)}</span>
    </div>
  );
}

function TitleLine({ entry }: { entry: Exclude<PaletteEntry, { kind: "text" }> }) {
  const title = entry.kind === "command" ? entry.command.title : titleOf(entry.conversation);
  return (
    <span className="min-w-0 grow truncate" dir="auto" title={title}>
      {entry.kind === "command" ? title : <Marked text={title} ranges={entry.ranges} />}
    </span>
  );
}

/** On a phone the date stands on the second line: the title needs the first. */
function TextLines({ hit, isFirst }: { hit: TextHit; isFirst: boolean }) {
  return (
    <span className="min-w-0 grow">
      <span className={isFirst ? "block truncate font-medium" : "sr-only"} dir="auto">
        {hit.title || "New conversation"}
      </span>
      <span className="line-clamp-2 text-soft wrap-anywhere" dir="auto">
        <span className="text-faint md:hidden">{shortTime(hit.createdAt, Date.now())} · </span>
        <Marked text={hit.snippet} ranges={hit.ranges} />
      </span>
    </span>
  );
}

function Marked({ text, ranges }: { text: string; ranges: readonly Range[] }) {
  const parts = [];
  let from = 0;
  for (const range of ranges) {
    parts.push(text.slice(from, range.from));
    parts.push(
      <mark key={range.from} className="rounded-[3px] bg-mark text-on-mark">
        {text.slice(range.from, range.to)}
      </mark>,
    );
    from = range.to;
  }
  return [...parts, text.slice(from)];
}

function iconOf(entry: PaletteEntry): IconName {
  if (entry.kind === "command") return entry.command.icon;
  if (entry.kind === "text") return entry.hit.role === "user" ? "edit" : "chat";
  return entry.conversation.isArchived ? "archive" : "chat";
}

function hintOf(entry: PaletteEntry): string | undefined {
  if (entry.kind === "command") return entry.command.hint;
  return shortTime(entry.kind === "text" ? entry.hit.createdAt : entry.conversation.updatedAt, Date.now());
}
