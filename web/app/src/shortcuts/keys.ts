// The page's shortcuts: their keys, and how they are written on this kind of machine.

const isMac = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

export type ShortcutName = "palette" | "new" | "help" | "search" | "write" | "list" | "undo" | "stop";

interface Shortcut {
  key: string;
  /** Ctrl, or Cmd on a Mac. */
  withCommand?: boolean;
  withShift?: boolean;
}

const shortcuts: Record<ShortcutName, Shortcut> = {
  palette: { key: "k", withCommand: true },
  new: { key: "o", withCommand: true, withShift: true },
  help: { key: "?" },
  search: { key: "/" },
  write: { key: "c" },
  list: { key: "j" },
  undo: { key: "z" },
  stop: { key: "Escape" },
};

export function shortcutLabel(name: ShortcutName): string {
  const { key, withCommand, withShift } = shortcuts[name];
  const shown = key.length === 1 ? key.toUpperCase() : key === "Escape" ? "Esc" : key;
  if (isMac) return `${withShift ? "⇧" : ""}${withCommand ? "⌘" : ""}${shown}`;
  return [withCommand && "Ctrl", withShift && "Shift", shown].filter(Boolean).join(" ");
}

/** Which shortcut a key press is. Single keys do not count while something is being written. */
export function shortcutOf(event: KeyboardEvent): ShortcutName | null {
  if (event.isComposing || event.altKey) return null;
  const hasCommand = isMac ? event.metaKey : event.ctrlKey;
  for (const [name, shortcut] of Object.entries(shortcuts) as [ShortcutName, Shortcut][]) {
    if (event.key.toLowerCase() !== shortcut.key.toLowerCase()) continue;
    if (Boolean(shortcut.withCommand) !== hasCommand) continue;
    if (shortcut.withCommand && Boolean(shortcut.withShift) !== event.shiftKey) continue;
    if (!shortcut.withCommand && shortcut.key.length === 1 && isWriting(event.target)) continue;
    return name;
  }
  return null;
}

export function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
