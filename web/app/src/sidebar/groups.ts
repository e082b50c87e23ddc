// What the list is made of: places to go to (unread, folders, tags), and the conversations by date.
import type { Conversation, ListCounts } from "@threadkeep/client";
import type { SideView } from "../state/side";

/** The parts of the list that can be folded away. */
export type Section = "folders" | "tags";

export type ListEntry =
  | { kind: "heading"; key: string; label: string; section?: Section; isFolded?: boolean }
  | { kind: "place"; key: string; view: SideView; label: string; count: number; hasUnread: boolean }
  | { kind: "conversation"; key: string; conversation: Conversation };

/** Unread, folders and tags, each only when there is one. */
export function placesOf(counts: ListCounts, folded: ReadonlySet<Section>): ListEntry[] {
  const entries: ListEntry[] = [];
  if (counts.unread > 0) {
    entries.push({ kind: "place", key: "place unread", view: { kind: "unread" }, label: "Unread", count: counts.unread, hasUnread: true });
  }
  const add = (section: Section, kind: "folder" | "tag", names: ListCounts["folders"]) => {
    if (names.length === 0) return;
    const isFolded = folded.has(section);
    entries.push({ kind: "heading", key: `heading ${section}`, label: section === "folders" ? "Folders" : "Tags", section, isFolded });
    if (isFolded) return;
    for (const { name, count, unread } of names) {
      entries.push({ kind: "place", key: `place ${kind} ${name}`, view: { kind, name }, label: name, count, hasUnread: unread > 0 });
    }
  };
  add("folders", "folder", counts.folders);
  add("tags", "tag", counts.tags);
  return entries;
}

interface DateGroup {
  label: string;
  /** The earliest time that is in it. */
  from: number;
}

/**
 * The group that a time belongs to, in the reader's own days: Today, Yesterday, the previous 7 and 30 days, then months. A time in the future (a
 * clock that is wrong) counts as today.
 */
export function dateGroup(time: number, now: number, locale?: string): DateGroup {
  const today = new Date(now);
  // Calendar days: summer time does not move a border.
  const daysAgo = (days: number) => new Date(today.getFullYear(), today.getMonth(), today.getDate() - days).getTime();
  for (const [days, label] of recent) if (time >= daysAgo(days)) return { label, from: daysAgo(days) };
  const date = new Date(time);
  const isThisYear = date.getFullYear() === new Date(now).getFullYear();
  const label = new Intl.DateTimeFormat(locale, isThisYear ? { month: "long" } : { month: "long", year: "numeric" }).format(time);
  return { label, from: new Date(date.getFullYear(), date.getMonth()).getTime() };
}

const recent = [
  [0, "Today"],
  [1, "Yesterday"],
  [7, "Previous 7 days"],
  [30, "Previous 30 days"],
] as const;

/** The conversations, newest first, with a heading before each group. */
export function byDate(conversations: readonly Conversation[], now: number, locale?: string): ListEntry[] {
  const entries: ListEntry[] = [];
  let group: DateGroup = { label: "", from: Infinity };
  for (const conversation of conversations) {
    if (conversation.updatedAt < group.from) {
      group = dateGroup(conversation.updatedAt, now, locale);
      entries.push({ kind: "heading", key: `heading ${group.label}`, label: group.label });
    }
    entries.push(entryOf(conversation));
  }
  return entries;
}

export function entryOf(conversation: Conversation): ListEntry {
  return { kind: "conversation", key: conversation.id, conversation };
}
