// The page's shortcuts: their keys, where they work, and how they are written on this kind of machine.
import type { KeyOwner } from "./owner";

const isMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

export type ShortcutName = "palette" | "new" | "help" | "search" | "panes" | "undo" | "stop" | "find" | "print" | "side";

interface Shortcut {
  key: string;
  /** Ctrl, or Cmd on a Mac. */
  withCommand?: boolean;
  withShift?: boolean;
  /** Whose key it may be. Single letters are the list's alone: anywhere else they are the beginning of a word. */
  owners: readonly KeyOwner[];
}

const anywhere: readonly KeyOwner[] = ["menu", "field", "list", "page"];

const shortcuts: Record<ShortcutName, Shortcut> = {
  palette: { key: "k", withCommand: true, owners: anywhere },
  new: { key: "o", withCommand: true, withShift: true, owners: anywhere },
  help: { key: "?", owners: ["list", "page"] },
  search: { key: "/", owners: ["list", "page"] },
  panes: { key: "F6", owners: ["field", "list", "page"] },
  undo: { key: "z", owners: ["list"] },
  find: { key: "f", withCommand: true, owners: ["field", "list", "page"] },
  print: { key: "p", withCommand: true, owners: ["field", "list", "page"] },
  side: { key: "b", withCommand: true, owners: ["field", "list", "page"] },
  stop: { key: "Escape", owners: ["field", "list", "page"] },
};

export function shortcutLabel(name: ShortcutName): string {
  const { key, withCommand, withShift } = shortcuts[name];
  const shown = key.length === 1 ? key.toUpperCase() : key === "Escape" ? "Esc" : key;
  if (isMac) return `${withShift ? "⇧" : ""}${withCommand ? "⌘" : ""}${shown}`;
  return [withCommand && "Ctrl", withShift && "Shift", shown].filter(Boolean).join(" ");
}

/** Which shortcut a key press is, for the one whose key it is; null: none. */
export function shortcutOf(event: KeyboardEvent, owner: KeyOwner): ShortcutName | null {
  if (event.altKey || event.repeat) return null;
  const hasCommand = isMac ? event.metaKey : event.ctrlKey;
  const hasOther = isMac ? event.ctrlKey : event.metaKey;
  for (const [name, shortcut] of Object.entries(shortcuts) as [ShortcutName, Shortcut][]) {
    if (event.key.toLowerCase() !== shortcut.key.toLowerCase() || hasOther) continue;
    if (Boolean(shortcut.withCommand) !== hasCommand) continue;
    if (shortcut.withCommand && Boolean(shortcut.withShift) !== event.shiftKey) continue;
    return shortcut.owners.includes(owner) ? name : null;
  }
  return null;
}
