import { useState, type DragEvent } from "react";
import { classes } from "../components/ui/classes";
import { Icon } from "../components/ui/icon";
import { side, wordsOf } from "../state/side";
import { dropInFolder, isDrag } from "./drag";
import { folded } from "./folded";
import type { ListEntry } from "./groups";

type Heading = Extract<ListEntry, { kind: "heading" }>;
type Place = Extract<ListEntry, { kind: "place" }>;

/** Above a group of the list; the ones of folders and tags fold it away. */
export function SectionHeading({ entry }: { entry: Heading }) {
  const { label, section, isFolded } = entry;
  const look = "flex h-full w-full items-end px-2.5 pb-1.5 text-label font-semibold text-faint";
  if (!section) return <h3 className={look}>{label}</h3>;
  return (
    <h3 className="h-full">
      <button type="button" aria-expanded={!isFolded} className={classes(look, "group/heading gap-1 rounded-lg hover:text-soft")} onClick={() => folded.toggle(section)}>
        {label}
        <Icon
          name={isFolded ? "right" : "down"}
          size={14}
          className={classes("mb-[3px]", !isFolded && "opacity-0 group-hover/heading:opacity-100 group-focus-visible/heading:opacity-100 pointer-coarse:opacity-100")}
        />
      </button>
    </h3>
  );
}

interface PlaceProps {
  entry: Place;
  isTabStop: boolean;
  onFocus: () => void;
}

/** A folder, a tag, or all that is unread: leads to its own list. */
export function PlaceItem({ entry, isTabStop, onFocus }: PlaceProps) {
  const { view, label, count, hasUnread } = entry;
  const [isOver, setOver] = useState(false);
  function onDragOver(event: DragEvent) {
    if (view.kind !== "folder" || !isDrag(event.dataTransfer)) return;
    event.preventDefault();
    setOver(true);
  }
  function onDrop(event: DragEvent) {
    setOver(false);
    if (view.kind !== "folder" || !isDrag(event.dataTransfer)) return;
    event.preventDefault();
    dropInFolder(event.dataTransfer, view.name);
  }
  return (
    <button
      type="button"
      data-place={entry.key}
      tabIndex={isTabStop ? 0 : -1}
      title={label}
      aria-description={hasUnread && view.kind !== "unread" ? "Some unread" : undefined}
      onFocus={onFocus}
      onClick={() => side.show(view)}
      onDragOver={onDragOver}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
      className={classes(
        "flex h-full w-full items-center gap-2.5 rounded-lg px-2.5 text-start text-list hover:bg-surface focus-visible:outline-offset-[-2px]",
        isOver && "bg-accent-ground",
      )}
    >
      <Icon name={wordsOf(view).icon} size={16} className={classes("shrink-0", view.kind === "unread" ? "text-accent" : "text-faint")} />
      <span className={classes("min-w-0 grow truncate text-left", hasUnread && "font-semibold")} dir="auto">
        {label}
      </span>
      <span className="shrink-0 text-faint tabular-nums">{count}</span>
    </button>
  );
}
