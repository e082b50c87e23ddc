// Which conversations a filter shows, and how many there are of what. Pure.
import type { ListCounts, ListFilter, NamedCount } from "../client";
import type { Conversation } from "../types";
import { matchWords, wordsOf } from "../search/words";

export function filterOf(filter: ListFilter): (row: Conversation) => boolean {
  const words = wordsOf(filter.words ?? "");
  const isNothingMeant = words.length === 0 && (filter.words ?? "").trim() !== "";
  const { scope, folder, tag, isPinned, isArchived, isUnread } = filter;
  return (row) => {
    if (scope === "trash" ? !row.deletedAt : row.deletedAt) return false;
    if (scope === "archived" && !row.isArchived) return false;
    if ((scope === "main" || scope === "pinned") && (row.isArchived || row.isPinned !== (scope === "pinned"))) return false;
    if (folder !== undefined && row.folder !== folder) return false;
    if (tag !== undefined && !row.tags.includes(tag)) return false;
    if (isPinned !== undefined && row.isPinned !== isPinned) return false;
    if (isArchived !== undefined && row.isArchived !== isArchived) return false;
    if (isUnread !== undefined && (row.isUnread ?? false) !== isUnread) return false;
    return words.length === 0 ? !isNothingMeant : matchWords(row.title, words) !== null;
  };
}

export function countsOf(rows: Iterable<Conversation>): ListCounts {
  const total = { all: 0, unread: 0, pinned: 0, archived: 0, trash: 0 };
  const folders = new Map<string, { count: number; unread: number }>();
  const tags = new Map<string, { count: number; unread: number }>();
  for (const row of rows) {
    if (row.deletedAt) total.trash += 1;
    else if (row.isArchived) total.archived += 1;
    else {
      const unread = row.isUnread ? 1 : 0;
      total.all += 1;
      total.unread += unread;
      if (row.isPinned) total.pinned += 1;
      if (row.folder !== null) add(folders, row.folder, unread);
      for (const tag of row.tags) add(tags, tag, unread);
    }
  }
  return { ...total, folders: named(folders), tags: named(tags) };
}

function add(counts: Map<string, { count: number; unread: number }>, name: string, unread: number): void {
  const held = counts.get(name) ?? { count: 0, unread: 0 };
  counts.set(name, { count: held.count + 1, unread: held.unread + unread });
}

function named(counts: Map<string, { count: number; unread: number }>): NamedCount[] {
  const list = [...counts].map(([name, count]) => ({ name, ...count }));
  return list.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
