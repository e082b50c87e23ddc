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

/**
 * The label of the group that a time belongs to, in the reader's own days: Today, Yesterday, the previous 7 and 30 days,
 * then months. A time in the future (a clock that is wrong) counts as today.
 */
export function dateGroup(time: number, now: number, locale?: string): string {
  const days = daysBetween(new Date(time), new Date(now));
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days <= 7) return "Previous 7 days";
  if (days <= 30) return "Previous 30 days";
  const isThisYear = new Date(time).getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat(locale, isThisYear ? { month: "long" } : { month: "long", year: "numeric" }).format(time);
}

/** Whole calendar days; summer time does not move a border. */
function daysBetween(from: Date, to: Date): number {
  const day = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000;
  return day(to) - day(from);
}

/** The conversations, newest first, with a heading before each group. */
export function byDate(conversations: readonly Conversation[], now: number, locale?: string): ListEntry[] {
  const entries: ListEntry[] = [];
  let label = "";
  for (const conversation of conversations) {
    const group = dateGroup(conversation.updatedAt, now, locale);
    if (group !== label) entries.push({ kind: "heading", key: `heading ${group}`, label: group });
    label = group;
    entries.push(entryOf(conversation));
  }
  return entries;
}

export function entryOf(conversation: Conversation): ListEntry {
  return { kind: "conversation", key: conversation.id, conversation };
}
